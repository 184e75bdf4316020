import { LRUCache } from "@heapwise/lru";
import { expect, test } from "vitest";

test("a bulk call does not wait for a load that `when` has ended", async () => {
  let time = 0;
  const controller = new AbortController();
  let calls = 0;
  const cache = new LRUCache<string, string>({
    max: 9,
    ttl: 10,
    negativeTtl: 1000,
    clock: { now: () => time },
    staleIfError: {
      ms: 1000,
      when: () => {
        if (++calls > 1) controller.abort();
        return true;
      },
    },
    load: (key) => {
      if (key === "bad") throw new Error("bad");
      return new Promise((resolve) => setTimeout(resolve, 5, "good"));
    },
  });
  cache.set("bad", "stale");
  time = 20;
  await cache.getOrLoad("bad"); // fails, is remembered, and the stale one stands in
  cache.getOrLoad("a", undefined, { signal: controller.signal }).catch(() => {});
  const both = cache.getOrLoadMany(["a", "bad"]);
  const open = Symbol("open");
  const ended = Promise.race([
    both.then(
      (found) => [...found],
      (error) => error,
    ),
    new Promise((resolve) => setTimeout(resolve, 100, open)),
  ]);
  expect(await ended).not.toBe(open);
});
