import { getEventListeners } from "node:events";
import { LRUCache } from "@heapwise/lru";
import { expect, it } from "vitest";

// lru-cache 11.5.3: 50 fetches with one signal leave 50 listeners on it, and a warning of Node.
it("many calls at a time add one listener to their signal, and remove it", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const caches = ["a", "b"].map(
    () => new LRUCache<number, number>({ max: 100, load: async (key) => key }),
  );
  const keys = Array.from({ length: 50 }, (_, key) => key);
  const loads = (from: number): Promise<number>[] =>
    caches.flatMap((cache) =>
      keys.map((key) => cache.getOrLoad(from + key, undefined, { signal })),
    );
  const first = loads(0);
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  await Promise.all(first);
  expect(getEventListeners(signal, "abort")).toEqual([]);

  const second = loads(1000).map((load) => load.catch((error: unknown) => error));
  controller.abort("all");
  expect(new Set(await Promise.all(second))).toEqual(new Set(["all"]));
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

it("no listener stays on a signal", async () => {
  const { signal } = new AbortController();
  const cache = new LRUCache<number, number>({
    max: 3,
    load: async (key) => {
      if (key % 7 === 0) throw new Error("unlucky");
      return key;
    },
    loadMany: async (keys) => keys.map((key) => [key, key] as const),
  });
  for (let i = 0; i < 50; i++) {
    await cache.getOrLoad(i, undefined, { signal }).catch(() => {});
    const many = cache.getOrLoadMany([-3 * i - 1, -3 * i - 2, -3 * i - 3], undefined, { signal });
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await many;
  }
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
