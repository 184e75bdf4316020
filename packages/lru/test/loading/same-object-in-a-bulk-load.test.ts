import { LRUCache } from "@heapwise/lru";
import { expect, test } from "vitest";

const tick = () => new Promise((resolve) => setImmediate(resolve));

test("one object for two keys in an abandoned bulk load is disposed of once", async () => {
  const closed: unknown[] = [];
  let end!: (entries: [string, object][]) => void;
  const cache = new LRUCache<string, object>({
    max: 9,
    dispose: (value) => closed.push(value),
    loadMany: () => new Promise((resolve) => (end = resolve)),
  });
  const controller = new AbortController();
  const all = cache.getOrLoadMany(["a", "b"], undefined, { signal: controller.signal });
  all.catch(() => {});
  await tick();
  controller.abort();
  const one = {};
  end([
    ["a", one],
    ["b", one],
  ]);
  await tick();
  await tick();
  expect(closed).toEqual([one]);
});

test("an object under a fenced key without callers and under a stored key is not disposed of", async () => {
  const closed: unknown[] = [];
  let end!: (entries: [string, object][]) => void;
  const cache = new LRUCache<string, object>({
    max: 9,
    dispose: (value) => closed.push(value),
    loadMany: () => new Promise((resolve) => (end = resolve)),
  });
  const controller = new AbortController();
  cache.getOrLoad("a", undefined, { signal: controller.signal }).catch(() => {});
  const b = cache.getOrLoad("b");
  await tick();
  controller.abort();
  cache.delete("a");
  const one = {};
  end([
    ["a", one],
    ["b", one],
  ]);
  expect(await b).toBe(one);
  expect(closed).toEqual([]);
  await tick();
  expect(cache.get("b")).toBe(one);
  expect(closed).toEqual([]);
  cache[Symbol.dispose]();
  expect(closed).toEqual([one]);
});

test("one object twice under one key is stored, and not disposed of", async () => {
  const closed: unknown[] = [];
  const cache = new LRUCache<string, object>({
    max: 9,
    dispose: (value) => closed.push(value),
    loadMany: async () => {
      const one = {};
      return [
        ["z", one],
        ["y", one],
      ];
    },
  });
  await cache.getOrLoadMany(["a"]).catch(() => {});
  await tick();
  expect(closed).toHaveLength(1);
});

test("one object for two keys, refreshed in the background with ttl 0, is disposed of once", async () => {
  const closed: unknown[] = [];
  let time = 0;
  let round = 0;
  const cache = new LRUCache<string, object>({
    max: 9,
    refreshAfter: 10,
    clock: { now: () => time },
    dispose: (value) => closed.push(value),
    loadMany: async (keys, context) => {
      if (round++ > 0) context.ttl = 0;
      const one = { round };
      return keys.map((key) => [key, one] as const);
    },
  });
  await cache.getOrLoadMany(["a", "b"]);
  time = 20;
  await cache.getOrLoadMany(["a", "b"]);
  await tick();
  await tick();
  // The old value was given to a caller of this turn, so that it is disposed of later.
  expect(closed).toEqual([{ round: 2 }, { round: 1 }]);
});
