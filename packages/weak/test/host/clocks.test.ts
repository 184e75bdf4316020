import { WeakCache } from "@heapwise/weak";
import { afterEach, describe, expect, it, vi } from "vitest";
import { collect, endJob, heap, thing, useFakeHeap } from "../fake-collector.ts";

useFakeHeap();
afterEach(() => void vi.unstubAllGlobals());

function thrown(): never {
  throw new Error("no time");
}

let time = 0;
let reads = 0;
const CLOCKS: [string, () => number, isSaid: boolean][] = [
  ["throws", thrown, true],
  ["throws now and then", () => (reads++ % 3 === 0 ? thrown() : reads), true],
  ["tells NaN", () => NaN, false],
  ["tells Infinity", () => Infinity, false],
  ["tells -Infinity", () => -Infinity, false],
  ["tells no number", () => "noon" as never, false],
  ["goes back at each reading", () => (time -= 3_600_000), false],
  ["leaps at each reading", () => (time += 3_600_000), false],
  ["stands still", () => 5, false],
];

describe("A cache whose clock fails", () => {
  it.each(CLOCKS)("is swept after each collection if it %s", (_, now, isSaid) => {
    const uncaught = vi.fn();
    vi.stubGlobal("reportError", uncaught);
    const onError = vi.fn();
    const onCollect = vi.fn();
    const cache = new WeakCache<number, object>({
      strong: { max: 0 },
      clock: { now },
      onCollect,
      onError,
    });
    for (let round = 1; round <= 3; round++) {
      const values = Array.from({ length: 1000 }, (_each, i) => thing(`${i}`));
      values.forEach((value, i) => cache.set(i, value));
      onError.mockClear();
      collect(...values);
      expect(cache.size).toBe(0);
      expect(onCollect).toHaveBeenCalledTimes(1000 * round);
      expect(onError.mock.calls.length).toBe(isSaid ? 1 : 0);
    }
    expect(uncaught).not.toHaveBeenCalled();
  });

  it("is swept if the host's clock throws", () => {
    const uncaught = vi.fn();
    vi.stubGlobal("reportError", uncaught);
    const onError = vi.fn();
    const cache = new WeakCache<number, object>({ strong: { max: 0 }, onError });
    const values = Array.from({ length: 1000 }, (_each, i) => thing(`${i}`));
    values.forEach((value, i) => cache.set(i, value));
    vi.stubGlobal("performance", { now: thrown });
    collect(...values);
    expect([cache.size, onError.mock.calls.length, uncaught.mock.calls.length]).toEqual([0, 1, 0]);
  });

  it("still releases the values of its residence, and reports each error once", () => {
    const uncaught = vi.fn();
    vi.stubGlobal("reportError", uncaught);
    const onError = vi.fn();
    let isBroken = false;
    const cache = new WeakCache<number, object>({
      strong: { max: 0 },
      minResidence: { ms: 1000 },
      clock: { now: () => (isBroken ? thrown() : 0) },
      onError,
    });
    const values = [thing("a"), thing("b")];
    values.forEach((value, i) => cache.set(i, value));
    isBroken = true;
    // A fake heap lets a value die even if it is held.
    collect(values[0]!);
    expect([cache.size, onError.mock.calls.length]).toEqual([1, 2]);
    collect();
    expect([onError.mock.calls.length, uncaught.mock.calls.length]).toEqual([4, 0]);
  });

  it("reports to the host, once for each collection, if there is no onError", () => {
    const uncaught = vi.fn();
    vi.stubGlobal("reportError", uncaught);
    const cache = new WeakCache<number, object>({ strong: { max: 0 }, clock: { now: thrown } });
    const values = Array.from({ length: 1000 }, (_each, i) => thing(`${i}`));
    values.forEach((value, i) => cache.set(i, value));
    endJob();
    values.forEach((value) => heap().collect(value));
    collect();
    expect([cache.size, uncaught.mock.calls.length]).toEqual([0, 1]);
  });
});

describe("A sweep", () => {
  it("ends when its cache is disposed of between two slices, or in onCollect", () => {
    for (const way of ["between", "inside"]) {
      let told = 0;
      const cache: WeakCache<number, object> = new WeakCache<number, object>({
        strong: { max: 0 },
        clock: { now: () => (time += 1) },
        onCollect: () => {
          told++;
          if (way === "inside") cache[Symbol.dispose]();
        },
      });
      const values = Array.from({ length: 1000 }, (_each, i) => thing(`${i}`));
      values.forEach((value, i) => cache.set(i, value));
      endJob();
      values.forEach((value) => heap().collect(value));
      heap().majorCollection();
      heap().runCallbacks();
      vi.advanceTimersToNextTimer();
      if (way === "between") cache[Symbol.dispose]();
      vi.runAllTimers();
      expect(told).toBeLessThan(1000);
      expect([cache.size, vi.getTimerCount()]).toEqual([0, 0]);
      collect();
      expect(vi.getTimerCount()).toBe(0);
    }
  });

  it("reaches all slots of a table that shrinks and grows between slices", () => {
    const cache = new WeakCache<number, object>({
      strong: { max: 0 },
      clock: { now: () => (time += 1) },
    });
    const values = Array.from({ length: 5000 }, (_each, i) => thing(`${i}`));
    values.forEach((value, i) => cache.set(i, value));
    endJob();
    for (let i = 1; i < 5000; i += 2) heap().collect(values[i]!);
    heap().majorCollection();
    heap().runCallbacks();
    for (let round = 0; round < 40; round++) vi.advanceTimersToNextTimer();
    for (let i = 0; i < 4900; i++) cache.delete(i);
    for (let i = 5000; i < 5100; i++) cache.set(i, thing(`${i}`));
    vi.runAllTimers();
    expect([cache.size, cache.liveSize()]).toEqual([150, 150]);
  });

  it("is done in thousands of caches at once", () => {
    const caches = Array.from(
      { length: 1000 },
      () => new WeakCache<number, object>({ strong: { max: 0 } }),
    );
    const values = caches.map((cache, i) => {
      const value = thing(`${i}`);
      cache.set(i, value).set(-1, value);
      return value;
    });
    collect(...values);
    expect(caches.reduce((sum, cache) => sum + cache.size, 0)).toBe(0);
    expect(heap().registered).toBe(1);
  });
});
