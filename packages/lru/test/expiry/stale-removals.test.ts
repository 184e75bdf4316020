/** Operations that remove entries see stale entries too: all entries that a read can return. */
import { REMOVE, type LRUCache, type LRUCacheOptions } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { loggedCache, POLICIES } from "../logged-cache.ts";

type Cache = LRUCache<string, string>;

const WINDOWS: readonly (readonly [string, LRUCacheOptions<string, string>])[] = [
  ["staleWhileRevalidate", { staleWhileRevalidate: 1000 }],
  ["staleIfError", { staleIfError: 1000 }],
  ["both, and an idleTtl", { staleWhileRevalidate: 500, staleIfError: 1000, idleTtl: 10 }],
];

/**
 * A cache whose entry "old" is stale and whose entry "new" is live. Its loads fail, or return
 * "now".
 */
function aged(options: LRUCacheOptions<string, string>, clock = new FakeClock()) {
  const logged = loggedCache<string, string>({
    max: 9,
    ttl: 10,
    clock,
    load: async () => {
      if (options.staleWhileRevalidate === undefined) throw new Error("down");
      return "loaded";
    },
    ...options,
  });
  logged.cache.set("old", "stale");
  clock.advance(20);
  logged.cache.set("new", "live");
  return { ...logged, clock };
}

const REMOVALS: readonly (readonly [
  name: string,
  remove: (cache: Cache) => unknown,
  result: unknown,
  cause: string,
])[] = [
  ["deleteWhere", (cache) => cache.deleteWhere((_value, key) => key === "old"), 1, "deleted"],
  [
    "deleteWhere by value",
    (cache) => cache.deleteWhere((value) => value === "stale"),
    1,
    "deleted",
  ],
  ["delete", (cache) => cache.delete("old"), false, "deleted"],
  ["deleteMany", (cache) => cache.deleteMany(["old"]), 0, "deleted"],
  ["update", (cache) => cache.update("old", () => REMOVE), undefined, "deleted"],
  ["clear", (cache) => cache.clear(), undefined, "deleted"],
  ["evict", (cache) => cache.evict(), ["new", "live"], "evicted"],
  ["trim", (cache) => cache.trim(0), 2, "evicted"],
  ["trim to a half", (cache) => cache.trim(0.5), 1, "evicted"],
  ["resize", (cache) => cache.resize({ max: 1 }), undefined, "evicted"],
  ["resize to 0", (cache) => cache.resize({ max: 0 }), undefined, "evicted"],
];

describe.each(WINDOWS)("With %s", (_title, window) => {
  it.each(REMOVALS)("%s removes a stale entry", async (_name, remove, result, cause) => {
    const { cache, log } = aged(window);
    expect(remove(cache)).toEqual(result);
    expect(log).toContainEqual(["old", "stale", cause]);
    const answer = await cache.getOrLoad("old").catch(String);
    expect(answer).toBe(window.staleWhileRevalidate === undefined ? "Error: down" : "loaded");
  });

  it("deleteWhere shows each entry once, live or stale, and no expired entry", () => {
    const { cache, clock } = aged(window);
    const seen: unknown[] = [];
    expect(cache.deleteWhere((value, key) => seen.push([key, value]) < 0)).toBe(0);
    expect(seen).toEqual([
      ["new", "live"],
      ["old", "stale"],
    ]);
    clock.advance(1000);
    seen.length = 0;
    expect(cache.deleteWhere((_value, key) => seen.push(key) > 0)).toBe(1);
    expect(seen).toEqual(["new"]);
  });

  it("deleteWhere keeps entries that its predicate has replaced, deleted or given another deadline", () => {
    const { cache, log, clock } = aged(window);
    cache.set("newer", "live");
    const deleted = cache.deleteWhere((value, key) => {
      if (key === "newer") cache.set("old", "newest");
      if (key === "newer") cache.delete("new");
      return value !== "newest";
    });
    expect([deleted, [...cache]]).toEqual([1, [["old", "newest"]]]);
    expect(log.map(([key, value, cause]) => [key, value, cause])).toEqual([
      ["old", "stale", "replaced"],
      ["new", "live", "deleted"],
      ["newer", "live", "deleted"],
    ]);
    clock.advance(20);
    expect(
      cache.deleteWhere(() => {
        clock.advance(2000);
        return true;
      }),
    ).toBe(0);
    expect(log.at(-1)).toEqual(["old", "newest", "expired"]);
  });

  it("deleteWhere calls listeners at its end, and skips entries that they add", () => {
    const { cache } = aged({
      ...window,
      onRemoval: (key, value, cause) => {
        if (cause === "deleted") cache.set(key, `${value} once more`);
      },
    });
    expect(cache.deleteWhere(() => true)).toBe(2);
    expect(cache.peek("old")).toBe("stale once more");
    expect(cache.size).toBe(2);
  });
});

describe.each(POLICIES)("deleteWhere with %s", (_name, create) => {
  it("deletes all stale and live entries", () => {
    const clock = new FakeClock();
    const { cache, log } = loggedCache<number, number>({
      max: 500,
      ttl: 10,
      staleIfError: 1000,
      clock,
      policy: create(),
    });
    for (let i = 0; i < 300; i++) cache.set(i, i, i % 3 === 0 ? { ttl: 100 } : undefined);
    clock.advance(20);
    expect(cache.size).toBe(100);
    expect(cache.deleteWhere((value) => value % 2 === 0)).toBe(150);
    expect(cache.deleteWhere(() => true)).toBe(150);
    expect([cache.size, log.length, cache.deleteWhere(() => true)]).toEqual([0, 300, 0]);
  });
});
