/** The core and the whole do the same: under each policy they choose the same victims. */
import { LRUCache as Whole } from "@heapwise/lru";
import { LRUCache as Core, REMOVE } from "@heapwise/lru/core";
import { randomStream } from "@heapwise/testkit";
import { announceSeed } from "@heapwise/testkit/vitest";
import { describe, expect, it } from "vitest";
import { POLICIES } from "../logged-cache.ts";

type Caches = readonly [Core<unknown, number>, Whole<unknown, number>];

const KINDS = [
  ["max", { max: 40 }, {}],
  ["maxWeight", { maxWeight: 90, weigh: (value: number) => value % 5 }, {}],
  [
    "max, maxWeight and maxEntryWeight",
    { max: 40, maxWeight: 90, maxEntryWeight: 3, weigh: (value: number) => value % 5 },
    {},
  ],
  ["max at first, then by maxWeight too", { max: 40 }, { maxWeight: 20 }],
] as const;

const OBJECTS = Array.from({ length: 100 }, (_, id) => ({ id }));

/** A key of any kind of the table. Some keys are drawn much more often than others. */
function drawKey(random: () => number): unknown {
  const id = Math.floor(100 * random() * random());
  return [id, `key ${id}`, OBJECTS[id], id - 0.5][id % 4];
}

/** Draws an operation, and does it with both caches. Returns both results. */
function operate(caches: Caches, random: () => number, later: object): unknown[] {
  const [key, value, part] = [drawKey(random), Math.floor(100 * random()), random()];
  const fraction = 0.5 + part / 2;
  const bound = 20 + Math.floor(30 * part);
  const choice = random();
  return caches.map((cache) => {
    if (choice < 0.4) return cache.get(key);
    if (choice < 0.85) return void cache.set(key, value);
    if (choice < 0.88) return cache.getOrInsert(key, value);
    if (choice < 0.92) return cache.update(key, () => (part < 0.2 ? REMOVE : value));
    if (choice < 0.96) return cache.delete(key);
    if (choice < 0.98) return cache.evict();
    if (choice < 0.99) return cache.trim(fraction);
    if (choice < 0.998) return cache.resize({ max: bound, ...later });
    return cache.clear();
  });
}

describe.each(POLICIES)("The core with %s", (_name, create) => {
  it.each(KINDS)("does the same as the whole, bounded by %s", (_title, bounds, later) => {
    const random = randomStream(announceSeed());
    const gone: unknown[][] = [[], []];
    const options = (log: unknown[]) => ({
      ...bounds,
      seed: 1,
      policy: create(),
      onRemoval: (...removal: unknown[]) => void log.push(removal),
    });
    const core = new Core<unknown, number>(options(gone[0]!));
    const whole = new Whole<unknown, number>(options(gone[1]!));
    for (let i = 0; i < 5000; i++) {
      const [ours, theirs] = operate([core, whole], random, later);
      expect(ours).toEqual(theirs);
      expect([core.size, core.weight]).toEqual([whole.size, whole.weight]);
      if (i % 50 === 0) expect([...core]).toEqual([...whole]);
    }
    expect(gone[0]).toEqual(gone[1]);
    expect(whole.stats()).toMatchObject(core.stats());
  });
});
