import { LRUCache } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { expect, it } from "vitest";

it("a clock of the program may write into the cache when a timer is cancelled", async () => {
  let cancels = 0;
  const clock = new FakeClock();
  let inner = false;
  const cache: LRUCache<string, number> = new LRUCache<string, number>({
    max: 3,
    ttl: 100,
    hardTimeout: 1000,
    clock: {
      now: clock.now,
      schedule: (run, ms) => {
        const c = clock.schedule(run, ms);
        return () => {
          cancels++;
          c();
          if (!inner) {
            inner = true;
            cache.set("in", 9, { ttl: 7 });
            inner = false;
          }
        };
      },
    },
  });
  const p = cache
    .getOrLoad("a", () => new Promise(() => {}), { signal: new AbortController().signal })
    .catch(() => {});
  void p;
  const c = new AbortController();
  const q = cache.getOrLoad("b", () => new Promise(() => {}), { signal: c.signal }).catch(() => {});
  cache.set("b", 1, { ttl: 50 });
  c.abort();
  await q;
  expect(cache.info("b")?.expiresIn).toBe(50);
  expect(cancels).toBeGreaterThan(0);
});
