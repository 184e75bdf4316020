import { getEventListeners } from "node:events";
import { LRUCache } from "@heapwise/lru";
import { expect, it } from "vitest";

// lru-cache 11.5.3: 50 fetches with one signal leave 50 listeners on it, and a MaxListenersExceededWarning.
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
