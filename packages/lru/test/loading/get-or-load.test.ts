import { runInNewContext } from "node:vm";
import {
  CacheDisposedError,
  LoadCycleError,
  LRUCache,
  type LoadContext,
  type LRUCacheOptions,
} from "@heapwise/lru";
import { describe, expect, it } from "vitest";
import { createDeferred, outcomeOf, settled } from "./deferred.ts";

describe("getOrLoad", () => {
  it("loads a missing value once for all callers, and then hits", async () => {
    let calls = 0;
    const cache = new LRUCache<string, string>({
      max: 3,
      load: async (key) => `${key}${++calls}`,
    });

    const both = await Promise.all([cache.getOrLoad("a"), cache.getOrLoad("a")]);

    expect(both).toEqual(["a1", "a1"]);
    expect(await cache.getOrLoad("a")).toBe("a1");
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 2, loads: 1, coalesced: 1, inserts: 1 });
  });

  it("is counted from 0 again after resetStats", async () => {
    const cache = new LRUCache<string, string>({ max: 3, ttl: 60_000 });
    await Promise.all([cache.getOrLoad("a", async (key) => key), cache.getOrLoad("a")]);
    await outcomeOf(cache.getOrLoad("b", () => Promise.reject(new Error("gone"))));

    cache.resetStats();

    const zeros = Object.keys(cache.stats()).map((name) => [name, 0]);
    expect(cache.stats()).toEqual(Object.fromEntries(zeros));
    expect(zeros).toHaveLength(18);
  });

  it("prefers the loader of the call to the loader of the cache", async () => {
    const cache = new LRUCache<string, string>({ max: 3, load: () => "cache" });
    expect(await cache.getOrLoad("a", () => "call")).toBe("call");
    expect(await cache.getOrLoad("b")).toBe("cache");
  });

  it("uses a bulk loader for a single key if the cache has no other", async () => {
    const asked: unknown[] = [];
    const cache = new LRUCache<string, string>({
      max: 3,
      loadMany: (keys) => {
        asked.push(keys);
        return new Map(keys.map((key) => [key, key + key]));
      },
    });
    expect(await cache.getOrLoad("a")).toBe("aa");
    expect(asked).toEqual([["a"]]);
  });

  it("stores the value of a synchronous loader before it returns", async () => {
    const cache = new LRUCache<string, string>({ max: 3, load: (key) => key });
    const promise = cache.getOrLoad("a");
    expect(cache.peek("a")).toBe("a");
    expect(await promise).toBe("a");
  });

  it("adopts a promise of another realm", async () => {
    const thenable = runInNewContext("Promise.resolve('late')") as PromiseLike<string>;
    const cache = new LRUCache<string, string>({
      max: 3,
      load: () => thenable,
    });
    expect(await cache.getOrLoad("a")).toBe("late");
    expect(cache.get("a")).toBe("late");
  });

  it("rejects if reading the result throws", async () => {
    const trap = new Proxy(
      {},
      {
        get() {
          throw new Error("trap");
        },
      },
    );
    const cache = new LRUCache<string, unknown>({ max: 3, load: () => trap });
    expect(await outcomeOf(cache.getOrLoad("a"))).toEqual({ error: new Error("trap") });
  });

  it("gives the loader its key as a Map keeps it", async () => {
    const keys: unknown[] = [];
    const cache = new LRUCache<unknown, string>({
      max: 3,
      load: (key) => {
        keys.push(key);
        return String(key);
      },
    });
    await cache.getOrLoad(-0);
    await cache.getOrLoadMany([-0, Number.NaN], async (wanted) => {
      keys.push(...wanted);
      return wanted.map((key) => [key, ""]);
    });
    expect(keys).toEqual([0, Number.NaN]);
  });

  it("keeps null, 0, false and the empty string as values", async () => {
    for (const value of [null, 0, false, ""]) {
      const cache = new LRUCache<string, unknown>({ max: 3, load: async () => value });
      expect(await cache.getOrLoad("a")).toBe(value);
      expect(cache.has("a")).toBe(true);
    }
  });

  it("gives the weight of the load to its entry", async () => {
    const cache = new LRUCache<string, string>({
      maxWeight: 10,
      load: (key, context) => {
        context.weight = 7;
        return key;
      },
    });
    await cache.getOrLoad("a");
    expect(cache.info("a")!.weight).toBe(7);
  });

  it.each<[string, LRUCacheOptions<string, string>]>([
    ["a weight that is none", { maxWeight: 10, load: (key, context) => weighed(key, context, -1) }],
    ["a weight nobody counts", { max: 10, load: (key, context) => weighed(key, context, 1) }],
    [
      "a weigher that throws",
      {
        maxWeight: 10,
        load: async (key) => key,
        weigh: () => {
          throw new RangeError("no");
        },
      },
    ],
  ])("rejects for %s, and stores nothing", async (_title, options) => {
    const cache = new LRUCache<string, string>(options);
    await expect(cache.getOrLoad("a")).rejects.toThrow();
    expect([cache.size, cache.stats().inFlight]).toEqual([0, 0]);
  });

  it("gives a value that is too heavy to its callers, and reports it", async () => {
    const log: unknown[] = [];
    const cache = new LRUCache<string, string>({
      maxWeight: 3,
      weigh: (value) => value.length,
      load: async () => "long value",
      onRemoval: (...removal) => log.push(removal),
    });
    expect(await cache.getOrLoad("a")).toBe("long value");
    expect([cache.size, log]).toEqual([0, [["a", "long value", "evicted"]]]);
  });

  it("refuses a bad loader among many callers, too", async () => {
    const cache = new LRUCache<string, string>({ max: 3, load: () => new Promise(() => {}) });
    void cache.getOrLoad("a");
    await expect(cache.getOrLoad("a", 5 as never)).rejects.toThrow(TypeError);
    expect(cache.stats()).toMatchObject({ misses: 1, coalesced: 0 });
  });

  it("needs no loader for an existing value", async () => {
    const cache = new LRUCache<string, string>({ max: 3 });
    expect(await cache.set("a", "here").getOrLoad("a")).toBe("here");
  });

  it("does not join a fenced load", async () => {
    const loads = [createDeferred<string>(), createDeferred<string>()];
    let calls = 0;
    const cache = new LRUCache<string, string>({ max: 3, load: () => loads[calls++]!.promise });
    const first = cache.getOrLoad("a");
    cache.delete("a");
    const second = cache.getOrLoad("a");
    loads[1]!.resolve("second");
    expect(await second).toBe("second");
    loads[0]!.resolve("first");
    expect(await first).toBe("first");
    expect(cache.get("a")).toBe("second");
  });

  it("does not join an abandoned load", async () => {
    const loads = [createDeferred<string>(), createDeferred<string>()];
    let calls = 0;
    const cache = new LRUCache<string, string>({ max: 3, load: () => loads[calls++]!.promise });
    const controller = new AbortController();
    const first = cache.getOrLoad("a", undefined, { signal: controller.signal });
    controller.abort("gone");
    const second = cache.getOrLoad("a");
    loads[0]!.resolve("first");
    expect(await outcomeOf(first)).toEqual({ error: "gone" });
    expect([await outcomeOf(second), cache.has("a")]).toEqual(["pending", false]);
    loads[1]!.resolve("second");
    expect(await second).toBe("second");
  });

  it("lets a loader abort the signal of its own caller", async () => {
    const controller = new AbortController();
    const cache = new LRUCache<string, string>({
      max: 3,
      load: () => {
        controller.abort("suicide");
        return "value";
      },
    });
    const promise = cache.getOrLoad("a", undefined, { signal: controller.signal });
    expect(await outcomeOf(promise)).toEqual({ error: "suicide" });
    expect([cache.has("a"), cache.stats().inFlight]).toEqual([false, 0]);
  });

  it("gives a loader that reads its signal late an aborted signal", async () => {
    let context: LoadContext<unknown> | undefined;
    const cache = new LRUCache<string, string>({
      max: 3,
      load: (_key, given) => {
        context = given;
        return new Promise(() => {});
      },
    });
    const controller = new AbortController();
    const promise = cache.getOrLoad("a", undefined, { signal: controller.signal });
    controller.abort("gone");
    await outcomeOf(promise);
    expect([context!.signal.aborted, context!.signal.reason]).toEqual([true, "gone"]);
  });

  it.each<[string, (cache: LRUCache<string, string>) => Promise<unknown>, new () => Error]>([
    ["no loader", (cache) => cache.getOrLoad("a"), TypeError],
    ["a loader that is none", (cache) => cache.getOrLoad("a", 5 as never), TypeError],
    ["a loader that is null", (cache) => cache.getOrLoad("a", null as never), TypeError],
    ["options that are none", (cache) => cache.getOrLoad("a", String, 5 as never), TypeError],
    ["null options", (cache) => cache.getOrLoad("a", String, null as never), TypeError],
    [
      "an unknown option",
      (cache) => cache.getOrLoad("a", String, { timeout: 5 } as never),
      TypeError,
    ],
    [
      "a signal that is none",
      (cache) => cache.getOrLoad("a", String, { signal: {} as never }),
      TypeError,
    ],
    ["no loader for many", (cache) => cache.getOrLoadMany(["a"]), TypeError],
    ["keys that are none", (cache) => cache.getOrLoadMany(5 as never, () => []), TypeError],
    ["a bulk loader that is none", (cache) => cache.getOrLoadMany([], 5 as never), TypeError],
    ["a refresh without a loader", (cache) => cache.refresh("a"), TypeError],
  ])("rejects for %s", async (_title, call, kind) => {
    const cache = new LRUCache<string, string>({ max: 3 });
    await expect(call(cache)).rejects.toThrow(kind);
    expect(cache.stats()).toMatchObject({ loads: 0, inFlight: 0 });
  });
});

function weighed(key: string, context: LoadContext<unknown>, weight: number): string {
  context.weight = weight;
  return key;
}

describe("A loader that calls back into the cache", () => {
  it("for its own key gets a LoadCycleError, and so does its caller", async () => {
    const cache: LRUCache<string, string> = new LRUCache<string, string>({
      max: 3,
      load: (key) => cache.getOrLoad(key),
    });
    const error = await cache.getOrLoad("a").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(LoadCycleError);
    expect(error).toMatchObject({ code: "LOAD_CYCLE", key: "a" });
    expect(cache.stats()).toMatchObject({ loads: 1, loadFailures: 1, inFlight: 0 });
  });

  it.each<[string, (cache: LRUCache<string, string>) => Promise<unknown>]>([
    ["refresh", (cache) => cache.refresh("a")],
    ["getOrLoadMany", (cache) => cache.getOrLoadMany(["b", "a"])],
    ["getOrLoad after delete", (cache) => (cache.delete("a"), cache.getOrLoad("a"))],
    ["another key's loader", (cache) => cache.getOrLoad("b", () => cache.getOrLoad("a"))],
  ])("gets it through %s too", async (_way, ask) => {
    const cache: LRUCache<string, string> = new LRUCache<string, string>({
      max: 3,
      load: async () => {
        await ask(cache);
        return "value";
      },
    });
    await expect(cache.getOrLoad("a")).rejects.toBeInstanceOf(LoadCycleError);
    expect(cache.stats().inFlight).toBe(0);
  });

  it("may load other keys", async () => {
    const cache: LRUCache<number, number> = new LRUCache<number, number>({
      max: 100,
      load: async (n) =>
        n < 2 ? n : (await cache.getOrLoad(n - 1)) + (await cache.getOrLoad(n - 2)),
    });
    expect(await cache.getOrLoad(30)).toBe(832040);
    expect(cache.stats().loads).toBe(31);
  });

  it("and sets its own key fences itself", async () => {
    const cache: LRUCache<string, string> = new LRUCache<string, string>({
      max: 3,
      load: (key) => {
        cache.set(key, "set");
        return "returned";
      },
    });
    expect(await cache.getOrLoad("a")).toBe("returned");
    expect(cache.get("a")).toBe("set");
  });

  it("and disposes of it ends with all other loads", async () => {
    const cache: LRUCache<string, string> = new LRUCache<string, string>({
      max: 3,
      load: () => {
        cache[Symbol.dispose]();
        return "value";
      },
    });
    await expect(cache.getOrLoad("a")).rejects.toBeInstanceOf(CacheDisposedError);
    expect(cache.size).toBe(0);
  });
});

describe("A listener that calls back while a load is settled", () => {
  it("deletes a later key of the same bulk load for good", async () => {
    const cache: LRUCache<string, string> = new LRUCache<string, string>({
      max: 3,
      onRemoval: () => cache.delete("b"),
      loadMany: async (keys) => keys.map((key) => [key, key]),
    });
    cache.set("x", "").set("y", "").set("z", "");
    const loaded = await cache.getOrLoadMany(["a", "b", "c"]);
    expect([...loaded]).toEqual([
      ["a", "a"],
      ["b", "b"],
      ["c", "c"],
    ]);
    expect([...cache.keys()].sort()).toEqual(["a", "c", "z"]);
  });

  it("throws without harm to the callers", async () => {
    const cache: LRUCache<string, string> = new LRUCache<string, string>({
      max: 1,
      load: async (key) => key,
      onError: () => {},
      onRemoval: () => {
        throw new Error("listener");
      },
    });
    await cache.getOrLoad("a");
    expect(await cache.getOrLoad("b")).toBe("b");
    expect([...cache.keys()]).toEqual(["b"]);
  });
});

describe("The end of a cache", () => {
  it("ends each load once, also the loads that one call waits for", async () => {
    const ended: unknown[] = [];
    const cache = new LRUCache<string, string>({
      max: 5,
      observers: [{ loadEnded: ({ keys, outcome }) => ended.push([keys, outcome]) }],
      loadMany: () => new Promise(() => {}),
      batch: false,
    });
    const calls = [cache.getOrLoad("a"), cache.getOrLoadMany(["a", "b"])].map(outcomeOf);
    cache[Symbol.dispose]();
    for (const outcome of await Promise.all(calls)) {
      expect(outcome).toEqual({ error: expect.any(CacheDisposedError) });
    }
    expect(ended).toEqual([
      [["a"], "abandoned"],
      [["b"], "abandoned"],
    ]);
  });

  it("ends its loads, and refuses new ones", async () => {
    const signals: AbortSignal[] = [];
    const cache = new LRUCache<string, string>({
      max: 3,
      load: (_key, { signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    const controller = new AbortController();
    const waiting = [
      cache.getOrLoad("a"),
      cache.getOrLoad("a", undefined, { signal: controller.signal }),
      cache.refresh("b"),
      cache.getOrLoadMany(["a", "c"]),
    ].map((promise) => promise.catch((error: unknown) => error));
    cache.delete("b");

    cache[Symbol.dispose]();

    for (const error of await Promise.all(waiting))
      expect(error).toBeInstanceOf(CacheDisposedError);
    expect(signals.map(({ reason }) => (reason as Error).name)).toEqual(
      Array(3).fill("CacheDisposedError"),
    );
    await expect(cache.getOrLoad("a")).rejects.toBeInstanceOf(CacheDisposedError);
    await expect(cache.getOrLoadMany(["a"])).rejects.toBeInstanceOf(CacheDisposedError);
    await expect(cache.refresh("a")).rejects.toBeInstanceOf(CacheDisposedError);
    expect(cache.stats()).toMatchObject({ loads: 3, inFlight: 0 });
  });
});

describe("refresh", () => {
  it("replaces the existing value when the new value comes, and not before", async () => {
    const value = createDeferred<string>();
    const stale: unknown[] = [];
    const cache = new LRUCache<string, string>({
      max: 3,
      load: (_key, context) => {
        stale.push(context.stale);
        return value.promise;
      },
    });
    cache.set("a", "old");
    const refreshed = cache.refresh("a");
    expect([cache.get("a"), await outcomeOf(cache.getOrLoad("a"))]).toEqual([
      "old",
      { value: "old" },
    ]);
    value.resolve("new");
    expect(await refreshed).toBe("new");
    expect([cache.get("a"), stale]).toEqual(["new", ["old"]]);
  });

  it("joins a running load", async () => {
    let calls = 0;
    const cache = new LRUCache<string, number>({ max: 3, load: async () => ++calls });
    expect(await Promise.all([cache.getOrLoad("a"), cache.refresh("a")])).toEqual([1, 1]);
  });

  it("goes on if other callers leave, and stops if it is fenced", async () => {
    const signals: AbortSignal[] = [];
    const cache = new LRUCache<string, string>({
      max: 3,
      load: (_key, { signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    void cache.refresh("a");
    const controller = new AbortController();
    const caller = cache.getOrLoad("a", undefined, { signal: controller.signal });
    controller.abort("gone");
    expect(await outcomeOf(caller)).toEqual({ error: "gone" });
    expect(signals[0]!.aborted).toBe(false);
  });

  it.each<[string, (cache: LRUCache<string, string>) => void]>([
    ["set", (cache) => void cache.set("a", "set")],
    ["delete", (cache) => void cache.delete("a")],
    ["clear", (cache) => cache.clear()],
    ["evict", (cache) => void cache.evict()],
    ["eviction by others", (cache) => void cache.set("b", "b").set("c", "c")],
    ["trim", (cache) => void cache.trim(0)],
    ["setMany", (cache) => void cache.setMany([["a", "set"]])],
    ["update", (cache) => void cache.update("a", () => "set")],
  ])("does not undo what comes during it: %s", async (_name, interfere) => {
    const value = createDeferred<string>();
    const cache = new LRUCache<string, string>({ max: 2, load: () => value.promise });
    cache.set("a", "old");
    const refreshed = cache.refresh("a");
    interfere(cache);
    const after = [...cache];
    value.resolve("loaded");
    expect(await refreshed).toBe("loaded");
    expect([...cache]).toEqual(after);
    await settled();
  });

  it.each<[string, () => Promise<string>]>([
    [
      "whose constructor",
      () =>
        Object.defineProperty(Promise.resolve("a"), "constructor", {
          get() {
            throw new Error("hostile");
          },
        }),
    ],
    [
      "whose then",
      () =>
        Object.assign(Promise.resolve("a"), {
          // oxlint-disable-next-line no-thenable
          then: () => {
            throw new Error("hostile");
          },
        }),
    ],
  ])("fails with a promise %s throws, and the key can be loaded again", async (_name, load) => {
    const cache = new LRUCache<string, string>({ max: 3 });
    await expect(cache.getOrLoad("a", load)).rejects.toThrow("hostile");
    await expect(cache.getOrLoadMany(["a"], load as never)).rejects.toThrow("hostile");
    expect(cache.stats()).toMatchObject({ inFlight: 0, loadFailures: 2 });
    await expect(cache.getOrLoad("a", () => "b")).resolves.toBe("b");
  });

  it("rejects for a signal that takes no listener, and the key can be loaded again", async () => {
    const cache = new LRUCache<string, string>({ max: 3 });
    const signal = Object.assign(new AbortController().signal, {
      addEventListener: () => {
        throw new Error("hostile");
      },
    });
    await expect(cache.getOrLoad("a", () => "a", { signal })).rejects.toThrow("hostile");
    expect(cache.stats().inFlight).toBe(0);
    await expect(cache.getOrLoad("a", () => "b")).resolves.toBe("b");
  });

  it("rejects for a signal that the clock aborts, and leaves no deadline", async () => {
    const reason = new Error("left");
    const controller = new AbortController();
    const pending = new Set<() => void>();
    let now = 0;
    let isLeaving = false;
    const cache = new LRUCache<string, string>({
      max: 3,
      ttl: 10,
      staleIfError: 100,
      softTimeout: 5,
      hardTimeout: 50,
      clock: {
        now: () => {
          if (isLeaving) controller.abort(reason);
          return now;
        },
        schedule: (run) => {
          pending.add(run);
          return () => pending.delete(run);
        },
      },
    });
    cache.set("a", "old", { ttl: 5 });
    now = 8;
    isLeaving = true;
    const { signal } = controller;
    const before = pending.size;
    await expect(cache.getOrLoad("a", () => "new", { signal })).rejects.toBe(reason);
    expect([cache.stats().loads, cache.stats().inFlight, pending.size]).toEqual([0, 0, before]);
  });
});
