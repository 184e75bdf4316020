import { LRUCache } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { expect, test } from "vitest";

test("a batch of one with a delay leaves no timer, and keeps its hardTimeout", async () => {
  const clock = new FakeClock();
  const signals: AbortSignal[] = [];
  const cache = new LRUCache<number, number>({
    max: 9,
    clock,
    hardTimeout: 500,
    batch: { maxSize: 1, delay: 100 },
    loadMany: async (keys, { signal }) => {
      signals.push(signal);
      return keys.map((key) => [key, key] as const);
    },
  });
  expect(await cache.getOrLoad(1)).toBe(1);
  expect(clock.pending).toEqual([]);
  clock.advance(1000);
  expect(signals[0]!.aborted).toBe(false);
});
