import { LRUCache } from "@heapwise/lru";
import { expect, test } from "vitest";

const tick = () => new Promise((resolve) => setImmediate(resolve));

test("a stale primitive that expired during its load, and is returned but not stored, is disposed of once", async () => {
  let time = 0;
  const closed: number[] = [];
  const reported: unknown[] = [];
  let go!: () => void;
  const cache = new LRUCache<string, number>({
    max: 9,
    ttl: 60,
    refreshAfter: 10,
    clock: { now: () => time },
    dispose: (fd) => closed.push(fd),
    onRemoval: (_key, fd, cause) => reported.push([fd, cause]),
    load: async (_key, context) => {
      if (context.stale === undefined) return 7;
      await new Promise<void>((resolve) => (go = resolve));
      context.ttl = 0;
      return context.stale;
    },
  });
  await cache.getOrLoad("k");
  time = 20;
  await cache.getOrLoad("k"); // refreshes
  time = 100;
  cache.expireNow();
  go();
  await tick();
  await tick();
  expect(closed).toEqual([7]);
});
