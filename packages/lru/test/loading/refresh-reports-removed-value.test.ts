import { LRUCache, type RemovalCause } from "@heapwise/lru";
import { expect, it } from "vitest";
import { outcomeOf, settled } from "./deferred.ts";

const never = (): Promise<string> => new Promise(() => {});

function refreshedCache(load: () => Promise<string>) {
  const log: [string, string, RemovalCause][] = [];
  const cache = new LRUCache<string, string>({
    max: 3,
    load,
    onRemoval: (...removal) => log.push(removal),
  });
  cache.set("a", "A").set("b", "B");
  return { cache, log };
}

// lru-cache 11.5.3: delete() and clear() during a refresh drop the stale value without a dispose
// call.
it("a value that is being refreshed is reported when it is deleted", async () => {
  const { cache, log } = refreshedCache(never);
  void cache.refresh("a");
  cache.delete("a");
  expect(log).toEqual([["a", "A", "deleted"]]);

  void cache.refresh("b");
  cache.clear();
  expect(log).toEqual([
    ["a", "A", "deleted"],
    ["b", "B", "deleted"],
  ]);
  await settled();
});

// lru-cache 11.5.3: a refresh that rejects drops the stale value without a dispose call.
it("a value whose refresh fails stays", async () => {
  const { cache, log } = refreshedCache(() => Promise.reject(new Error("no")));

  expect(await outcomeOf(cache.refresh("a"))).toEqual({ error: new Error("no") });

  expect([cache.get("a"), log]).toEqual(["A", []]);
});
