import { heldBytes } from "@heapwise/testkit";
import { expect, test } from "vitest";
import { LRUCache } from "../../src/index.ts";

const BUDGET = 12e6;

/**
 * The growth of the process when a cache is full of such values, divided by the budget of the
 * cache.
 */
async function grownBy(make: (i: number) => unknown): Promise<number> {
  const fill = (cache: LRUCache<string, unknown>, isFull: () => boolean): void => {
    for (let i = 0; !isFull(); i++) cache.set(`key number ${i}`, make(i));
  };
  // Code and hidden classes belong to no cache.
  const warm = new LRUCache<string, unknown>({ maxBytes: 1e6 });
  fill(warm, () => warm.stats().evictions > 50);
  const before = await heldBytes();
  const cache = new LRUCache<string, unknown>({ maxBytes: BUDGET });
  fill(cache, () => cache.stats().evictions > cache.size / 4);
  const grown = (await heldBytes()) - before;
  expect(cache.bytes()).toBeLessThanOrEqual(BUDGET);
  return grown / BUDGET;
}

test.each<[string, (i: number) => unknown]>([
  [
    "records from JSON",
    (i) => JSON.parse(`{"id":${i},"name":"user number ${i}","at":${i}.5,"tags":["a${i}","b${i}"]}`),
  ],
  ["texts cut out of documents", (i) => `${"x".repeat(20_000)}${i}`.toUpperCase().slice(100, 700)],
  ["buffers", (i) => new Uint8Array(3000 + (i % 500))],
  ["small values", (i) => i],
  [
    "maps",
    (i) =>
      new Map([
        [`key ${i}`, { i }],
        [`other ${i}`, { i }],
      ]),
  ],
])("a cache of %s takes what it was told to, within a tenth", async (name, make) => {
  const grown = await grownBy(make);
  expect(grown).toBeGreaterThan(0.9);
  // The seed decides whether some keys are in the Map of the index: a seventh of such small
  // entries.
  expect(grown).toBeLessThan(name === "small values" ? 1.15 : 1.1);
});
