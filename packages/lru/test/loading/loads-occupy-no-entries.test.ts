import { LRUCache } from "@heapwise/lru";
import { expect, it } from "vitest";

// lru-cache 11.5.3: pending fetches occupy entries. Of two with max 1, the first rejects with
// "evicted".
it("running loads occupy no entries", async () => {
  const cache = new LRUCache<string, string>({ max: 1, load: async (key) => key });
  cache.set("kept", "kept");

  const loads = Promise.all(["a", "b", "c"].map((key) => cache.getOrLoad(key)));

  expect([cache.size, [...cache.keys()], cache.stats().inFlight]).toEqual([1, ["kept"], 3]);
  expect(await loads).toEqual(["a", "b", "c"]);
  expect([...cache.keys()]).toEqual(["c"]);
});
