import { LRUCache, type LRUCacheOptions } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { outcomeOf, settled } from "./deferred.ts";

/** A cache of rows, each of which exists, is gone (undefined) or is out of reach (an error). */
function rowCache(options: Partial<LRUCacheOptions<string, string>> = {}) {
  const clock = new FakeClock();
  const removed: unknown[] = [];
  const rows = new Map<string, string | Error>();
  const read = (key: string): string => {
    const row = rows.get(key);
    if (row instanceof Error) throw row;
    return row as string;
  };
  const cache = new LRUCache<string, string>({
    max: 9,
    clock,
    onRemoval: (...removal) => removed.push(removal),
    load: async (key) => read(key),
    ...options,
  });
  return { cache, clock, rows, removed, read };
}

const AWAY = new Error("away");

describe("A load that yields no value", () => {
  it.each<[string, (cache: LRUCache<string, string>) => Promise<unknown>]>([
    ["a refresh", (cache) => cache.refresh("k")],
    ["a refresh that is due", (cache) => cache.getOrLoad("k")],
    ["a bulk call whose refresh is due", (cache) => cache.getOrLoadMany(["k"])],
    ["a lease whose refresh is due", (cache) => cache.acquireOrLoad("k")],
  ])("removes the live entry that it answers: %s", async (_way, load) => {
    const { cache, clock, rows, removed } = rowCache({ refreshAfter: 10 });
    rows.set("k", "ada");
    await cache.getOrLoad("k");
    rows.delete("k");
    clock.advance(20);
    await load(cache);
    await settled();
    expect([cache.get("k"), removed]).toEqual([undefined, [["k", "ada", "deleted"]]]);
    expect(await cache.getOrLoad("k")).toBe(undefined);
  });

  it("removes the stale entry that it revalidates", async () => {
    const { cache, clock, rows, removed } = rowCache({ ttl: 10, staleWhileRevalidate: 1000 });
    rows.set("k", "ada");
    await cache.getOrLoad("k");
    clock.advance(20);
    rows.delete("k");
    expect(await cache.getOrLoad("k")).toBe("ada");
    await settled();
    expect(await cache.getOrLoad("k")).toBe(undefined);
    expect(removed).toEqual([["k", "ada", "deleted"]]);
  });

  it.each([undefined, 50])(
    "is not undone by a later failure (negativeTtl %s)",
    async (negativeTtl) => {
      const { cache, clock, rows, removed } = rowCache({
        ttl: 10,
        staleIfError: 100_000,
        ...(negativeTtl !== undefined && { negativeTtl }),
      });
      rows.set("k", "ada");
      await cache.getOrLoad("k");
      clock.advance(20);
      rows.delete("k");
      expect(await cache.getOrLoad("k")).toBe(undefined);
      const cause = negativeTtl === undefined ? "deleted" : "replaced";
      expect(removed).toEqual([["k", "ada", cause]]);
      clock.advance(200);
      rows.set("k", AWAY);
      expect(await outcomeOf(cache.getOrLoad("k"))).toEqual({ error: AWAY });
    },
  );

  it("of several keys removes the keys that it omits", async () => {
    const { cache, clock, rows, removed } = rowCache({
      refreshAfter: 10,
      loadMany: async (keys) =>
        keys.filter((key) => key !== "b").map((key) => [key, `new ${key}`] as const),
    });
    for (const key of ["a", "b", "c"]) rows.set(key, key);
    for (const key of rows.keys()) await cache.getOrLoad(key);
    clock.advance(20);
    await cache.getOrLoadMany(["a", "b", "c"]);
    await settled();
    expect([...cache.keys()].sort()).toEqual(["a", "c"]);
    expect(removed).toContainEqual(["b", "b", "deleted"]);
  });

  it("changes nothing if it was fenced", async () => {
    const { cache, rows } = rowCache();
    cache.set("k", "old");
    const refreshed = cache.refresh("k");
    cache.set("k", "newer");
    rows.delete("k");
    await outcomeOf(refreshed);
    expect(cache.get("k")).toBe("newer");
  });

  it("is remembered without a stale window", async () => {
    const { cache, clock, rows } = rowCache({
      ttl: 100,
      negativeTtl: 10,
      staleIfError: 10_000,
      staleWhileRevalidate: 10_000,
    });
    expect(await cache.getOrLoad("k")).toBe(undefined);
    rows.set("k", AWAY);
    clock.advance(5);
    expect(await cache.getOrLoad("k")).toBe(undefined);
    clock.advance(10);
    expect(await outcomeOf(cache.getOrLoad("k"))).toEqual({ error: AWAY });
    expect(cache.stats()).toMatchObject({ staleHits: 0 });
  });

  it("disposes of the value that it removes, after its callers have run", async () => {
    const closed: string[] = [];
    const { cache, clock, rows } = rowCache({
      ttl: 10,
      staleWhileRevalidate: 1000,
      load: () => undefined as never,
      dispose: (value) => void closed.push(value),
    });
    rows.set("k", "ada");
    cache.set("k", "ada");
    clock.advance(20);
    const isOpen = await cache.getOrLoad("k").then((value) => !closed.includes(value));
    await cache.disposed();
    expect([isOpen, closed, cache.size]).toEqual([true, ["ada"], 0]);
  });
});

describe("A load whose ttl is 0", () => {
  it.each([0, -1])("delivers its value and does not store it (%s)", async (ttl) => {
    const { cache, removed } = rowCache({
      load: (_key, context) => {
        context.ttl = ttl;
        return "once";
      },
    });
    cache.set("k", "old");
    cache.delete("k");
    expect(await cache.getOrLoad("k")).toBe("once");
    expect([cache.size, cache.stats().expirations]).toEqual([0, 1]);
    expect(removed.at(-1)).toEqual(["k", "once", "expired"]);
  });
});
