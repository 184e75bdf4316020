import { parsed, pushed, scatter, times, url, uuid, words } from "./contents.ts";
import type { Kind } from "./kind.ts";

class Registry extends Map<string, object> {
  hits = 0;
}

/** Arrays, Maps and Sets, in the ways in which programs make them. */
export const COLLECTION_KINDS: readonly Kind[] = [
  {
    name: "Maps and Sets",
    isCompared: true,
    make: (i) => new Map(times(12, (j) => [words(i + j, 10), new Set([i, j, i + j])])),
  },
  { name: "Maps of numbers", make: (i) => new Map(times(200, (j) => [i + j, scatter(j)])) },
  {
    name: "Maps of texts to records",
    make: (i) => new Map(times(30, (j) => [uuid(30 * i + j), { id: j, name: words(i + j, 20) }])),
  },
  {
    name: "Maps keyed by URL",
    make: (i) => new Map(times(25, (j) => [parsed(url(25 * i + j)), j])),
  },
  {
    name: "Maps with objects for keys",
    make: (i) => new Map(times(16, (j) => [{ id: i + j }, words(i + j, 30)])),
  },
  {
    name: "Maps that grew",
    make: (i) => {
      const map = new Map<number, string>();
      for (let j = 0; j < 70 + (i % 60); j += 1) map.set(j, words(i + j, 15));
      return map;
    },
  },
  {
    name: "Maps after deletions",
    make: (i) => {
      const map = new Map<number, string>();
      for (let j = 0; j < 200; j += 1) map.set(j, words(i + j, 15));
      for (let j = 0; j < 60; j += 1) map.delete(3 * j);
      return map;
    },
  },
  {
    name: "Maps of Maps",
    make: (i) =>
      new Map(times(6, (j) => [words(i + j, 8), new Map(times(6, (k) => [k, { i, k }]))])),
  },
  { name: "Sets of numbers", make: (i) => new Set(times(100, (j) => i + j)) },
  { name: "Sets of texts", make: (i) => new Set(times(30, (j) => words(30 * i + j, 15))) },
  { name: "Sets of objects", make: (i) => new Set(times(20, (j) => ({ id: 20 * i + j }))) },
  {
    name: "small Sets that grew",
    make: (i) => {
      const set = new Set<string>();
      for (let j = 0; j < 3; j += 1) set.add(words(3 * i + j, 30));
      return set;
    },
  },
  {
    name: "Sets after deletions",
    make: (i) => {
      const set = new Set(times(100, (j) => words(100 * i + j, 14)));
      for (let j = 0; j < 30; j += 1) set.delete(words(100 * i + j, 14));
      return set;
    },
  },
  {
    name: "records with empty collections",
    make: (i) => ({ id: uuid(i), tags: new Set(), links: new Map(), list: [] }),
  },
  {
    name: "a class that extends Map",
    make: (i) => new Registry(times(10, (j) => [words(10 * i + j, 12), { j }])),
  },
  { name: "arrays of integers", make: (i) => times(50, (j) => i + j) },
  { name: "arrays of fractions", make: (i) => times(50, (j) => (i + j) / 3) },
  {
    name: "arrays of records that were pushed",
    make: (i) => pushed(25, (j) => ({ id: 25 * i + j, name: words(i + j, 20), at: j / 3 })),
  },
  {
    name: "arrays of texts that were pushed",
    make: (i) => pushed(40, (j) => words(40 * i + j, 24)),
  },
  {
    name: "arrays of integers that were pushed",
    make: (i) => pushed(100, (j) => i + j),
  },
  {
    name: "mapped and filtered arrays",
    make: (i) =>
      times(60, (j) => i + j)
        .map((id) => ({ id, half: id / 2 }))
        .filter(({ id }) => id % 3 > 0),
  },
  {
    name: "holey arrays",
    make: (i) => {
      const array = new Array<string>(40);
      for (let j = 0; j < 40; j += 2) array[j] = words(i + j, 16);
      return array;
    },
  },
  {
    name: "sparse arrays",
    make: (i) => {
      const array: string[] = [];
      for (let j = 0; j < 10; j += 1) array[100_000 * j + (i % 1_000)] = words(i + j, 30);
      return array;
    },
  },
  { name: "nested arrays", make: (i) => times(10, (j) => [i, [j, [words(i + j, 15), [i / 3]]]]) },
  {
    name: "slices and concatenations of arrays",
    make: (i) =>
      times(30, (j) => i + j)
        .slice(5)
        .concat(
          times(10, (j) => scatter(j)),
          i,
        ),
  },
  {
    name: "pairs of Object.entries",
    make: (i) =>
      Object.entries(parsed({ id: uuid(i), name: words(i, 20), at: i / 2, size: i }) as object),
  },
];
