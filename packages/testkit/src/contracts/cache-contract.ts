import { expect } from "vitest";
import { TRICKY_KEYS } from "../arbitraries.ts";
import type { BoundedCache, RemovalCause } from "../bounded-cache.ts";
import { FakeClock } from "../fake-clock.ts";
import { sameValueZero } from "../models/bounded-cache-model.ts";
import { describeCases, type ContractCase } from "./case.ts";

/** Options that each bounded cache must accept. */
export interface CreateCacheOptions {
  readonly max: number;
  /** Time that an entry lives, ms. Only for caches that support time. */
  readonly ttl?: number;
  readonly clock?: { now(): number; schedule?(run: () => void, ms: number): () => void };
  readonly onRemoval?: (key: unknown, value: unknown, cause: RemovalCause) => void;
}

/** The parts of the contract that a cache supports in addition to the common part. */
export interface CacheSupport {
  /** Evicts the least recently used entry, and iterates from the hottest to the coldest. */
  readonly strictLru?: boolean;
  /** Calls `onRemoval` with each removed value. */
  readonly removals?: boolean;
  /** Removes entries `ttl` after their write, in the time of `clock`, and reports the removal. */
  readonly time?: boolean;
}

/** A cache under test. */
export interface CacheSubject {
  readonly create: (options: CreateCacheOptions) => BoundedCache<unknown, unknown>;
  readonly supports?: CacheSupport;
}

/** Registers the contract of a bounded cache as a suite, with the parts that the cache supports. */
export function describeCache(title: string, subject: CacheSubject): void {
  const { strictLru = false, removals = false, time = false } = subject.supports ?? {};
  const cases = [
    ...commonCases,
    ...(strictLru ? strictLruCases : []),
    ...(removals ? removalCases : []),
    ...(time ? timeCases : []),
  ];
  describeCases(title, cases, subject);
}

type Case = ContractCase<CacheSubject>;

function fill(cache: BoundedCache<unknown, unknown>, count: number): void {
  for (let i = 0; i < count; i++) cache.set(`k${i}`, i);
}

/** The demands on each bounded cache, with any policy. */
export const commonCases: readonly Case[] = [
  {
    name: "returns the value of a key, and undefined if the key is missing",
    run({ create }) {
      const cache = create({ max: 3 });

      cache.set("a", 1);

      expect(cache.get("a")).toBe(1);
      expect(cache.peek("a")).toBe(1);
      expect(cache.has("a")).toBe(true);
      expect([cache.get("b"), cache.peek("b"), cache.has("b")]).toEqual([
        undefined,
        undefined,
        false,
      ]);
    },
  },
  {
    name: "stores undefined and null",
    run({ create }) {
      const cache = create({ max: 3 });
      cache.set("u", undefined);
      cache.set("n", null);
      expect([cache.has("u"), cache.get("u"), cache.has("n"), cache.get("n")]).toEqual([
        true,
        undefined,
        true,
        null,
      ]);
      expect(cache.size).toBe(2);
      expect(cache.delete("u")).toBe(true);
    },
  },
  {
    name: "compares keys as a Map does",
    run({ create }) {
      const cache = create({ max: 100 });
      const map = new Map<unknown, unknown>();
      for (const [i, key] of TRICKY_KEYS.entries()) {
        cache.set(key, i);
        map.set(key, i);
      }

      expect(cache.size).toBe(map.size);
      for (const key of TRICKY_KEYS) expect(cache.peek(key)).toBe(map.get(key));
      for (const key of [{}, Symbol("key"), "2", 2]) expect(cache.has(key)).toBe(false);
      for (const key of cache.keys()) expect(Object.is(key, -0)).toBe(false);
    },
  },
  {
    name: "replaces a value in place",
    run({ create }) {
      const cache = create({ max: 3 });
      fill(cache, 3);

      cache.set("k1", "new");

      expect(cache.size).toBe(3);
      expect(cache.peek("k1")).toBe("new");
    },
  },
  {
    name: "never has more than max entries, and keeps max entries if there are enough",
    run({ create }) {
      for (const max of [1, 2, 3, 7, 100]) {
        const cache = create({ max });
        for (let i = 0; i < 3 * max; i++) {
          cache.set(i, i);
          expect(cache.size).toBe(Math.min(i + 1, max));
          expect([...cache.keys()].length).toBe(cache.size);
        }
      }
    },
  },
  {
    name: "deletes an entry, and returns whether it existed",
    run({ create }) {
      const cache = create({ max: 3 });
      fill(cache, 3);
      expect([cache.delete("k1"), cache.delete("k1"), cache.delete("never")]).toEqual([
        true,
        false,
        false,
      ]);
      expect([cache.size, cache.has("k1"), cache.get("k1")]).toEqual([2, false, undefined]);
    },
  },
  {
    name: "can be filled again after clear",
    run({ create }) {
      const cache = create({ max: 3 });
      fill(cache, 3);

      cache.clear();

      expect([cache.size, cache.has("k0"), [...cache]]).toEqual([0, false, []]);
      fill(cache, 5);
      expect(cache.size).toBe(3);
    },
  },
  {
    name: "shows the same entries through keys, values, entries, forEach and iteration",
    run({ create }) {
      const cache = create({ max: 5 });
      fill(cache, 9);
      const keys = [...cache.keys()];
      const entries = keys.map((key) => [key, cache.peek(key)]);
      const visited: unknown[] = [];
      cache.forEach((value, key) => visited.push([key, value]));

      expect(new Set(keys).size).toBe(5);
      expect([...cache.values()]).toEqual(entries.map(([, value]) => value));
      expect([...cache.entries()]).toEqual(entries);
      expect([...cache]).toEqual(entries);
      expect(visited).toEqual(entries);
    },
  },
  ...iterationCases(),
];

/**
 * The demands on iteration if the loop body changes the cache: it ends, and returns each entry at
 * most once, and no removed entry.
 */
function iterationCases(): Case[] {
  const bodies: Record<
    string,
    (cache: BoundedCache<unknown, unknown>, key: unknown, step: number) => void
  > = {
    gets: (cache, key) => void cache.get(key),
    "sets the same key": (cache, key, step) => void cache.set(key, `again ${step}`),
    "sets new keys": (cache, _key, step) => void cache.set(`new ${step}`, step),
    deletes: (cache, key) => void cache.delete(key),
    "deletes another entry": (cache, key) => {
      const other = [...cache.keys()].find((candidate) => !sameValueZero(candidate, key));
      cache.delete(other);
    },
    clears: (cache) => cache.clear(),
    "clears and fills": (cache) => {
      cache.clear();
      fill(cache, 5);
    },
  };
  return Object.entries(bodies).map(([what, body]) => ({
    name: `iteration ends if the loop body ${what}`,
    run({ create }) {
      const cache = create({ max: 5 });
      fill(cache, 5);
      let steps = 0;
      for (const [key, value] of cache) {
        // The value belongs to the key at the moment when both are returned.
        expect([cache.has(key), cache.peek(key)]).toEqual([true, value]);
        body(cache, key, steps);
        if (++steps > 1000) throw new Error("The iteration does not end");
        expect(cache.size).toBeLessThanOrEqual(5);
      }
    },
  }));
}

/** The demands on exact LRU order. */
export const strictLruCases: readonly Case[] = [
  {
    name: "evicts the least recently used entry",
    run({ create }) {
      const cache = create({ max: 3 });
      fill(cache, 3);

      cache.get("k0");
      cache.set("k1", "new");
      cache.set("x", 0);

      expect([...cache.keys()]).toEqual(["x", "k1", "k0"]);
    },
  },
  {
    name: "peek, has and iteration do not count as a use",
    run({ create }) {
      const cache = create({ max: 3 });
      fill(cache, 3);

      cache.peek("k0");
      cache.has("k0");
      expect([...cache.keys()]).toEqual(["k2", "k1", "k0"]);
      cache.forEach(() => {});
      cache.set("x", 0);

      expect([...cache.keys()]).toEqual(["x", "k2", "k1"]);
    },
  },
];

/** The demands on removal listeners. */
export const removalCases: readonly Case[] = [
  {
    name: "reports each removed value once, with its cause",
    run({ create }) {
      const log: unknown[] = [];
      const cache = create({ max: 2, onRemoval: (...event) => log.push(event) });

      cache.set("a", 1);
      cache.set("a", 2);
      cache.delete("a");
      cache.delete("a");
      fill(cache, 2);
      cache.clear();

      expect(log.slice(0, 2)).toEqual([
        ["a", 1, "replaced"],
        ["a", 2, "deleted"],
      ]);
      const cleared = log.slice(2) as [string, number, string][];
      expect(cleared.sort((x, y) => x[1] - y[1])).toEqual([
        ["k0", 0, "deleted"],
        ["k1", 1, "deleted"],
      ]);
    },
  },
  {
    name: "reports each eviction once",
    run({ create }) {
      const left: unknown[] = [];
      const causes = new Set<string>();
      const cache = create({
        max: 3,
        onRemoval: (key, value, cause) => {
          left.push([key, value]);
          causes.add(cause);
        },
      });

      fill(cache, 50);

      const all = [...left, ...cache.entries()] as [string, number][];
      expect(all.map(([key, value]) => `${key}=${value}`).sort()).toEqual(
        Array.from({ length: 50 }, (_, i) => `k${i}=${i}`).sort(),
      );
      expect([...causes]).toEqual(["evicted"]);
    },
  },
  {
    name: "is within its bound, without the removed value, when its listener runs",
    run({ create }) {
      const cache = create({
        max: 3,
        onRemoval: (key, value) => {
          expect(cache.size).toBeLessThanOrEqual(3);
          expect(cache.peek(key)).not.toBe(value);
          expect([...cache.keys()].length).toBe(cache.size);
        },
      });
      for (let i = 0; i < 30; i++) cache.set(i % 7, { i });
      cache.clear();
    },
  },
  {
    name: "stays consistent if its listener throws, and rethrows the error",
    run({ create }) {
      const cache = create({
        max: 2,
        onRemoval: (key) => {
          throw new Error(`no ${String(key)}`);
        },
      });
      fill(cache, 2);
      const [first] = [...cache.keys()];

      expect(() => cache.set("x", 1)).toThrow("no ");
      expect(cache.size).toBe(2);
      expect(() => cache.delete([...cache.keys()][0])).toThrow("no ");
      expect(cache.size).toBe(1);
      expect(() => cache.clear()).toThrow("no ");
      expect([cache.size, cache.has(first)]).toEqual([0, false]);
    },
  },
  {
    name: "stays within its bound if its listener sets, deletes and clears",
    run({ create }) {
      let calls = 0;
      const cache = create({
        max: 3,
        onRemoval: (key) => {
          if (++calls > 40) return;
          if (calls % 3 === 0) cache.set(`again ${String(key)}`, calls);
          if (calls % 5 === 0) cache.delete([...cache.keys()][0]);
          if (calls % 11 === 0) cache.clear();
          expect(cache.size).toBeLessThanOrEqual(3);
        },
      });
      fill(cache, 60);
      expect([...cache.keys()].length).toBe(cache.size);
      expect(cache.size).toBeLessThanOrEqual(3);
    },
  },
];

/** The demands on caches whose entries expire. */
export const timeCases: readonly Case[] = [
  {
    name: "shows an entry until its deadline, and not from then on",
    run({ create }) {
      const clock = new FakeClock();
      const cache = create({ max: 5, ttl: 100, clock: { now: clock.now } });
      fill(cache, 3);
      clock.advance(99);
      cache.set("late", 1);
      expect([cache.has("k0"), cache.peek("k1"), cache.get("k2")]).toEqual([true, 1, 2]);
      clock.advance(1);
      for (const key of ["k0", "k1", "k2"]) {
        expect([cache.has(key), cache.peek(key), cache.get(key)]).toEqual([
          false,
          undefined,
          undefined,
        ]);
      }
      expect([[...cache.keys()], [...cache], cache.size]).toEqual([["late"], [["late", 1]], 1]);
    },
  },
  {
    name: "renews the time of an entry with each write, but not with a read",
    run({ create }) {
      const clock = new FakeClock();
      const cache = create({ max: 5, ttl: 100, clock });
      fill(cache, 2);
      for (let i = 0; i < 5; i++) {
        clock.advance(60);
        cache.set("k0", i);
        cache.get("k1");
      }
      expect([cache.get("k0"), cache.get("k1"), cache.size]).toEqual([4, undefined, 1]);
    },
  },
  {
    name: "removes each expired entry once without a call, and then holds no timer",
    run({ create }) {
      const clock = new FakeClock();
      const log: unknown[] = [];
      const cache = create({ max: 50, ttl: 100, clock, onRemoval: (...event) => log.push(event) });
      for (let i = 0; i < 20; i++) {
        cache.set(`k${i}`, i);
        clock.advance(1);
        expect(clock.pending.length).toBeLessThanOrEqual(1);
      }
      clock.advance(200);
      expect(log).toEqual(Array.from({ length: 20 }, (_, i) => [`k${i}`, i, "expired"]));
      expect([cache.size, clock.pending]).toEqual([0, []]);
    },
  },
  {
    name: "evicts no live entry while it has an expired entry",
    run({ create }) {
      const clock = new FakeClock();
      const causes = new Set<string>();
      const cache = create({
        max: 6,
        ttl: 100,
        clock: { now: clock.now },
        onRemoval: (_key, _value, cause) => causes.add(cause),
      });
      fill(cache, 3);
      clock.advance(50);
      for (const key of ["a", "b", "c"]) cache.set(key, key);
      for (const key of ["k0", "k1", "k2"]) cache.get(key);
      clock.advance(50);
      for (const key of ["d", "e", "f"]) cache.set(key, key);
      expect([...causes]).toEqual(["expired"]);
      for (const key of ["a", "b", "c", "d", "e", "f"]) expect(cache.has(key)).toBe(true);
    },
  },
];
