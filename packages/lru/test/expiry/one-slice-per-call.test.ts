/** A call removes only a slice of many expired entries. */
import { LRUCache } from "@heapwise/lru";
import { afterEach, expect, it, vi } from "vitest";

afterEach(() => vi.unstubAllGlobals());

it.each([
  ["deleteByTag", (cache: LRUCache<number, number>) => cache.deleteByTag("none")],
  ["size", (cache: LRUCache<number, number>) => cache.size],
] as const)("%s takes a slice of an expiry", (_name, act) => {
  let host = 0;
  vi.stubGlobal("performance", { now: () => (host += 3_600_000) });
  let now = 0;
  let left = 0;
  const cache = new LRUCache<number, number>({
    max: 20_000,
    ttl: 100,
    clock: { now: () => now },
    onRemoval: () => left++,
  });
  for (let i = 0; i < 20_000; i++) cache.set(i, i, i === 5 ? { tags: ["x"] } : undefined);
  now = 101;
  act(cache);
  expect(left).toBeLessThan(5000);
});
