import { CacheDisposedError } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { WeakCache } from "@heapwise/weak";
import { describe, expect, it, vi } from "vitest";
import { collect, endJob, heap, thing, useFakeHeap } from "./fake-collector.ts";

useFakeHeap();

describe.each([0, 1, 100])("A ttl with a front of %i", (max) => {
  function setUp(ttl?: number): {
    cache: WeakCache<string, object>;
    clock: FakeClock;
    onRemoval: ReturnType<typeof vi.fn>;
  } {
    const clock = new FakeClock(1000);
    const onRemoval = vi.fn();
    const cache = new WeakCache<string, object>({ strong: { max }, ttl, clock, onRemoval });
    return { cache, clock, onRemoval };
  }

  it("ends an entry of front or tail, to the millisecond", () => {
    const { cache, clock, onRemoval } = setUp(100);
    const [a, b] = [thing("a"), thing("b")];
    cache.set("a", a);
    clock.advance(60);
    cache.set("b", b);
    clock.jump(1099.9);
    expect([cache.get("a"), cache.peek("a"), cache.has("a")]).toEqual([a, a, true]);
    clock.jump(1100);
    expect([cache.peek("a"), cache.has("a"), [...cache]]).toEqual([undefined, false, [["b", b]]]);
    expect(onRemoval).not.toHaveBeenCalled();
    expect(cache.get("a")).toBe(undefined);
    expect(onRemoval.mock.calls).toEqual([["a", a, "expired"]]);
    expect(cache.stats()).toMatchObject({ expirations: 1, misses: 1 });
    expect([cache.size, cache.liveSize()]).toEqual([1, 1]);
    clock.jump(1160);
    expect([cache.size, cache.liveSize(), [...cache]]).toEqual([0, 0, []]);
    expect(onRemoval.mock.calls.slice(1)).toEqual([["b", b, "expired"]]);
  });

  it("removes entries by a timer, and leaves no timer when all are removed", () => {
    const { cache, clock, onRemoval } = setUp(100);
    for (const key of ["a", "b", "c"]) cache.set(key, thing(key));
    expect(clock.pending.length).toBe(1);
    clock.advance(110);
    expect(onRemoval.mock.calls.map(([key, , cause]) => [key, cause])).toEqual([
      ["a", "expired"],
      ["b", "expired"],
      ["c", "expired"],
    ]);
    expect(clock.pending.length).toBe(0);
  });

  it("starts again with a write, not with a use", () => {
    const { cache, clock } = setUp(100);
    const [a, b] = [thing("a"), thing("b")];
    cache.set("a", a).set("b", b);
    clock.advance(90);
    expect([cache.get("a"), cache.get("b"), cache.get("a")]).toEqual([a, b, a]);
    cache.set("b", b);
    clock.advance(10);
    expect([cache.get("a"), cache.get("b")]).toEqual([undefined, b]);
    clock.advance(80);
    expect(cache.get("b")).toBe(b);
    clock.advance(10);
    expect(cache.get("b")).toBe(undefined);
  });

  it("is the ttl of the entry, if one is given", () => {
    for (const ttl of [undefined, 100]) {
      const { cache, clock } = setUp(ttl);
      const [a, b, c] = [thing("a"), thing("b"), thing("c")];
      cache.set("a", a).set("b", b, { ttl: 10 }).set("c", c, { ttl: Infinity });
      cache.set("b", b, { ttl: 20 });
      clock.advance(19);
      expect(cache.get("b")).toBe(b);
      clock.advance(1);
      expect(cache.get("b")).toBe(undefined);
      clock.advance(80);
      expect([cache.get("a"), cache.get("c")]).toEqual([ttl === undefined ? a : undefined, c]);
    }
  });

  it.each([
    [{ ttl: 0 }, RangeError],
    [{ ttl: -1 }, RangeError],
    [{ ttl: NaN }, RangeError],
    [{ ttl: "1" }, TypeError],
    [{ ttl: 5, tags: ["a"] }, TypeError],
    [{ weight: 5 }, TypeError],
    [null, TypeError],
    [5, TypeError],
  ])("of %o is refused by set, which changes nothing", (options, error) => {
    const { cache } = setUp(100);
    const a = thing("a");
    cache.set("a", a);
    expect(() => cache.set("a", thing("b"), options as never)).toThrow(error);
    expect([cache.peek("a"), cache.size]).toEqual([a, 1]);
  });

  it("does not count values that are collected before", () => {
    if (max > 0) return;
    const { cache, clock, onRemoval } = setUp(100);
    const [a, b] = [thing("a"), thing("b")];
    cache.set("a", a).set("b", b);
    endJob();
    heap().collect(a);
    clock.advance(200);
    expect([cache.size, cache.stats().expirations, cache.stats().collections]).toEqual([0, 1, 1]);
    expect(onRemoval.mock.calls).toEqual([["b", b, "expired"]]);
  });

  it("is not needed by a collected, deleted or replaced entry: no timer is left", () => {
    const { cache, clock } = setUp(100);
    const values = ["a", "b", "c"].map((name) => thing(name));
    for (const value of values) cache.set(value.name, value);
    cache.delete("a");
    cache.clear();
    expect(clock.pending.length).toBe(0);
    cache.set("a", values[0]!);
    cache[Symbol.dispose]();
    expect([clock.pending.length, cache.get("a")]).toEqual([0, undefined]);
  });

  it("reports an overwritten expired entry as expired, not as replaced", () => {
    const { cache, clock, onRemoval } = setUp(100);
    const [a, b] = [thing("a"), thing("b")];
    cache.set("a", a);
    clock.jump(1100);
    cache.set("a", b);
    expect(onRemoval.mock.calls).toEqual([["a", a, "expired"]]);
    clock.jump(1150);
    expect(cache.get("a")).toBe(b);
    clock.jump(1200);
    expect(cache.delete("a")).toBe(false);
    expect(onRemoval.mock.calls.slice(1)).toEqual([["a", b, "expired"]]);
  });

  it("lives longer if the clock goes back, and nothing is lost", () => {
    const { cache, clock } = setUp(100);
    const a = thing("a");
    cache.set("a", a);
    clock.jump(0);
    cache.set("b", thing("b"));
    clock.jump(1099);
    expect([cache.get("a"), cache.get("b")]).toEqual([a, undefined]);
    clock.jump(1100);
    expect([cache.get("a"), cache.size]).toEqual([undefined, 0]);
  });

  it("needs no timer: calls remove expired entries", () => {
    const clock = new FakeClock();
    const onRemoval = vi.fn();
    const cache = new WeakCache<string, object>({
      strong: { max },
      ttl: 10,
      clock: { now: clock.now },
      onRemoval,
    });
    for (const read of [
      () => cache.size,
      () => cache.liveSize(),
      () => cache.get("a"),
      () => cache.delete("a"),
      () => cache.set("a", thing("b"), { ttl: 1 }),
      () => cache.clear(),
      () => cache.stats(),
    ]) {
      onRemoval.mockClear();
      cache.set("a", thing("a"));
      clock.advance(10);
      read();
      expect(onRemoval.mock.calls[0]).toEqual(["a", expect.anything(), "expired"]);
      cache.clear();
    }
  });

  it("removes very many entries in slices, and shows none of them", () => {
    const { cache, clock, onRemoval } = setUp(100);
    const held = Array.from({ length: 10_000 }, (_, i) => thing(`${i}`));
    for (const value of held) cache.set(value.name, value);
    clock.jump(1100);
    let seen = 0;
    for (const { name } of held) if (cache.has(name)) seen++;
    expect(seen).toBe(0);
    cache.clear();
    expect(onRemoval).toHaveBeenCalledTimes(10_000);
    expect(new Set(onRemoval.mock.calls.map(([, , cause]) => cause))).toEqual(new Set(["expired"]));
  });
});

describe("A clock", () => {
  it("that throws leaves the cache as it was, and works again later", () => {
    const clock = new FakeClock();
    let isBroken = false;
    const now = (): number => {
      if (isBroken) throw new Error("no time");
      return clock.now();
    };
    const errors = vi.fn();
    const cache = new WeakCache<string, object>({
      ttl: 10,
      clock: { now, schedule: clock.schedule },
      onError: errors,
    });
    const [a, b] = [thing("a"), thing("b")];
    cache.set("a", a);
    isBroken = true;
    for (const call of [
      () => cache.set("a", b),
      () => cache.get("a"),
      () => cache.has("a"),
      () => cache.delete("a"),
      () => cache.size,
    ]) {
      expect(call).toThrow("no time");
    }
    expect(cache.stats()).toMatchObject({ hits: 0 });
    errors.mockClear();
    clock.advance(20);
    expect(errors).toHaveBeenCalledWith(new Error("no time"));
    isBroken = false;
    expect([cache.get("a"), cache.size]).toEqual([undefined, 0]);
    cache.set("a", b);
    clock.advance(5);
    expect(cache.get("a")).toBe(b);
    clock.advance(20);
    expect(clock.pending.length).toBe(0);
  });

  it.each([0, 1])("may dispose of the cache, with a front of %i", (max) => {
    let isLast = false;
    const clock = new FakeClock();
    const onRemoval = vi.fn();
    const cache: WeakCache<string, object> = new WeakCache<string, object>({
      strong: { max },
      ttl: 10,
      onRemoval,
      clock: {
        now: () => {
          if (isLast) cache[Symbol.dispose]();
          return clock.now();
        },
      },
    });
    const a = thing("a");
    cache.set("a", a);
    isLast = true;
    expect(() => cache.set("b", thing("b"))).toThrow(CacheDisposedError);
    isLast = false;
    expect([cache.size, [...cache]]).toEqual([0, []]);
    expect(() => cache.set("b", thing("b"))).toThrow(CacheDisposedError);
  });

  it.each([0, 1])("may delete, clear and write, with a front of %i", (max) => {
    const clock = new FakeClock();
    let act: (() => void) | undefined;
    const told: string[] = [];
    const cache: WeakCache<string, object> = new WeakCache<string, object>({
      strong: { max },
      ttl: 10,
      onRemoval: (key, _, cause) => void told.push(`${key} ${cause}`),
      clock: {
        now: () => {
          const chosen = act;
          act = undefined;
          chosen?.();
          return clock.now();
        },
      },
    });
    const [a, b] = [thing("a"), thing("b")];
    cache.set("a", a);
    act = () => cache.set("a", b);
    expect(cache.get("a")).toBe(b);
    act = () => cache.delete("a");
    expect([cache.get("a"), cache.size]).toEqual([undefined, 0]);
    act = () => cache.set("a", b);
    cache.set("a", a);
    expect(cache.get("a")).toBe(a);
    act = () => cache.clear();
    expect([cache.has("a"), cache.size]).toEqual([false, 0]);
    act = () => cache.delete("a");
    cache.set("a", a);
    act = () => cache.set("a", b);
    expect(cache.delete("a")).toBe(true);
    expect(told).toEqual([
      "a replaced",
      "a deleted",
      "a replaced",
      "a deleted",
      "a replaced",
      "a deleted",
    ]);
    expect(cache.size).toBe(0);
  });

  it("of the host may be replaced by fakes that come and go", () => {
    vi.useFakeTimers({ toFake: ["setImmediate", "setTimeout", "clearTimeout", "performance"] });
    const onRemoval = vi.fn();
    const cache = new WeakCache<string, object>({ strong: { max: 0 }, ttl: 1000, onRemoval });
    const a = thing("a");
    cache.set("a", a);
    vi.advanceTimersByTime(999);
    expect(cache.get("a")).toBe(a);
    vi.advanceTimersByTime(50);
    expect(onRemoval.mock.calls).toEqual([["a", a, "expired"]]);
    vi.useRealTimers();
    vi.useFakeTimers({ toFake: ["setImmediate", "setTimeout", "clearTimeout", "performance"] });
    cache.set("b", a);
    vi.advanceTimersByTime(1050);
    expect(onRemoval.mock.calls.slice(1)).toEqual([["b", a, "expired"]]);
  });
});

describe("A collected value", () => {
  it("takes its time to live with it", () => {
    const clock = new FakeClock();
    const cache = new WeakCache<string, object>({ strong: { max: 0 }, ttl: 1000, clock });
    const values = Array.from({ length: 100 }, (_, i) => thing(`${i}`));
    for (const value of values) cache.set(value.name, value);
    collect(...values);
    expect(cache.size).toBe(0);
    // The timer finds no due entry, and is not armed again.
    clock.advance(3000);
    expect([clock.pending.length, cache.stats().expirations]).toEqual([0, 0]);
  });
});
