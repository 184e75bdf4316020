import { WeakCache } from "@heapwise/weak";
import { describe, expect, it, vi } from "vitest";
import { collect, endJob, heap, thing, useFakeHeap } from "./fake-collector.ts";

useFakeHeap();

/** Lets values die without a report to any listener. */
function die(...values: WeakKey[]): void {
  endJob();
  for (const value of values) expect(heap().collect(value)).toBe(true);
}

describe("onCollect", () => {
  it("is called once for each collected value, whichever operation finds it", () => {
    const onCollect = vi.fn();
    const cache = new WeakCache<string, object>({ strong: { max: 0 }, onCollect });
    const names = ["swept", "got", "deleted", "replaced", "cleared"];
    const values = names.map((name) => thing(name));
    names.forEach((name, i) => cache.set(name, values[i]!));
    die(...values);
    cache.get("got");
    expect(cache.delete("deleted")).toBe(false);
    cache.set("replaced", thing("new"));
    vi.runAllTimers();
    // The key "replaced" has a live value.
    expect(onCollect.mock.calls).toEqual([["got"], ["deleted"]]);
    cache.clear();
    vi.runAllTimers();
    expect(onCollect.mock.calls.slice(2).flat().sort()).toEqual(["cleared", "swept"]);
    collect();
    expect(onCollect).toHaveBeenCalledTimes(4);
    expect(cache.stats().collections).toBe(5);
  });

  it("may change the cache", () => {
    const told: string[] = [];
    const cache: WeakCache<string, object> = new WeakCache<string, object>({
      strong: { max: 0 },
      onCollect: (key) => {
        told.push(key);
        cache.get("b");
        cache.set(key, thing(`${key} again`));
      },
    });
    const values = [thing("a"), thing("b")];
    cache.set("a", values[0]!).set("b", values[1]!);
    die(...values);
    cache.get("a");
    expect(told).toEqual([]);
    vi.runAllTimers();
    expect(told).toEqual(["a", "b"]);
    expect([cache.size, cache.liveSize()]).toEqual([2, 2]);
  });

  it("is not called for live, replaced, deleted, evicted or dropped values", () => {
    const onCollect = vi.fn();
    const cache = new WeakCache<string, unknown>({ strong: { max: 1 }, onCollect });
    const [a, b, c] = [thing("a"), thing("b"), thing("c")];
    cache.set("a", a).set("b", b).set("a", c).set("n", 5).set("m", 6);
    cache.delete("b");
    collect(a, b);
    expect(onCollect).not.toHaveBeenCalled();
    expect(cache.peek("a")).toBe(c);
  });

  it.each<readonly [string, (cache: WeakCache<string, object>) => void]>([
    ["get", (cache) => void cache.get("a")],
    ["delete", (cache) => void cache.delete("a")],
    ["clear", (cache) => cache.clear()],
    ["a write of another key", (cache) => void cache.set("b", thing("b"))],
  ])("is called in a macrotask of its own for what %s finds dead", (_, call) => {
    const onCollect = vi.fn();
    const cache = new WeakCache<string, object>({ strong: { max: 0 }, onCollect });
    const a = thing("a");
    cache.set("a", a);
    die(a);
    heap().majorCollection();
    heap().runCallbacks();
    call(cache);
    expect(onCollect).not.toHaveBeenCalled();
    vi.runAllTimers();
    expect(onCollect.mock.calls).toEqual([["a"]]);
  });

  it("is not called inside a sweep either", () => {
    const sizes: number[] = [];
    const cache: WeakCache<number, object> = new WeakCache<number, object>({
      strong: { max: 0 },
      onCollect: () => sizes.push(cache.size),
    });
    const values = Array.from({ length: 20 }, (_, i) => thing(`${i}`));
    values.forEach((value, i) => cache.set(i, value));
    collect(...values);
    expect(sizes).toEqual(values.map(() => 0));
  });

  it("is not called for a key that was written again over the dead value", () => {
    const onCollect = vi.fn();
    for (const max of [0, 1]) {
      const cache = new WeakCache<string, object>({ strong: { max }, onCollect });
      const [a, filler, b] = [thing("a"), thing("filler"), thing("b")];
      cache.set("a", a).set("filler", filler);
      die(a);
      cache.set("a", b);
      vi.runAllTimers();
      collect();
      expect(onCollect).not.toHaveBeenCalled();
      expect([cache.get("a"), cache.stats().collections]).toEqual([b, 1]);
    }
  });

  it("is not called for a key that an earlier call has written again", () => {
    const told: string[] = [];
    const cache: WeakCache<string, object> = new WeakCache<string, object>({
      strong: { max: 0 },
      onCollect: (key) => {
        told.push(key);
        for (const name of ["a", "b"]) cache.set(name, thing(`${name} again`));
      },
    });
    const [a, b] = [thing("a"), thing("b")];
    cache.set("a", a).set("b", b);
    collect(a, b);
    expect(told).toHaveLength(1);
    expect(cache.liveSize()).toBe(2);
  });

  it("is called for each death of a key", () => {
    const onCollect = vi.fn();
    const cache = new WeakCache<string, object>({ strong: { max: 0 }, onCollect });
    for (let i = 0; i < 3; i++) {
      const value = thing(`${i}`);
      cache.set("a", value);
      collect(value);
    }
    expect(onCollect.mock.calls).toEqual([["a"], ["a"], ["a"]]);
  });

  it("is called even if the next value of the key is collected too", () => {
    const onCollect = vi.fn();
    const cache = new WeakCache<string, object>({ strong: { max: 0 }, onCollect });
    const a = thing("a");
    cache.set("a", a);
    die(a);
    cache.set("a", thing("b"));
    cache.delete("a");
    vi.runAllTimers();
    expect(onCollect.mock.calls).toEqual([["a"]]);
  });

  it.each([false, true])("passes its errors to onError, and continues (given: %s)", (isGiven) => {
    const uncaught = vi.fn();
    vi.stubGlobal("reportError", uncaught);
    const onError = vi.fn();
    const told: string[] = [];
    const cache = new WeakCache<string, object>({
      strong: { max: 0 },
      onCollect: (key) => {
        told.push(key);
        throw new Error(key);
      },
      ...(isGiven && { onError }),
    });
    const values = ["a", "b", "c"].map((name) => thing(name));
    values.forEach((value) => cache.set(value.name, value));
    collect(...values);
    const errors = (isGiven ? onError : uncaught).mock.calls.map(([error]) => String(error));
    expect(errors).toEqual(["Error: a", "Error: b", "Error: c"]);
    expect(isGiven ? uncaught : onError).not.toHaveBeenCalled();
    vi.unstubAllGlobals();
  });

  it("is not called by a cache that was disposed of, even in an earlier call", () => {
    const told: string[] = [];
    const cache: WeakCache<string, object> = new WeakCache<string, object>({
      strong: { max: 0 },
      onCollect: (key) => {
        told.push(key);
        cache[Symbol.dispose]();
      },
    });
    const [a, b] = [thing("a"), thing("b")];
    cache.set("a", a).set("b", b);
    collect(a, b);
    expect(told).toHaveLength(1);
  });

  it("is called after fake timers that took its macrotask are gone", () => {
    const onCollect = vi.fn();
    const cache = new WeakCache<string, object>({ strong: { max: 0 }, onCollect });
    const [a, b] = [thing("a"), thing("b")];
    cache.set("a", a).set("b", b);
    const before = globalThis.setImmediate;
    globalThis.setImmediate = (() => {}) as never;
    die(a);
    cache.get("a");
    globalThis.setImmediate = before;
    die(b);
    cache.get("b");
    vi.runAllTimers();
    expect(onCollect.mock.calls).toEqual([["a"], ["b"]]);
  });

  it("is called after the next collection if its macrotask was cancelled", () => {
    const onCollect = vi.fn();
    const cache = new WeakCache<string, object>({ strong: { max: 0 }, onCollect });
    const a = thing("a");
    cache.set("a", a);
    die(a);
    cache.get("a");
    vi.clearAllTimers();
    collect();
    expect(onCollect.mock.calls).toEqual([["a"]]);
  });
});
