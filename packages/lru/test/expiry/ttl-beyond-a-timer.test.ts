import { LRUCache } from "@heapwise/lru";
import { afterEach, expect, it, vi } from "vitest";

afterEach(() => {
  vi.restoreAllMocks();
});

// lru-cache 11.5.3: ttlAutopurge with a ttl of 30 days overflows setTimeout, which warns and fires
// at once: some 600 timers in 500 ms, without end.
it("a ttl of 30 days sets one timer, which does not overflow and waits", async () => {
  const warnings: Error[] = [];
  const warn = (warning: Error): number => warnings.push(warning);
  process.on("warning", warn);
  const delays: (number | undefined)[] = [];
  const { setTimeout } = globalThis;
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((run: () => void, ms?: number) => {
    delays.push(ms);
    return setTimeout(run, ms);
  }) as typeof setTimeout);
  const cache = new LRUCache<number, number>({ max: 100, ttl: 30 * 86_400_000 });
  for (let i = 0; i < 100; i++) cache.set(i, i);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", warn);
  cache.clear();

  expect([delays, warnings]).toEqual([[2 ** 31 - 1], []]);
});
