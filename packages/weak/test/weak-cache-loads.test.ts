import { CacheDisposedError, LoadCycleError } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { WeakCache } from "@heapwise/weak";
import { describe, expect, it, vi } from "vitest";
import { collect, endJob, heap, thing, useFakeHeap } from "./fake-collector.ts";

/** The function of the host, which ends a turn. */
const { setImmediate: startMacrotask } = globalThis;

useFakeHeap();

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void startMacrotask(resolve));
}

/** Creates a loader that waits until the test passes it a value. */
function createLoader<V>(): {
  load: (key: string) => Promise<V>;
  resolve: (value: V) => void;
  reject: (error: unknown) => void;
  calls: string[];
} {
  const pending: PromiseWithResolversShape<V>[] = [];
  const calls: string[] = [];
  return {
    calls,
    load: (key) => {
      calls.push(key);
      return new Promise<V>((resolve, reject) => void pending.push({ resolve, reject }));
    },
    resolve: (value) => pending.shift()!.resolve(value),
    reject: (error) => pending.shift()!.reject(error),
  };
}

interface PromiseWithResolversShape<V> {
  readonly resolve: (value: V) => void;
  readonly reject: (error: unknown) => void;
}

describe.each([0, 1, 100])("getOrLoad with a front of %i", (max) => {
  it("loads a key once for all callers that wait, and stores the value", async () => {
    const { load, resolve, calls } = createLoader<object>();
    const cache = new WeakCache<string, object>({ strong: { max }, load });
    const a = thing("a");
    const promises = [cache.getOrLoad("a"), cache.getOrLoad("a"), cache.getOrLoad("a")];
    expect(cache.stats()).toMatchObject({ inFlight: 1, loads: 1, coalesced: 2, misses: 3 });
    expect([cache.size, cache.has("a")]).toEqual([0, false]);
    resolve(a);
    for (const each of promises) expect(await each).toBe(a);
    expect(await cache.getOrLoad("a")).toBe(a);
    expect([calls, cache.get("a"), cache.size]).toEqual([["a"], a, 1]);
    expect(cache.stats()).toMatchObject({ inFlight: 0, loads: 1, hits: 2, loadFailures: 0 });
  });

  it("does not load a live value of the tail, and loads a collected value again", async () => {
    const made: object[] = [];
    const load = (): object => {
      made.push(thing(`${made.length}`));
      return made.at(-1)!;
    };
    const cache = new WeakCache<string, object>({ strong: { max }, load });
    await cache.getOrLoad("a");
    for (let i = 0; i <= max; i++) cache.set(`${i}`, thing(`filler ${i}`));
    expect(await cache.getOrLoad("a")).toBe(made[0]);
    for (let i = 0; i <= max; i++) cache.set(`${i}`, thing(`filler ${i}`));
    endJob();
    heap().collect(made[0]!);
    expect(await cache.getOrLoad("a")).toBe(made[1]);
    expect(cache.stats()).toMatchObject({ loads: 2, collections: 1 });
  });

  it.each<readonly [string, (cache: WeakCache<string, object>, other: object) => void, boolean]>([
    ["set", (cache, other) => cache.set("a", other), true],
    ["delete", (cache) => cache.delete("a"), false],
    ["clear", (cache) => cache.clear(), false],
    ["set and delete", (cache, other) => cache.set("a", other).delete("a"), false],
  ])("a %s during the load wins, and a later call does not join", async (_, act, isStored) => {
    const { load, resolve, calls } = createLoader<object>();
    const cache = new WeakCache<string, object>({ strong: { max }, load });
    const [loaded, other] = [thing("loaded"), thing("other")];
    const promise = cache.getOrLoad("a");
    act(cache, other);
    const later = cache.getOrLoad("a");
    expect(calls.length).toBe(isStored ? 1 : 2);
    resolve(loaded);
    expect(await promise).toBe(loaded);
    expect(cache.get("a")).toBe(isStored ? other : undefined);
    if (!isStored) resolve(other);
    expect([await later, cache.get("a")]).toEqual([other, other]);
  });

  it("a write of another key does not matter", async () => {
    const { load, resolve } = createLoader<object>();
    const cache = new WeakCache<string, object>({ strong: { max }, load });
    const [a, b] = [thing("a"), thing("b")];
    const promise = cache.getOrLoad("a");
    cache.set("b", b).delete("b");
    cache.set("b", b);
    resolve(a);
    expect([await promise, cache.get("a"), cache.get("b")]).toEqual([a, a, b]);
  });

  it("rejects with the error of the loader, stores nothing, and loads again", async () => {
    let isFailing = true;
    const a = thing("a");
    const load = vi.fn(() => {
      if (isFailing) throw new Error("no");
      return a;
    });
    const cache = new WeakCache<string, object>({ strong: { max }, load });
    await expect(cache.getOrLoad("a")).rejects.toThrow("no");
    await expect(cache.getOrLoad("a")).rejects.toThrow("no");
    isFailing = false;
    expect(await cache.getOrLoad("a")).toBe(a);
    expect(cache.stats()).toMatchObject({ loads: 3, loadFailures: 2 });
  });

  it("stores nothing if the loader returns undefined", async () => {
    const load = vi.fn(() => undefined);
    const cache = new WeakCache<string, object | undefined>({ strong: { max }, load });
    expect(await cache.getOrLoad("a")).toBe(undefined);
    expect(await cache.getOrLoad("a")).toBe(undefined);
    expect([cache.size, load.mock.calls.length]).toEqual([0, 2]);
  });

  it("takes a loader for one call", async () => {
    const cache = new WeakCache<string, { name: string }>({ strong: { max } });
    const a = thing("a");
    expect(await cache.getOrLoad("a", (key) => (expect(key).toBe("a"), a))).toBe(a);
    expect(await cache.getOrLoad("a", () => expect.fail("loaded again"))).toBe(a);
    await expect(cache.getOrLoad("b")).rejects.toThrow("no loader is given");
    await expect(cache.getOrLoad("b", 5 as never)).rejects.toThrow(TypeError);
    await expect(cache.getOrLoad("b", undefined, { signal: 5 } as never)).rejects.toThrow(
      TypeError,
    );
    const owned = new WeakCache<string, { name: string }>({
      strong: { max },
      load: () => expect.fail("that of the cache"),
    });
    expect(await owned.getOrLoad("a", () => a)).toBe(a);
  });

  it("lets a caller leave, and aborts the load when the last one leaves", async () => {
    const signals: AbortSignal[] = [];
    const { load, resolve } = createLoader<object>();
    const cache = new WeakCache<string, object>({
      strong: { max },
      load: (key, { signal }) => (signals.push(signal as AbortSignal), load(key)),
    });
    const [first, second] = [new AbortController(), new AbortController()];
    const one = cache.getOrLoad("a", undefined, { signal: first.signal });
    const two = cache.getOrLoad("a", undefined, { signal: second.signal });
    first.abort(new Error("first"));
    await expect(one).rejects.toThrow("first");
    expect(signals[0]!.aborted).toBe(false);
    second.abort(new Error("second"));
    await expect(two).rejects.toThrow("second");
    expect(signals[0]!.aborted).toBe(true);
    resolve(thing("late"));
    await nextTurn();
    expect([cache.size, cache.stats().inFlight]).toEqual([0, 0]);
    const gone = AbortSignal.abort(new Error("gone"));
    await expect(cache.getOrLoad("a", undefined, { signal: gone })).rejects.toThrow("gone");
  });

  it("refuses a loader that asks for its own key", async () => {
    const cache: WeakCache<string, object> = new WeakCache<string, object>({
      strong: { max },
      load: (key) => cache.getOrLoad(key),
    });
    await expect(cache.getOrLoad("a")).rejects.toThrow(LoadCycleError);
  });

  it("rejects all waiting callers when the cache is disposed of, and all later calls", async () => {
    const { load, resolve, calls } = createLoader<object>();
    const cache = new WeakCache<string, object>({ strong: { max }, load });
    const promise = cache.getOrLoad("a");
    cache[Symbol.dispose]();
    await expect(promise).rejects.toThrow(CacheDisposedError);
    await expect(cache.getOrLoad("a")).rejects.toThrow(CacheDisposedError);
    await expect(cache.getOrLoad("b", () => thing("b"))).rejects.toThrow(CacheDisposedError);
    resolve(thing("late"));
    await nextTurn();
    expect([cache.size, calls]).toEqual([0, ["a"]]);
  });

  it("keeps a loaded value as long as the loader says", async () => {
    const clock = new FakeClock();
    const times: Record<string, number> = { a: 10, b: Infinity, c: 0, d: -1 };
    const onRemoval = vi.fn();
    const cache = new WeakCache<string, { name: string }>({
      strong: { max },
      clock,
      ttl: 50,
      onRemoval,
      load: (key, context) => {
        if (key in times) context.ttl = times[key];
        return thing(key);
      },
    });
    for (const key of ["a", "b", "c", "d", "e"]) {
      expect(await cache.getOrLoad(key)).toMatchObject({ name: key });
    }
    expect([...cache.keys()].sort()).toEqual(["a", "b", "e"]);
    expect(onRemoval.mock.calls.map(([key, , cause]) => [key, cause])).toEqual([
      ["c", "expired"],
      ["d", "expired"],
    ]);
    clock.advance(10);
    expect([...cache.keys()].sort()).toEqual(["b", "e"]);
    clock.advance(40);
    expect([...cache.keys()]).toEqual(["b"]);
    expect(cache.stats().expirations).toBe(4);
  });

  it("keeps a loaded value as long as the loader says in a cache without ttl", async () => {
    const clock = new FakeClock();
    const cache = new WeakCache<string, { name: string }>({
      strong: { max },
      clock,
      load: (key, context) => {
        if (key === "a") context.ttl = 10;
        return thing(key);
      },
    });
    const b = thing("b");
    cache.set("b", b);
    await cache.getOrLoad("a");
    await cache.getOrLoad("c");
    clock.advance(10);
    expect([...cache.keys()].sort()).toEqual(["b", "c"]);
    expect([cache.get("a"), cache.get("b")]).toEqual([undefined, b]);
  });

  it.each(["soon", NaN, {}])("rejects for a ttl of %s, and stores nothing", async (ttl) => {
    const onRemoval = vi.fn();
    const dispose = vi.fn();
    const cache = new WeakCache<string, object>({
      strong: { max },
      onRemoval,
      dispose,
      load: (key, context) => {
        context.ttl = ttl as never;
        return thing(key);
      },
    });
    await expect(cache.getOrLoad("a")).rejects.toThrow("ttl is");
    expect([cache.get("a"), cache.has("a"), cache.size]).toEqual([undefined, false, 0]);
    expect(onRemoval.mock.calls).toEqual([["a", { name: "a" }, "evicted"]]);
    expect(dispose).toHaveBeenCalledTimes(1);
  });
});

describe("getOrLoad", () => {
  it.each([undefined, null, 0, "text", Symbol.for("registered")])(
    "rejects for the value %s if the front is 0",
    async (value) => {
      const cache = new WeakCache<string, unknown>({ strong: { max: 0 }, load: () => value });
      if (value === undefined) expect(await cache.getOrLoad("a")).toBe(undefined);
      else await expect(cache.getOrLoad("a")).rejects.toThrow(TypeError);
      expect([cache.size, cache.stats().inFlight]).toEqual([0, 0]);
    },
  );

  it("returns undefined and null that were stored", async () => {
    const cache = new WeakCache<string, unknown>({ load: () => expect.fail("loaded") });
    cache.set("u", undefined).set("n", null);
    expect([await cache.getOrLoad("u"), await cache.getOrLoad("n")]).toEqual([undefined, null]);
    expect(cache.stats()).toMatchObject({ hits: 2, misses: 0 });
  });

  it("rejects for a loaded value that cannot be sized, and keeps the existing entry", async () => {
    const bad = thing("bad");
    Object.assign(bad, {
      [Symbol.for("sizeof")]: () => {
        throw new Error("no size");
      },
    });
    const cache = new WeakCache<string, object>({ strong: { maxBytes: 1e6 }, load: () => bad });
    await expect(cache.getOrLoad("a")).rejects.toThrow("no size");
    expect(cache.size).toBe(0);
  });

  it("holds no value after it has checked it", async () => {
    const { load, resolve } = createLoader<object>();
    const cache = new WeakCache<string, object>({ strong: { max: 0 }, load });
    const values = Array.from({ length: 20 }, (_, i) => thing(`${i}`));
    for (const value of values) {
      const promise = cache.getOrLoad(value.name);
      resolve(value);
      await promise;
      await cache.getOrLoad(value.name);
    }
    await nextTurn();
    collect(...values);
    expect(cache.size).toBe(0);
  });

  it("reports a loaded value by onCollect like any other value", async () => {
    const onCollect = vi.fn();
    const a = thing("a");
    const cache = new WeakCache<string, object>({ strong: { max: 0 }, onCollect, load: () => a });
    await cache.getOrLoad("a");
    await nextTurn();
    collect(a);
    expect(onCollect.mock.calls).toEqual([["a"]]);
  });

  it("keeps the value that a listener stored while the expired value was reported", async () => {
    const clock = new FakeClock();
    const again = thing("again");
    const cache: WeakCache<string, object> = new WeakCache<string, object>({
      ttl: 10,
      clock: { now: clock.now },
      load: () => expect.fail("loaded"),
      onRemoval: (key, _, cause) => {
        if (cause === "expired") cache.set(key, again);
      },
    });
    cache.set("a", thing("a"));
    clock.advance(10);
    expect(await cache.getOrLoad("a")).toBe(again);
  });
});
