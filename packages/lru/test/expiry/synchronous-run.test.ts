import { LRUCache } from "@heapwise/lru";
import { expect, it } from "vitest";

// lru-cache 11.5.3: the time is read once and kept until a timer resets it: with ttl 10, has() is
// still true after 60 ms of synchronous work, and a fresh entry has more time left than its ttl.
it("time goes on inside a synchronous run", () => {
  const cache = new LRUCache<string, number>({ max: 5, ttl: 10 });
  cache.set("a", 1);
  cache.has("a");
  for (const start = performance.now(); performance.now() < start + 60;);

  expect([cache.has("a"), cache.get("a"), cache.peek("a"), [...cache], cache.size]).toEqual([
    false,
    undefined,
    undefined,
    [],
    0,
  ]);
  cache.set("b", 1);
  expect(cache.info("b")!.expiresIn!).toBeLessThanOrEqual(10);
});
