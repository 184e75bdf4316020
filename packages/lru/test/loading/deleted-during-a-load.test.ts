import { LRUCache } from "@heapwise/lru";
import { describe, expect, it } from "vitest";
import { createDeferred } from "./deferred.ts";

// lru-cache 11.5.3: a key that is deleted during its fetch gets the old value again
// (ignoreFetchAbort with allowStaleOnFetchAbort). transitory 2.2.0, cacheable 2.5.0, cache-manager
// 7.2.9, bentocache 1.6.1, async-cache-dedupe 3.4.0 and cachified 5.6.3 store the value from before
// the delete for a ttl.
describe("A load never restores an old value", () => {
  it.each([
    ["delete", (cache: LRUCache<string, string>) => void cache.delete("k")],
    ["deleteMany", (cache: LRUCache<string, string>) => void cache.deleteMany(["k"])],
    ["deleteWhere", (cache: LRUCache<string, string>) => void cache.deleteWhere(() => false)],
    ["clear", (cache: LRUCache<string, string>) => cache.clear()],
  ])("%s during a load", async (_name, remove) => {
    let database = "old";
    const reads = createDeferred<void>();
    const load = async (): Promise<string> => {
      const value = database;
      await reads.promise;
      return value;
    };
    const cache = new LRUCache<string, string>({ max: 5, load });

    const before = cache.getOrLoad("k");
    database = "new";
    remove(cache);
    const after = cache.getOrLoad("k");
    reads.resolve();

    expect(await Promise.all([before, after])).toEqual(["old", "new"]);
    expect(cache.get("k")).toBe("new");
  });
});
