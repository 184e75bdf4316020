import { getEventListeners } from "node:events";
import { failed, LRUCache } from "@heapwise/lru";
import { describe, expect, it, vi } from "vitest";
import { createDeferred, outcomeOf, settled, type Deferred } from "./deferred.ts";

function bulkCache(max = 10) {
  const asked: (readonly string[])[] = [];
  const cache = new LRUCache<string, string>({
    max,
    loadMany: async (keys) => {
      asked.push(keys);
      return keys.map((key) => [key, key.toUpperCase()] as const);
    },
  });
  return { cache, asked };
}

describe("getOrLoadMany", () => {
  it("loads the missing keys in one call, and answers in the order of the keys", async () => {
    const { cache, asked } = bulkCache();
    cache.set("b", "here");
    const found = await cache.getOrLoadMany(["c", "b", "a", "c"]);
    expect([...found]).toEqual([
      ["c", "C"],
      ["b", "here"],
      ["a", "A"],
    ]);
    expect(asked).toEqual([["c", "a"]]);
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 2, loads: 1 });
  });

  it("calls no loader when nothing is missing", async () => {
    const { cache, asked } = bulkCache();
    cache.set("a", "here");
    expect([...(await cache.getOrLoadMany(["a"]))]).toEqual([["a", "here"]]);
    expect([...(await cache.getOrLoadMany([]))]).toEqual([]);
    expect(asked).toEqual([]);
  });

  it("joins running single loads, and single loads join it", async () => {
    const { cache, asked } = bulkCache();
    const a = createDeferred<string>();
    const single = cache.getOrLoad("a", () => a.promise);
    const many = cache.getOrLoadMany(["a", "b"]);
    const joined = cache.getOrLoad("b", () => "never called");
    a.resolve("single");
    expect([await single, await joined, [...(await many)]]).toEqual([
      "single",
      "B",
      [
        ["a", "single"],
        ["b", "B"],
      ],
    ]);
    expect(asked).toEqual([["b"]]);
  });

  it("shares keys between bulk loads", async () => {
    const { cache, asked } = bulkCache();
    await Promise.all([cache.getOrLoadMany(["a", "b"]), cache.getOrLoadMany(["b", "c"])]);
    expect(asked).toEqual([["a", "b"], ["c"]]);
  });

  it("loads one by one if there is only a loader for single keys", async () => {
    const cache = new LRUCache<string, string>({ max: 5, load: async (key) => key + key });
    expect([...(await cache.getOrLoadMany(["a", "b"]))]).toEqual([
      ["a", "aa"],
      ["b", "bb"],
    ]);
    expect(cache.stats().loads).toBe(2);
  });

  it("answers for more keys than the cache holds", async () => {
    const { cache } = bulkCache(2);
    const found = await cache.getOrLoadMany(["a", "b", "c", "d"]);
    expect([...found.values()]).toEqual(["A", "B", "C", "D"]);
    expect(cache.size).toBe(2);
  });

  it("omits keys without a value, and ignores keys that were not asked for", async () => {
    const cache = new LRUCache<string, string>({
      max: 5,
      loadMany: async () =>
        new Map([
          ["a", "A"],
          ["extra", "E"],
        ]),
    });
    expect([...(await cache.getOrLoadMany(["a", "b"]))]).toEqual([["a", "A"]]);
    expect([...cache.keys()]).toEqual(["a"]);
  });

  it("stores all but the fenced keys", async () => {
    const result = createDeferred<Iterable<[string, string]>>();
    const cache = new LRUCache<string, string>({ max: 5, loadMany: () => result.promise });
    const many = cache.getOrLoadMany(["a", "b", "c"]);
    cache.delete("a");
    cache.set("b", "set");
    result.resolve([
      ["a", "A"],
      ["b", "B"],
      ["c", "C"],
    ]);
    expect([...(await many).values()]).toEqual(["A", "B", "C"]);
    expect([...cache].sort()).toEqual([
      ["b", "set"],
      ["c", "C"],
    ]);
  });

  it("gives the loader the existing values", async () => {
    let stale: ReadonlyMap<string, string> | undefined;
    const cache = new LRUCache<string, string>({
      max: 5,
      loadMany: async (keys, context) => {
        stale = context.stale;
        return keys.map((key) => [key, "new"]);
      },
    });
    cache.set("a", "old");
    await cache.refresh("a");
    expect([...stale!]).toEqual([["a", "old"]]);
  });

  it.each([
    ["undefined", undefined],
    ["a number", 5],
    ["values instead of entries", ["A", "B"]],
    ["an entry and a hole", [["a", "A"], undefined]],
    ["an object", { a: "A" }],
  ])("rejects for a result that is %s", async (_title, result) => {
    const cache = new LRUCache<string, string>({ max: 5, loadMany: async () => result as never });
    await expect(cache.getOrLoadMany(["a", "b"])).rejects.toThrow(
      /^Cannot load entries: loadMany returned .*, expected a Map or entries/,
    );
    expect(cache.stats()).toMatchObject({ loads: 1, loadFailures: 1, inFlight: 0 });
    expect(cache.size).toBe(0);
  });

  it("rejects with the first failure, and keeps the values of other loads", async () => {
    const b = createDeferred<string>();
    const cache = new LRUCache<string, string>({
      max: 5,
      load: (key) => (key === "a" ? Promise.reject(new Error("a")) : b.promise),
    });
    const controller = new AbortController();
    const single = cache.getOrLoad("b");
    const many = cache.getOrLoadMany(["a", "b"], undefined, { signal: controller.signal });
    expect(await outcomeOf(many)).toEqual({ error: new Error("a") });
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    b.resolve("B");
    expect(await single).toBe("B");
    expect(cache.get("b")).toBe("B");
  });

  it("finishes and stores the loads that were begun with a key that failed", async () => {
    const loads = new Map<string, Deferred<string> & { signal: AbortSignal }>();
    const onError = vi.fn();
    const cache = new LRUCache<string, string>({
      max: 5,
      onError,
      load: (key, { signal }) => {
        const load = { ...createDeferred<string>(), signal };
        loads.set(key, load);
        return load.promise;
      },
    });
    const many = outcomeOf(cache.getOrLoadMany(["a", "b", "c", "d"]));
    loads.get("b")!.reject("b");
    expect(await many).toEqual({ error: "b" });
    expect([...loads.values()].map(({ signal }) => signal.aborted)).toEqual(Array(4).fill(false));
    loads.get("a")!.resolve("A");
    loads.get("c")!.reject("c");
    loads.get("d")!.resolve("D");
    await settled();
    expect([...cache.keys()].sort()).toEqual(["a", "d"]);
    expect(onError.mock.calls).toEqual([["c"]]);
  });

  it("loads the other keys if one is known to fail", async () => {
    const cache = new LRUCache<number, number>({
      max: 9,
      negativeTtl: 1000,
      load: async (key) => {
        if (key === 2) throw new Error("no");
        return key;
      },
    });
    await outcomeOf(cache.getOrLoad(2));
    expect(await outcomeOf(cache.getOrLoadMany([1, 2, 3]))).toMatchObject({
      error: { message: "no" },
    });
    expect([...cache.keys()].sort()).toEqual([1, 3]);
  });

  it("is aborted by its own signal alone", async () => {
    const signals: AbortSignal[] = [];
    const cache = new LRUCache<string, string>({
      max: 5,
      load: (_key, { signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    const controller = new AbortController();
    const many = cache.getOrLoadMany(["a", "b"], undefined, { signal: controller.signal });
    controller.abort("left");
    expect(await outcomeOf(many)).toEqual({ error: "left" });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it("rejects for a key that the loader says has failed, and stores the other keys", async () => {
    const cache = new LRUCache<string, string>({
      max: 5,
      loadMany: async () => [
        ["a", "A"],
        ["b", failed(new Error("b"))],
        ["c", failed(new Error("c"))],
      ],
    });
    expect(await outcomeOf(cache.getOrLoadMany(["a", "b", "c"]))).toEqual({
      error: new Error("b"),
    });
    expect([...cache]).toEqual([["a", "A"]]);
    expect(cache.stats()).toMatchObject({ loads: 1, loadFailures: 1, inFlight: 0 });
  });

  it("rejects for a result with only wrong keys, and ignores wrong keys among right keys", async () => {
    const answers = [
      [["1", "A"]],
      [
        ["1", "A"],
        [1, "A"],
      ],
      [],
    ];
    const cache = new LRUCache<number, string>({
      max: 5,
      loadMany: async () => answers.shift() as never,
    });
    await expect(cache.getOrLoadMany([1, 2])).rejects.toThrow(
      new TypeError(
        'Cannot load entries: loadMany returned the key "1", and none that was asked for, expected keys such as 1',
      ),
    );
    expect([...(await cache.getOrLoadMany([1, 2]))]).toEqual([[1, "A"]]);
    expect((await cache.getOrLoadMany([3])).size).toBe(0);
    expect([...cache]).toEqual([[1, "A"]]);
  });

  it("aborts a bulk load when the last caller of its last key has left", async () => {
    let loadSignal: AbortSignal | undefined;
    const cache = new LRUCache<string, string>({
      max: 5,
      loadMany: (_keys, { signal }) => {
        loadSignal = signal;
        return new Promise(() => {});
      },
    });
    const first = new AbortController();
    const second = new AbortController();
    const many = cache.getOrLoadMany(["a", "b"], undefined, { signal: first.signal });
    const single = cache.getOrLoad("b", undefined, { signal: second.signal });
    first.abort("first");
    expect(await outcomeOf(many)).toEqual({ error: "first" });
    // No caller wants key a, but its load is wanted: a new caller of the key joins it.
    expect([loadSignal!.aborted, cache.stats().inFlight]).toEqual([false, 2]);
    second.abort("second");
    expect(await outcomeOf(single)).toEqual({ error: "second" });
    expect([loadSignal!.aborted, loadSignal!.reason, cache.stats().inFlight]).toEqual([
      true,
      "second",
      0,
    ]);
  });

  it("rejects at once for a signal that is aborted, without a load", async () => {
    const { cache, asked } = bulkCache();
    const many = cache.getOrLoadMany(["a"], undefined, { signal: AbortSignal.abort("early") });
    expect(await outcomeOf(many)).toEqual({ error: "early" });
    expect(asked).toEqual([]);
  });
});
