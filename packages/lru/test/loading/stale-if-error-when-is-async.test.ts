import { LRUCache } from "@heapwise/lru";
import { expect, test } from "vitest";

test("an asynchronous `when` does not count as true", async () => {
  let time = 0;
  const cache = new LRUCache<string, string>({
    max: 9,
    ttl: 10,
    clock: { now: () => time },
    staleIfError: { ms: 1000, when: (async () => false) as never },
    load: () => {
      throw new Error("403");
    },
  });
  cache.set("a", "secret");
  time = 20;
  await expect(cache.getOrLoad("a")).rejects.toThrow();
});
