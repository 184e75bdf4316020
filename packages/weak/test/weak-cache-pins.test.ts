import { FakeClock } from "@heapwise/testkit";
import { WeakCache } from "@heapwise/weak";
import { describe, expect, it, vi } from "vitest";
import { collect, thing, useFakeHeap } from "./fake-collector.ts";

useFakeHeap();

describe.each([0, 1, 100])("A pin with a front of %i", (max) => {
  it("exists for a live value, and does not count as a use", () => {
    const cache = new WeakCache<string, object>({ strong: { max } });
    const [a, b] = [thing("a"), thing("b")];
    cache.set("a", a).set("b", b);
    const keys = [...cache.keys()];
    expect(cache.pin("c")).toBe(undefined);
    const pin = cache.pin("a")!;
    expect(Object.keys(pin)).toEqual(["release"]);
    expect([...cache.keys()]).toEqual(keys);
    expect([cache.size, cache.liveSize(), cache.stats().pinned]).toEqual([2, 2, 1]);
    expect(cache.stats()).toMatchObject({ hits: 0, misses: 0, revivals: 0 });
    pin.release();
    expect(cache.stats().pinned).toBe(0);
    if (max > 1) return;
    collect(a);
    expect(cache.pin("a")).toBe(undefined);
  });

  it("adds up with other pins of its key, and is released once", () => {
    const cache = new WeakCache<unknown, object>({ strong: { max } });
    cache.set(-0, thing("a"));
    const [first, second] = [cache.pin(0)!, cache.pin(-0)!];
    first.release();
    first.release();
    first[Symbol.dispose]();
    expect(cache.stats().pinned).toBe(1);
    second[Symbol.dispose]();
    expect(cache.stats().pinned).toBe(0);
    second.release();
    const third = cache.pin(0)!;
    first.release();
    second.release();
    expect(cache.stats().pinned).toBe(1);
    third.release();
    expect(cache.stats().pinned).toBe(0);
  });

  it.each<readonly [string, (cache: WeakCache<string, object>) => void]>([
    ["delete", (cache) => cache.delete("a")],
    ["clear", (cache) => cache.clear()],
    ["a set of another value", (cache) => cache.set("a", thing("b"))],
    ["disposal", (cache) => cache[Symbol.dispose]()],
    ["expiry", () => {}],
  ])("ends with %s, and its release does nothing then", (name, act) => {
    const clock = new FakeClock();
    const cache = new WeakCache<string, object>({ strong: { max }, clock, ttl: 10 });
    cache.set("a", thing("a"));
    const pin = cache.pin("a")!;
    act(cache);
    if (name === "expiry") clock.advance(20);
    expect(cache.stats().pinned).toBe(0);
    if (name === "disposal") return;
    cache.set("a", thing("c"));
    const later = cache.pin("a")!;
    pin.release();
    expect(cache.stats().pinned).toBe(1);
    later.release();
    expect(cache.stats().pinned).toBe(0);
  });

  it("does not end with a use, or a set of the same value, or a write that fails", () => {
    const cache = new WeakCache<string, unknown>({ strong: { max } });
    const a = thing("a");
    cache.set("a", a).set("b", thing("b"));
    const pin = cache.pin("a")!;
    cache.get("a");
    cache.set("a", a);
    cache.get("b");
    expect(() => cache.set("a", 5, { ttl: -1 })).toThrow(RangeError);
    if (max === 0) expect(() => cache.set("a", 5)).toThrow(TypeError);
    expect(cache.stats().pinned).toBe(1);
    pin.release();
  });
});

describe("A pinned value", () => {
  it("is not dropped by soft mode, and moves to the tail", () => {
    const onRemoval = vi.fn();
    const cache = new WeakCache<string, object>({
      strong: { max: 1 },
      softLimit: 1000,
      onRemoval,
    });
    const [a, b, c] = [thing("a"), thing("b"), thing("c")];
    cache.set("a", a);
    const pin = cache.pin("a")!;
    cache.set("b", b).set("c", c);
    expect(onRemoval.mock.calls).toEqual([["b", b, "evicted"]]);
    expect([cache.peek("a"), cache.size]).toEqual([a, 2]);
    pin.release();
    expect(cache.peek("a")).toBe(a);
    collect(a);
    expect([cache.size, cache.stats().collections]).toEqual([1, 1]);
  });

  it.each([1, "text", null, NaN, Symbol.for("registered"), false])(
    "stays until it is released, even if it is %s and cannot be held weakly",
    (value) => {
      const told: unknown[] = [];
      const cache = new WeakCache<string, unknown>({
        strong: { max: 1 },
        onRemoval: (...args) => told.push(args),
        dispose: (...args) => told.push(args),
      });
      const [b, c] = [thing("b"), thing("c")];
      cache.set("a", value);
      const [pin, other] = [cache.pin("a")!, cache.pin("a")!];
      cache.set("b", b);
      expect(cache.stats()).toMatchObject({ evictions: 0, demotions: 1, pinned: 1 });
      collect();
      expect([cache.peek("a"), cache.has("a"), cache.size]).toEqual([value, true, 2]);
      expect([cache.get("a"), [...cache.keys()]]).toEqual([value, ["a", "b"]]);
      cache.set("c", c);
      expect([cache.get("a"), cache.liveSize()]).toEqual([value, 3]);
      cache.set("c", c);
      cache.set("a", value);
      cache.set("c", c);
      expect(told).toEqual([]);
      told.length = 0;
      pin.release();
      expect([told, cache.has("a")]).toEqual([[], true]);
      other.release();
      expect(told).toEqual([
        ["a", value, "evicted"],
        [value, "a"],
      ]);
      expect([cache.has("a"), cache.size, cache.stats().evictions]).toEqual([false, 2, 1]);
    },
  );

  it("cannot be undefined: pin returns undefined for it", () => {
    const cache = new WeakCache<string, unknown>();
    cache.set("a", undefined);
    expect([cache.has("a"), cache.pin("a")]).toEqual([true, undefined]);
  });

  it("is loaded no more than once", async () => {
    const a = thing("a");
    const load = vi.fn(() => a);
    const cache = new WeakCache<string, object>({ strong: { max: 0 }, load });
    await cache.getOrLoad("a");
    const pin = cache.pin("a");
    collect();
    expect(await cache.getOrLoad("a")).toBe(a);
    expect(load).toHaveBeenCalledTimes(1);
    pin!.release();
  });

  it("is disposed of when it is deleted, and not by its release", () => {
    const dispose = vi.fn();
    const cache = new WeakCache<string, object>({ strong: { max: 0 }, dispose });
    const [a, b] = [thing("a"), thing("b")];
    cache.set("a", a).set("b", b);
    const [pin, other] = [cache.pin("a")!, cache.pin("b")!];
    cache.delete("a");
    expect(dispose.mock.calls).toEqual([[a, "a"]]);
    pin.release();
    other.release();
    expect(dispose).toHaveBeenCalledTimes(1);
  });

  it("may be released by a listener of its own removal", () => {
    const cache: WeakCache<string, unknown> = new WeakCache<string, unknown>({
      strong: { max: 1 },
      onRemoval: () => pin.release(),
    });
    cache.set("a", 1);
    const pin = cache.pin("a")!;
    cache.set("b", 2);
    expect(cache.has("a")).toBe(true);
    pin.release();
    expect([cache.has("a"), cache.size]).toEqual([false, 1]);
  });
});
