import { LoadCycleError, LRUCache } from "@heapwise/lru";
import { detectLoadCycles } from "@heapwise/lru/load-cycles";
import { describe, expect, it } from "vitest";
import { outcomeOf, settled } from "./deferred.ts";

type Cache = LRUCache<string, string>;

/** A cache whose loaders ask for other keys after an await. */
function chainedCache(asks: Readonly<Record<string, readonly string[]>>, detects: boolean): Cache {
  const cache: Cache = new LRUCache<string, string>({
    max: 10,
    ...(detects && { loadCycles: detectLoadCycles() }),
    load: async (key) => {
      await Promise.resolve();
      const parts = await Promise.all((asks[key] ?? []).map((other) => cache.getOrLoad(other)));
      return key + parts.join("");
    },
  });
  return cache;
}

describe("detectLoadCycles", () => {
  it("finds a loader that asks for its own key after an await", async () => {
    const cache = chainedCache({ a: ["a"] }, true);
    await expect(cache.getOrLoad("a")).rejects.toBeInstanceOf(LoadCycleError);
    expect(cache.stats().inFlight).toBe(0);
  });

  it("is needed for this: without it the load never ends", async () => {
    const cache = chainedCache({ a: ["a"] }, false);
    const promise = cache.getOrLoad("a");
    expect([await outcomeOf(promise), cache.stats().inFlight]).toEqual(["pending", 1]);
    cache[Symbol.dispose]();
    await promise.catch(() => {});
  });

  it("finds a cycle over several loads", async () => {
    const cache = chainedCache({ a: ["b"], b: ["c"], c: ["a"] }, true);
    const error = await cache.getOrLoad("a").catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: "LoadCycleError", key: "a" });
  });

  it("finds a cycle that callers from outside have closed", async () => {
    const cache = chainedCache({ a: ["b"], b: ["a"] }, true);
    const outcomes = await Promise.allSettled([cache.getOrLoad("a"), cache.getOrLoad("b")]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(["rejected", "rejected"]);
  });

  it("finds a cycle over two caches", async () => {
    const loadCycles = detectLoadCycles();
    const one: Cache = new LRUCache<string, string>({
      max: 3,
      loadCycles,
      load: async (key) => (await settled(), two.getOrLoad(key)),
    });
    const two: Cache = new LRUCache<string, string>({
      max: 3,
      loadCycles,
      load: async (key) => (await settled(), one.getOrLoad(key)),
    });
    await expect(one.getOrLoad("a")).rejects.toBeInstanceOf(LoadCycleError);
  });

  it("finds a cycle in bulk loads and refreshes", async () => {
    const cache: LRUCache<string, string> = new LRUCache<string, string>({
      max: 5,
      loadCycles: detectLoadCycles(),
      loadMany: async (keys) => {
        await Promise.resolve();
        if (keys.includes("a")) await cache.refresh("b");
        if (keys.includes("b")) await cache.getOrLoadMany(["c", "a"]);
        return keys.map((key) => [key, key]);
      },
    });
    await expect(cache.getOrLoadMany(["a", "x"])).rejects.toBeInstanceOf(LoadCycleError);
    expect(await outcomeOf(cache.getOrLoad("c"))).toEqual({ value: "c" });
  });

  it("allows loads that share their parts", async () => {
    const cache = chainedCache({ a: ["b", "c"], b: ["d"], c: ["d", "d"] }, true);
    expect(await cache.getOrLoad("a")).toBe("abdcdd");
    expect(await Promise.all(["a", "b", "c", "d"].map((key) => cache.getOrLoad(key)))).toEqual([
      "abdcdd",
      "bd",
      "cdd",
      "d",
    ]);
  });

  it("forgets a wait that is over", async () => {
    let asked = false;
    const cache: Cache = new LRUCache<string, string>({
      max: 5,
      loadCycles: detectLoadCycles(),
      load: async (key) => {
        if (key === "a") {
          await cache.getOrLoad("b");
          cache.delete("b");
          await settled();
          return "a";
        }
        // The second load of b waits for a, which does not wait for b any more.
        if (asked) return cache.getOrLoad("a");
        asked = true;
        return "b";
      },
    });
    const a = cache.getOrLoad("a");
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    const b = cache.getOrLoad("b");
    expect(await Promise.all([a, b])).toEqual(["a", "a"]);
  });
});
