import { LRUCache } from "@heapwise/lru";
import { AsyncLocalStorage } from "node:async_hooks";
import { expect, it, vi } from "vitest";

it("listeners in later slices run outside of the request", async () => {
  const als = new AsyncLocalStorage<string>();
  let host = 0;
  vi.stubGlobal("performance", { now: () => (host += 3_600_000) });
  let now = 0;
  const seen = new Set<unknown>();
  let left = 0;
  const cache = new LRUCache<number, number>({
    max: 20_000,
    ttl: 10,
    clock: { now: () => now },
    onRemoval: () => {
      left++;
      seen.add(als.getStore());
    },
  });
  for (let i = 0; i < 20_000; i++) cache.set(i, i);
  now = 20;
  als.run("request", () => void cache.expireNow.length);
  als.run("request", () => void cache.stats());
  for (let i = 0; i < 100; i++) await new Promise((r) => setImmediate(r));
  vi.unstubAllGlobals();
  expect([left, [...seen]]).toEqual([20_000, [undefined]]);
});
