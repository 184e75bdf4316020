import { CacheDisposedError, failed, LRUCache, type LRUCacheOptions } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { createDeferred, outcomeOf, settled, type Deferred } from "./deferred.ts";

type Options = Partial<LRUCacheOptions<string, string>>;

/** A cache with only a bulk loader, whose loads end when a test ends them. */
function batchCache(options: Options = {}) {
  const clock = new FakeClock();
  const calls: (Deferred<Iterable<readonly [string, never]>> & {
    keys: readonly string[];
    stale: ReadonlyMap<string, string>;
    signal: AbortSignal;
  })[] = [];
  const cache = new LRUCache<string, string>({
    max: 99,
    clock,
    loadMany: (keys, { stale, signal }) => {
      const call = { ...createDeferred<Iterable<readonly [string, never]>>(), keys, stale, signal };
      calls.push(call);
      return call.promise;
    },
    ...options,
  });
  const answer = (at: number, values: Record<string, unknown>): void =>
    calls[at]!.resolve(Object.entries(values) as [string, never][]);
  return { cache, clock, calls, answer, keys: () => calls.map((call) => call.keys.join("")) };
}

describe("A cache with loadMany and no load", () => {
  it("collects the calls of one turn, and of the microtasks in it", async () => {
    const { cache, keys, answer } = batchCache();
    const asked = [cache.getOrLoad("a"), cache.getOrLoad("b"), cache.getOrLoad("a")];
    let rest: Promise<unknown> = Promise.resolve();
    for (let i = 0; i < 20; i++) rest = rest.then(() => {});
    void rest.then(() => asked.push(cache.getOrLoad("c")));
    expect([keys(), cache.stats().inFlight, cache.stats().loads]).toEqual([[], 2, 0]);
    await settled();
    expect(keys()).toEqual(["abc"]);
    answer(0, { a: "A", b: "B", c: "C" });
    expect(await Promise.all(asked)).toEqual(["A", "B", "A", "C"]);
    expect(cache.stats()).toMatchObject({ loads: 1, coalesced: 1, misses: 4 });
    void cache.getOrLoad("d");
    await settled();
    expect(keys()).toEqual(["abc", "d"]);
  });

  it("gives each call its own outcome", async () => {
    const { cache, answer } = batchCache();
    const no = new Error("no");
    const asked = ["a", "b", "c", "d"].map((key) => cache.getOrLoad(key));
    await settled();
    answer(0, { a: "A", b: failed(no), d: null });
    expect(await Promise.all(asked.map(outcomeOf))).toEqual([
      { value: "A" },
      { error: no },
      { value: undefined },
      { value: null },
    ]);
    expect([...cache.keys()].sort()).toEqual(["a", "d"]);
  });

  it("gives each call its own signal: a caller that leaves takes its key away, the last caller the load", async () => {
    const { cache, calls, keys } = batchCache();
    const [a, b, c] = [0, 1, 2].map(() => new AbortController()) as [
      AbortController,
      AbortController,
      AbortController,
    ];
    const asked = [
      cache.getOrLoad("a", undefined, { signal: a.signal }),
      cache.getOrLoad("b", undefined, { signal: b.signal }),
      cache.getOrLoad("c", undefined, { signal: c.signal }),
    ].map(outcomeOf);
    a.abort("early");
    expect(await asked[0]).toEqual({ error: "early" });
    expect(keys()).toEqual(["bc"]);
    b.abort("late");
    expect(calls[0]!.signal.aborted).toBe(false);
    c.abort("last");
    expect(calls[0]!.signal.aborted).toBe(true);
    expect(cache.stats().inFlight).toBe(0);
  });

  it("calls no loader if all callers have left before", async () => {
    const { cache, keys } = batchCache();
    const controller = new AbortController();
    const asked = cache.getOrLoad("a", undefined, { signal: controller.signal });
    controller.abort("left");
    expect(await outcomeOf(asked)).toEqual({ error: "left" });
    expect([keys(), cache.stats().inFlight, cache.stats().loads]).toEqual([[], 0, 0]);
  });

  it("fences each key by itself, also before the loader is called", async () => {
    const { cache, keys, answer } = batchCache();
    const asked = [cache.getOrLoad("a"), cache.getOrLoad("b")];
    cache.set("a", "newer");
    cache.delete("a");
    const again = cache.getOrLoad("a");
    await settled();
    expect(keys()).toEqual(["ab", "a"]);
    answer(0, { a: "A", b: "B" });
    answer(1, { a: "A2" });
    expect(await Promise.all([...asked, again])).toEqual(["A", "B", "A2"]);
    expect([cache.get("a"), cache.get("b")]).toEqual(["A2", "B"]);
  });

  it("rejects them if it is disposed of during the load", async () => {
    const { cache, keys } = batchCache();
    const asked = outcomeOf(cache.getOrLoad("a"));
    cache[Symbol.dispose]();
    expect(await asked).toEqual({ error: expect.any(CacheDisposedError) });
    expect(keys()).toEqual([]);
  });

  it("gives the loader the stale values of the moment of the call, and collects refreshes as well", async () => {
    const { cache, clock, calls, keys, answer } = batchCache({ ttl: 100, refreshAfter: 10 });
    cache.set("a", "old a").set("b", "old b");
    clock.advance(20);
    expect(await Promise.all([cache.getOrLoad("a"), cache.getOrLoad("b")])).toEqual([
      "old a",
      "old b",
    ]);
    await settled();
    expect(keys()).toEqual(["ab"]);
    expect([...calls[0]!.stale]).toEqual([
      ["a", "old a"],
      ["b", "old b"],
    ]);
    answer(0, { a: "new a" });
    await settled();
    expect([cache.get("a"), cache.get("b")]).toEqual(["new a", undefined]);
  });

  it("does not collect calls with a loader of their own, nor calls for several keys", async () => {
    const { cache, keys } = batchCache();
    void cache.getOrLoadMany(["a", "b"]);
    expect(await cache.getOrLoad("c", () => "C")).toBe("C");
    expect(keys()).toEqual(["ab"]);
  });

  it("batch: false calls at once", () => {
    const { cache, keys } = batchCache({ batch: false });
    void cache.getOrLoad("a");
    void cache.getOrLoad("b");
    expect(keys()).toEqual(["a", "b"]);
  });

  it("maxSize bounds the keys of a call, which begins as soon as it is full", async () => {
    const { cache, keys } = batchCache({ batch: { maxSize: 2 } });
    for (const key of "abcde") void cache.getOrLoad(key);
    expect(keys()).toEqual(["ab", "cd"]);
    await settled();
    expect(keys()).toEqual(["ab", "cd", "e"]);
  });

  it("delay collects over turns, and holds the process only while a caller waits", async () => {
    const { cache, clock, keys } = batchCache({ batch: { delay: 10 } });
    void cache.getOrLoad("a");
    await settled();
    clock.advance(9);
    void cache.getOrLoad("b");
    expect(keys()).toEqual([]);
    clock.advance(1);
    expect(keys()).toEqual(["ab"]);
    expect(clock.pending).toEqual([]);
  });

  it("delay ends early if the load is full, and leaves no timer", () => {
    const { cache, clock, keys } = batchCache({ batch: { delay: 10, maxSize: 2 } });
    void cache.getOrLoad("a");
    void cache.getOrLoad("b");
    expect([keys(), clock.pending]).toEqual([["ab"], []]);
  });

  it("rejects all calls if the loader throws, and finds a loader that asks for its own keys", async () => {
    const cache: LRUCache<string, string> = new LRUCache<string, string>({
      max: 9,
      loadMany: async (keys) => [[keys[0]!, await cache.getOrLoad(keys[1]!)]],
    });
    const asked = [cache.getOrLoad("a"), cache.getOrLoad("b")].map(outcomeOf);
    for (const outcome of await Promise.all(asked)) {
      expect(outcome).toMatchObject({ error: { code: "LOAD_CYCLE" } });
    }
  });

  it("does not wait for ticks that a test has replaced", async () => {
    const cache = new LRUCache<string, string>({ max: 9, loadMany: (keys) => [[keys[0]!, "b"]] });
    const { nextTick } = process;
    process.nextTick = () => {};
    try {
      expect(await cache.getOrLoad("a")).toBe("b");
    } finally {
      process.nextTick = nextTick;
    }
  });

  it.each<[string, Options]>([
    ["true", { batch: true as never }],
    ["an unknown part", { batch: { size: 1 } as never }],
    ["a maxSize of 0", { batch: { maxSize: 0 } }],
    ["a delay of 0", { batch: { delay: 0 } }],
    ["no loadMany", { batch: { maxSize: 1 }, loadMany: undefined }],
    ["a delay with a clock that has no schedule", { batch: { delay: 1 }, clock: { now: () => 0 } }],
  ])("refuses %s", (_what, options) => {
    expect(() => batchCache(options)).toThrow(/^Cannot create cache.*expected/);
  });
});
