import { LoadTimeoutError, LRUCache, type LRUCacheOptions } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { createDeferred, outcomeOf, settled, type Deferred } from "./deferred.ts";

/** A cache with a fake clock, whose loads end when a test ends them. */
function timedCache(options: Partial<LRUCacheOptions<string, string>> = {}) {
  const clock = new FakeClock();
  const loads: (Deferred<string> & { key: string; signal: AbortSignal; stale: unknown })[] = [];
  const errors: unknown[] = [];
  const log: unknown[] = [];
  const cache = new LRUCache<string, string>({
    max: 10,
    clock,
    onError: (error) => errors.push(error),
    onRemoval: (key, value, cause) => log.push([key, value, cause]),
    load: (key, { signal, stale }) => {
      const load = { ...createDeferred<string>(), key, signal, stale };
      loads.push(load);
      return load.promise;
    },
    ...options,
  });
  return { cache, clock, loads, errors, log };
}

const down = new Error("down");

describe("refreshAfter", () => {
  it("returns the existing value, and loads it again in the background", async () => {
    const { cache, clock, loads, log } = timedCache({ refreshAfter: 100, ttl: 1000 });
    cache.set("a", "old");
    clock.advance(99);
    expect([await cache.getOrLoad("a"), loads.length]).toEqual(["old", 0]);
    clock.advance(1);
    expect([await cache.getOrLoad("a"), await cache.getOrLoad("a"), loads.length]).toEqual([
      "old",
      "old",
      1,
    ]);
    expect(loads[0]!.stale).toBe("old");
    loads[0]!.resolve("new");
    await settled();
    expect([cache.peek("a"), cache.info("a")]).toEqual([
      "new",
      { weight: 1, age: 0, expiresIn: 1000 },
    ]);
    expect(log).toEqual([["a", "old", "replaced"]]);
    expect(cache.stats()).toMatchObject({ hits: 3, misses: 0, loads: 1, staleHits: 0 });
  });

  it("works in a cache whose entries never expire", async () => {
    const { cache, clock, loads } = timedCache({ refreshAfter: 100 });
    cache.set("a", "old");
    clock.advance(1e6);
    expect([await cache.getOrLoad("a"), loads.length]).toEqual(["old", 1]);
    expect(clock.pending).toEqual([]);
  });

  it("keeps the value if the load fails, calls onError, and tries again with the next call", async () => {
    const { cache, clock, loads, errors, log } = timedCache({ refreshAfter: 100 });
    cache.set("a", "old");
    clock.advance(100);
    await cache.getOrLoad("a");
    loads[0]!.reject(down);
    await settled();
    expect([cache.get("a"), errors, log]).toEqual(["old", [down], []]);
    await cache.getOrLoad("a");
    expect(loads).toHaveLength(2);
  });

  it("is silent about a failure without onError", async () => {
    const { cache, clock, loads } = timedCache({ refreshAfter: 100, onError: undefined });
    cache.set("a", "old");
    clock.advance(100);
    await cache.getOrLoad("a");
    loads[0]!.reject(down);
    await settled();
    expect(cache.stats()).toMatchObject({ loadFailures: 1, inFlight: 0 });
  });

  it("loads at most maxRefreshes keys at a time, and the other keys with a later call", async () => {
    const { cache, clock, loads } = timedCache({ refreshAfter: 100, maxRefreshes: 2 });
    const keys = ["a", "b", "c", "d", "e"];
    for (const key of keys) cache.set(key, "old");
    clock.advance(100);
    for (const key of keys) expect(await cache.getOrLoad(key)).toBe("old");
    expect(loads.map(({ key }) => key)).toEqual(["a", "b"]);
    for (const load of loads) load.resolve("new");
    await settled();
    for (const key of keys) await cache.getOrLoad(key);
    expect(loads.map(({ key }) => key)).toEqual(["a", "b", "c", "d"]);
  });

  it("loads all due keys in one call", async () => {
    const asked: (readonly string[])[] = [];
    const { cache, clock } = timedCache({
      refreshAfter: 100,
      loadMany: async (keys) => {
        asked.push(keys);
        return keys.map((key) => [key, "new"]);
      },
    });
    cache.setMany([
      ["a", "old"],
      ["b", "old"],
    ]);
    clock.advance(100);
    cache.set("c", "fresh");
    const found = await cache.getOrLoadMany(["a", "b", "c", "d"]);
    expect([...found.values()]).toEqual(["old", "old", "fresh", "new"]);
    expect(asked).toEqual([["a", "b"], ["d"]]);
    await settled();
    expect([cache.peek("a"), cache.peek("b")]).toEqual(["new", "new"]);
  });

  it("ends if its entry is deleted, and aborts its load", async () => {
    const { cache, clock, loads, log } = timedCache({ refreshAfter: 100 });
    cache.set("a", "old");
    clock.advance(100);
    await cache.getOrLoad("a");
    cache.delete("a");
    await settled();
    expect([loads[0]!.signal.aborted, log]).toEqual([true, [["a", "old", "deleted"]]]);
    loads[0]!.resolve("new");
    await settled();
    expect([cache.has("a"), cache.stats().inFlight]).toEqual([false, 0]);
  });

  it("stores the new value although the old value expired during the load", async () => {
    const { cache, clock, loads, log } = timedCache({ refreshAfter: 100, ttl: 200 });
    cache.set("a", "old");
    clock.advance(150);
    await cache.getOrLoad("a");
    clock.advance(100);
    expect(log).toEqual([["a", "old", "expired"]]);
    const waiting = cache.getOrLoad("a");
    loads[0]!.resolve("new");
    expect([await waiting, cache.get("a"), loads.length]).toEqual(["new", "new", 1]);
  });
});

describe("staleWhileRevalidate", () => {
  it("serves the stale value in its window, to getOrLoad alone", async () => {
    const { cache, clock, loads, log } = timedCache({ ttl: 100, staleWhileRevalidate: 50 });
    cache.set("a", "old");
    clock.advance(100);
    expect([cache.get("a"), cache.peek("a"), cache.has("a"), cache.size, [...cache]]).toEqual([
      undefined,
      undefined,
      false,
      0,
      [],
    ]);
    expect([cache.size, cache.weight, cache.stats().stale]).toEqual([0, 0, 1]);
    expect(await cache.getOrLoad("a")).toBe("old");
    expect(await cache.getOrLoad("a")).toBe("old");
    expect(loads.map(({ stale }) => stale)).toEqual(["old"]);
    expect(log).toEqual([]);
    loads[0]!.resolve("new");
    await settled();
    expect([cache.get("a"), cache.size, log]).toEqual(["new", 1, [["a", "old", "replaced"]]]);
    expect(cache.stats()).toMatchObject({ misses: 3, staleHits: 2, loads: 1 });
  });

  it("reports the entry as expired at the end of the window, and waits for loads then", async () => {
    const { cache, clock, loads, log } = timedCache({ ttl: 100, staleWhileRevalidate: 50 });
    cache.set("a", "old");
    clock.advance(149);
    expect([log, await cache.getOrLoad("a")]).toEqual([[], "old"]);
    clock.advance(2);
    expect(log).toEqual([["a", "old", "expired"]]);
    const waiting = cache.getOrLoad("a");
    expect(await outcomeOf(waiting)).toBe("pending");
    loads[0]!.resolve("new");
    expect([await waiting, loads.length]).toEqual(["new", 1]);
  });

  it("ends on time if another window is longer", async () => {
    const { cache, clock, loads } = timedCache({
      ttl: 100,
      staleWhileRevalidate: 50,
      staleIfError: 500,
    });
    cache.set("a", "old");
    clock.advance(150);
    const waiting = cache.getOrLoad("a");
    expect(await outcomeOf(waiting)).toBe("pending");
    loads[0]!.reject(down);
    expect(await waiting).toBe("old");
  });

  it("serves the stale value if loads fail", async () => {
    const { cache, clock, loads, errors } = timedCache({ ttl: 100, staleWhileRevalidate: 1000 });
    cache.set("a", "old");
    clock.advance(100);
    for (let i = 0; i < 3; i++) {
      expect(await cache.getOrLoad("a")).toBe("old");
      loads[i]!.reject(down);
      await settled();
    }
    expect(errors).toEqual([down, down, down]);
    expect(await cache.getOrLoad("a")).toBe("old");
  });

  it("serves no value that was deleted or evicted in its window", async () => {
    const { cache, clock, loads, log } = timedCache({
      ttl: 100,
      staleWhileRevalidate: 1000,
      max: 2,
    });
    cache.set("a", "A").set("b", "B");
    clock.advance(100);
    expect(cache.delete("a")).toBe(false);
    cache.set("c", "C").set("d", "D");
    expect(log).toEqual([
      ["a", "A", "deleted"],
      ["b", "B", "evicted"],
    ]);
    const waiting = [cache.getOrLoad("a"), cache.getOrLoad("b")];
    loads[0]!.resolve("a");
    loads[1]!.resolve("b");
    expect(await Promise.all(waiting)).toEqual(["a", "b"]);
  });
});

describe("staleIfError", () => {
  it("lets the stale value stand in for a failed load", async () => {
    const { cache, clock, loads, errors } = timedCache({ ttl: 100, staleIfError: 500 });
    cache.set("a", "old");
    clock.advance(200);
    const waiting = cache.getOrLoad("a");
    expect(await outcomeOf(waiting)).toBe("pending");
    loads[0]!.reject(down);
    expect([await waiting, cache.has("a"), errors]).toEqual(["old", false, [down]]);
    expect(cache.stats()).toMatchObject({ staleHits: 1, loadFailures: 1 });
  });

  it("rejects after its window, which may end during the load", async () => {
    const { cache, clock, loads, errors } = timedCache({ ttl: 100, staleIfError: 500 });
    cache.set("a", "old");
    clock.advance(599);
    const waiting = cache.getOrLoad("a");
    clock.advance(1);
    loads[0]!.reject(down);
    expect(await outcomeOf(waiting)).toEqual({ error: down });
    expect(errors).toEqual([]);
  });

  it("never restores a value that was deleted during the load", async () => {
    const { cache, clock, loads } = timedCache({ ttl: 100, staleIfError: 500 });
    cache.set("a", "old");
    clock.advance(200);
    const waiting = cache.getOrLoad("a");
    cache.delete("a");
    loads[0]!.reject(down);
    expect(await outcomeOf(waiting)).toEqual({ error: down });
  });

  it("stands in for each key of a call for several keys", async () => {
    const { cache, clock, loads } = timedCache({ ttl: 100, staleIfError: 500 });
    cache.set("a", "old");
    clock.advance(200);
    const waiting = cache.getOrLoadMany(["a", "b"]);
    loads[0]!.reject(down);
    loads[1]!.resolve("B");
    expect([...(await waiting).values()]).toEqual(["old", "B"]);
  });
});

describe("negativeTtl", () => {
  it("remembers a failure for its time, and no longer", async () => {
    const { cache, clock, loads } = timedCache({ negativeTtl: 100 });
    const first = cache.getOrLoad("a");
    loads[0]!.reject(down);
    expect(await outcomeOf(first)).toEqual({ error: down });
    clock.advance(99);
    expect(await outcomeOf(cache.getOrLoad("a"))).toEqual({ error: down });
    expect(await outcomeOf(cache.getOrLoadMany(["a"]))).toEqual({ error: down });
    expect([loads.length, cache.has("a"), cache.size]).toEqual([1, false, 0]);
    clock.advance(1);
    void cache.getOrLoad("a");
    expect(loads).toHaveLength(2);
  });

  it("remembers a missing value as the value undefined", async () => {
    const { cache, clock, loads } = timedCache({ negativeTtl: 100, ttl: 1000 });
    const first = cache.getOrLoad("a");
    loads[0]!.resolve(undefined as never);
    expect(await first).toBe(undefined);
    expect([cache.has("a"), cache.get("a"), cache.info("a")!.expiresIn]).toEqual([
      true,
      undefined,
      100,
    ]);
    expect(await cache.getOrLoad("a")).toBe(undefined);
    expect([...(await cache.getOrLoadMany(["a"]))]).toEqual([["a", undefined]]);
    clock.advance(100);
    expect([cache.has("a"), loads.length]).toEqual([false, 1]);
  });

  it.each<[string, (cache: LRUCache<string, string>) => void]>([
    ["set", (cache) => void cache.set("a", "set")],
    ["delete", (cache) => void cache.delete("a")],
    ["clear", (cache) => cache.clear()],
    ["refresh", (cache) => void cache.refresh("a").catch(() => {})],
  ])("forgets a failure at %s", async (_name, interfere) => {
    const { cache, loads } = timedCache({ negativeTtl: 100 });
    const first = cache.getOrLoad("a");
    loads[0]!.reject(down);
    await outcomeOf(first);
    interfere(cache);
    void cache.getOrLoad("a");
    expect(loads.length).toBe(cache.has("a") ? 1 : 2);
  });

  it("does not remember the failure of a fenced load", async () => {
    const { cache, loads } = timedCache({ negativeTtl: 100 });
    const first = cache.getOrLoad("a");
    cache.delete("a");
    loads[0]!.reject(down);
    expect(await outcomeOf(first)).toEqual({ error: down });
    void cache.getOrLoad("a");
    expect(loads).toHaveLength(2);
  });

  it("forgets a failure in time, even behind a failure from before the clock went back", async () => {
    const { cache, clock, loads } = timedCache({ negativeTtl: 100 });
    for (const key of ["before", "after"]) {
      const failing = cache.getOrLoad(key);
      loads.at(-1)!.reject(down);
      await outcomeOf(failing);
      clock.jump(-1e6);
    }
    clock.advance(100);
    void cache.getOrLoad("after");
    expect(loads).toHaveLength(3);
  });

  it("of 0 remembers nothing", async () => {
    const { cache } = timedCache({ negativeTtl: 0 });
    expect(await outcomeOf(cache.getOrLoad("a", () => undefined as never))).toEqual({
      value: undefined,
    });
    expect(await cache.getOrLoadMany(["a"], () => [])).toEqual(new Map());
    expect(cache.has("a")).toBe(false);
  });

  it("remembers no more failures than a bound allows", async () => {
    const cache = new LRUCache<number, string>({
      max: 10,
      negativeTtl: 1000,
      clock: new FakeClock(),
      load: () => {
        throw down;
      },
    });
    for (let i = 0; i < 1500; i++) await cache.getOrLoad(i).catch(() => {});
    for (let i = 1499; i >= 0; i--) await cache.getOrLoad(i).catch(() => {});
    expect(cache.stats().loads).toBe(2000);
  });

  it("keeps a failing refresh from being tried with every call", async () => {
    const { cache, clock, loads } = timedCache({
      ttl: 100,
      staleWhileRevalidate: 1000,
      negativeTtl: 50,
    });
    cache.set("a", "old");
    clock.advance(100);
    await cache.getOrLoad("a");
    loads[0]!.reject(down);
    await settled();
    expect([await cache.getOrLoad("a"), loads.length]).toEqual(["old", 1]);
    clock.advance(50);
    expect([await cache.getOrLoad("a"), loads.length]).toEqual(["old", 2]);
  });
});

describe("softTimeout", () => {
  it("returns the stale value, and lets the load finish in the background", async () => {
    const { cache, clock, loads } = timedCache({ ttl: 100, staleIfError: 5000, softTimeout: 20 });
    cache.set("a", "old");
    clock.advance(200);
    const waiting = cache.getOrLoad("a");
    clock.advance(19);
    expect(await outcomeOf(waiting)).toBe("pending");
    clock.advance(1);
    expect(await waiting).toBe("old");
    expect(loads[0]!.signal.aborted).toBe(false);
    loads[0]!.resolve("new");
    await settled();
    expect([cache.get("a"), cache.stats().staleHits]).toEqual(["new", 1]);
  });

  it("waits on if no value can stand in", async () => {
    const { cache, clock, loads } = timedCache({ ttl: 100, staleIfError: 5000, softTimeout: 20 });
    const waiting = cache.getOrLoad("a");
    expect(clock.pending).toEqual([]);
    clock.advance(1000);
    expect(await outcomeOf(waiting)).toBe("pending");
    loads[0]!.resolve("new");
    expect(await waiting).toBe("new");
  });

  it("leaves no timer if the load is in time", async () => {
    const { cache, clock, loads } = timedCache({ ttl: 1e9, staleIfError: 5000, softTimeout: 20 });
    cache.set("a", "old", { ttl: 10 });
    clock.advance(20);
    const waiting = cache.getOrLoad("a");
    const before = clock.pending.length;
    loads[0]!.resolve("new");
    expect(await waiting).toBe("new");
    expect(clock.pending.length).toBe(before - 1);
  });

  it("is each caller's own, and ends with the signal", async () => {
    const { cache, clock, loads } = timedCache({ ttl: 100, staleIfError: 5000, softTimeout: 20 });
    cache.set("a", "old");
    clock.advance(200);
    const first = cache.getOrLoad("a");
    clock.advance(10);
    const controller = new AbortController();
    const second = cache.getOrLoad("a", undefined, { signal: controller.signal });
    const third = cache.getOrLoadMany(["a", "b"]);
    controller.abort("gone");
    clock.advance(10);
    expect([await outcomeOf(second), await first]).toEqual([{ error: "gone" }, "old"]);
    clock.advance(10);
    expect(await outcomeOf(third)).toBe("pending");
    loads[1]!.resolve("B");
    expect([...(await third).values()]).toEqual(["old", "B"]);
  });
});

describe("hardTimeout", () => {
  it("fails and aborts a load that takes longer", async () => {
    const { cache, clock, loads } = timedCache({ hardTimeout: 100 });
    const waiting = cache.getOrLoad("a");
    clock.advance(99);
    expect(await outcomeOf(waiting)).toBe("pending");
    clock.advance(1);
    const error = await waiting.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(LoadTimeoutError);
    expect(error).toMatchObject({ code: "LOAD_TIMEOUT", keys: ["a"], hardTimeout: 100 });
    expect(loads[0]!.signal.reason).toBe(error);
    loads[0]!.resolve("late");
    await settled();
    expect([cache.has("a"), cache.stats()]).toMatchObject([
      false,
      { loads: 1, loadFailures: 1, loadTimeMs: 100, inFlight: 0 },
    ]);
  });

  it("counts for late callers as for the first", async () => {
    const { cache, clock } = timedCache({ hardTimeout: 100 });
    const first = cache.getOrLoad("a");
    clock.advance(60);
    const second = cache.getOrLoad("a");
    clock.advance(40);
    await expect(first).rejects.toBeInstanceOf(LoadTimeoutError);
    await expect(second).rejects.toBeInstanceOf(LoadTimeoutError);
  });

  it("ends with its load", async () => {
    const { cache, clock, loads } = timedCache({ hardTimeout: 100 });
    const waiting = cache.getOrLoad("a");
    expect(clock.pending).toHaveLength(1);
    loads[0]!.resolve("new");
    await waiting;
    expect(clock.pending).toEqual([]);
  });

  it("is a failure that a stale value may stand in for", async () => {
    const { cache, clock } = timedCache({ ttl: 100, staleIfError: 5000, hardTimeout: 30 });
    cache.set("a", "old");
    clock.advance(200);
    const waiting = cache.getOrLoad("a");
    clock.advance(30);
    expect(await waiting).toBe("old");
  });

  it("ends a load that waits for itself", async () => {
    const clock = new FakeClock();
    const cache: LRUCache<string, string> = new LRUCache<string, string>({
      max: 10,
      clock,
      hardTimeout: 100,
      load: async (key) => {
        await Promise.resolve();
        return cache.getOrLoad(key);
      },
    });
    const waiting = cache.getOrLoad("a");
    await settled();
    clock.advance(100);
    await expect(waiting).rejects.toBeInstanceOf(LoadTimeoutError);
  });
});

describe("A loader", () => {
  it("gets no expired value, even if its entry is not yet removed", () => {
    const { cache, clock, loads } = timedCache({ ttl: 100, staleIfError: 50 });
    cache.set("a", "old");
    clock.jump(149);
    void cache.getOrLoad("a");
    cache.clear();
    cache.set("a", "old");
    clock.jump(299);
    void cache.getOrLoad("a");
    expect(loads.map(({ stale }) => stale)).toEqual(["old", undefined]);
  });

  it("sets the time to live of its entry", async () => {
    const { cache } = timedCache({ ttl: 1000 });
    await cache.getOrLoad("a", (_key, context) => {
      context.ttl = 7;
      return "value";
    });
    expect(cache.info("a")).toEqual({ weight: 1, age: 0, expiresIn: 7 });
  });

  it("sets it in a cache without time, too", async () => {
    const { cache, clock } = timedCache();
    await cache.getOrLoad("a", (_key, context) => {
      context.ttl = 7;
      return "value";
    });
    clock.advance(8);
    expect(cache.has("a")).toBe(false);
  });

  it.each([NaN, "5", null, {}])("makes the call reject when it sets %o", async (ttl) => {
    for (const options of [{ ttl: 1000 }, {}]) {
      const { cache } = timedCache(options);
      const waiting = cache.getOrLoad("a", (_key, context) => {
        context.ttl = ttl as number;
        return "value";
      });
      await expect(waiting).rejects.toThrow(/^Cannot set entry: ttl is .+, expected milliseconds$/);
      expect([cache.has("a"), cache.stats().inFlight]).toEqual([false, 0]);
    }
  });

  it("has its time measured", async () => {
    const { cache, clock, loads } = timedCache();
    const waiting = [cache.getOrLoad("a"), cache.getOrLoad("b")].map((promise) =>
      outcomeOf(promise),
    );
    clock.advance(5);
    loads[0]!.resolve("A");
    await settled();
    clock.advance(2);
    loads[1]!.reject(down);
    await Promise.all(waiting);
    expect(cache.stats()).toMatchObject({ loads: 2, loadFailures: 1, loadTimeMs: 12 });
  });
});

describe("refresh", () => {
  it("needs no handler of its rejection without onError, even at the end of its cache", async () => {
    const rejections: unknown[] = [];
    const note = (error: unknown): void => void rejections.push(error);
    process.on("unhandledRejection", note);
    const { cache, loads } = timedCache({ onError: undefined });
    void cache.refresh("a");
    void cache.refresh("b");
    loads[0]!.reject(down);
    await settled();
    cache[Symbol.dispose]();
    await settled();
    await settled();
    process.off("unhandledRejection", note);
    expect([rejections, cache.stats().loadFailures]).toEqual([[], 1]);
  });

  it("does not call onError at the end of its cache", async () => {
    const { cache, errors } = timedCache();
    const waiting = cache.refresh("a");
    cache[Symbol.dispose]();
    expect(await outcomeOf(waiting)).toMatchObject({ error: { code: "CACHE_DISPOSED" } });
    expect(errors).toEqual([]);
  });

  it("rejects, calls onError, and then needs no handler", async () => {
    const { cache, loads, errors } = timedCache();
    cache.set("a", "old");
    void cache.refresh("a");
    loads[0]!.reject(down);
    await settled();
    expect([errors, cache.get("a")]).toEqual([[down], "old"]);
    const waiting = cache.refresh("a");
    loads[1]!.reject(down);
    expect(await outcomeOf(waiting)).toEqual({ error: down });
  });
});
