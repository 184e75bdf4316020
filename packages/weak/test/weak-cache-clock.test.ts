import { FakeClock } from "@heapwise/testkit";
import { WeakCache } from "@heapwise/weak";
import { describe, expect, it, vi } from "vitest";
import { collect, heap, thing, useFakeHeap } from "./fake-collector.ts";

useFakeHeap();

const FAILURE = new Error("no time");

/** A clock that fails at one reading, or at all readings from then on. */
class FailingClock {
  readonly #clock = new FakeClock(1000);
  #left = Infinity;
  #isLasting = false;
  readings = 0;
  /** Called by a reading, in addition to its failure. */
  act: (() => void) | undefined = undefined;
  readonly schedule: FakeClock["schedule"] = this.#clock.schedule;

  readonly now = (): number => {
    this.readings++;
    const chosen = this.act;
    this.act = undefined;
    chosen?.();
    if (--this.#left === 0 || (this.#isLasting && this.#left < 0)) throw FAILURE;
    return this.#clock.now();
  };

  /** Lets `others` more readings succeed, and the next one throw. */
  failAfter(others: number, isLasting = false): void {
    this.#left = others + 1;
    this.#isLasting = isLasting;
  }

  repair(): void {
    this.#left = Infinity;
  }

  advance(ms: number): void {
    this.#clock.advance(ms);
  }
}

describe.each([0, 1, 100])("A clock that fails in the middle, with a front of %i", (max) => {
  type Call = (cache: WeakCache<string, object>, value: object) => unknown;
  const calls: readonly (readonly [string, Call])[] = [
    ["set of a new key", (cache, value) => cache.set("new", value)],
    ["set of a known key", (cache, value) => cache.set("a", value)],
    ["set with a ttl", (cache, value) => cache.set("new", value, { ttl: 5 })],
    ["getOrInsert", (cache, value) => cache.getOrInsert("new", value)],
    ["delete", (cache) => cache.delete("a")],
    ["get", (cache) => cache.get("a")],
    ["clear", (cache) => cache.clear()],
    ["size", (cache) => cache.size],
    ["pin", (cache) => cache.pin("a")],
  ];
  const cases = [true, false].flatMap((hasTtl) =>
    calls.map(([name, call]) => [name, hasTtl, call] as const),
  );

  it.each(cases)("shows what %s did, or did not (ttl: %s)", (_, hasTtl, call) => {
    for (const isLasting of [false, true]) {
      for (let others = 0; others < 12; others++) {
        const clock = new FailingClock();
        const told = vi.fn();
        const disposed = vi.fn();
        const cache = new WeakCache<string, object>({
          strong: { max },
          clock,
          onRemoval: (_key, value) => told(value),
          dispose: (value) => disposed(value),
          ...(hasTtl && { ttl: 50 }),
        });
        const [a, b, value] = [thing("a"), thing("b"), thing("value")];
        cache.set("a", a).set("b", b);
        clock.failAfter(others, isLasting);
        try {
          call(cache, value);
        } catch (error) {
          expect(error).toBe(FAILURE);
        }
        clock.repair();
        const stored = new Set(cache.values());
        expect([cache.size, cache.liveSize()]).toEqual([stored.size, stored.size]);
        // The call itself has reported and disposed of removed values.
        for (const each of [a, b]) {
          const times = stored.has(each) ? 0 : 1;
          expect(told.mock.calls.filter(([left]) => left === each).length).toBe(times);
          expect(disposed.mock.calls.filter(([left]) => left === each).length).toBe(times);
        }
        expect(told).not.toHaveBeenCalledWith(value);
      }
    }
  });

  it.each([NaN, Infinity, "1", undefined])(
    "with a clock that returns %s nothing is stored",
    (now) => {
      const cache = new WeakCache<string, object>({ strong: { max }, clock: { now: () => 5 } });
      const broken = new WeakCache<string, object>({
        strong: { max },
        clock: { now: () => now as number },
      });
      expect(() => broken.set("a", thing("a"), { ttl: 5 })).toThrow("now returns");
      expect([broken.size, [...broken]]).toEqual([0, []]);
      expect(cache.set("a", thing("a"), { ttl: 5 }).size).toBe(1);
    },
  );

  it("loads settle, and nothing is left in between", async () => {
    for (const isLasting of [false, true]) {
      for (const isLater of [false, true]) {
        for (let others = 0; others < 16; others++) {
          const clock = new FailingClock();
          const left: unknown[] = [];
          const made: object[] = [];
          const cache = new WeakCache<string, object>({
            strong: { max },
            clock,
            ttl: 50,
            dispose: (value) => void left.push(value),
            onError: () => {},
            load: (key) => {
              made.push(thing(key));
              return isLater ? Promise.resolve(made.at(-1)!) : made.at(-1)!;
            },
          });
          cache.set("b", thing("b"));
          clock.failAfter(others, isLasting);
          const loaded = await cache.getOrLoad("a").catch((error) => error);
          expect([FAILURE, ...made]).toContain(loaded);
          clock.repair();
          await new Promise((resolve) => void Promise.resolve().then(resolve));
          const stored = new Set(cache.values());
          expect(cache.size).toBe(stored.size);
          expect(cache.stats().inFlight).toBe(0);
          cache.clear();
          cache[Symbol.dispose]();
          for (const each of made) if (loaded !== each) expect(left).toContain(each);
        }
      }
    }
  });

  it("a first ttl leaves the entries that are there alone", () => {
    for (let others = 0; others < 6; others++) {
      const clock = new FailingClock();
      const cache = new WeakCache<string, object>({ strong: { max }, clock });
      const [a, b, c] = [thing("a"), thing("b"), thing("c")];
      cache.set("a", a).set("b", b);
      clock.failAfter(others);
      try {
        cache.set("c", c, { ttl: 5 });
      } catch (error) {
        expect(error).toBe(FAILURE);
      }
      clock.repair();
      expect([cache.get("a"), cache.get("b")]).toEqual([a, b]);
      expect([cache.size, [...cache].length]).toEqual([[...cache].length, cache.size]);
    }
  });

  it("onCollect is still called", () => {
    const clock = new FailingClock();
    const collected = vi.fn();
    const errors = vi.fn();
    const cache = new WeakCache<string, object>({
      strong: { max },
      ttl: 50,
      clock,
      onCollect: collected,
      onError: errors,
    });
    const [a, b] = [thing("a"), thing("b")];
    cache.set("a", a);
    for (let i = 0; i < max; i++) cache.set(`${i}`, b);
    clock.failAfter(0, true);
    collect(a);
    expect(collected.mock.calls).toEqual([["a"]]);
  });

  it("may be written and cleared in by a reading at any moment", () => {
    for (const act of ["set", "delete", "clear", "first"] as const) {
      for (let others = 0; others < 8; others++) {
        const clock = new FailingClock();
        const cache = new WeakCache<string, object>({
          strong: { max },
          clock,
          ...(act !== "first" && { ttl: 50 }),
        });
        const [a, b, c] = [thing("a"), thing("b"), thing("c")];
        cache.set("a", a).set("b", b);
        const wait = (left: number): void => {
          clock.act = () => {
            if (left > 0) wait(left - 1);
            else if (act === "delete") cache.delete("a");
            else if (act === "clear") cache.clear();
            else cache.set("a", c, { ttl: 20 });
          };
        };
        wait(others);
        if (others % 2 === 0) cache.set("a", b, { ttl: 30 });
        else cache.clear();
        clock.act = undefined;
        expect([...cache].length).toBe(cache.size);
        expect(cache.liveSize()).toBe(cache.size);
      }
    }
  });

  it("getOrLoad returns the value that a reading has stored", async () => {
    for (let others = 0; others < 6; others++) {
      const clock = new FailingClock();
      const stored = thing("stored");
      const cache = new WeakCache<string, object>({
        strong: { max },
        clock,
        ttl: 50,
        load: (key) => heap().track({ key }),
      });
      cache.set("b", stored);
      const wait = (left: number): void => {
        clock.act = () => {
          if (left > 0) wait(left - 1);
          else cache.set("a", stored);
        };
      };
      wait(others);
      const loaded = await cache.getOrLoad("a");
      expect([stored, { key: "a" }]).toContainEqual(loaded);
      expect(loaded).toBeDefined();
    }
  });
});
