import { LRUCache } from "@heapwise/lru";
import { sieve, type EvictionPolicy, type PolicyFactory } from "@heapwise/lru/policies";
import { describe, expect, it } from "vitest";

/** A policy that does as `sieve()`, and notes what it is told. */
function spy(): { policy: PolicyFactory; calls: unknown[][] } {
  const calls: unknown[][] = [];
  const policy: PolicyFactory = (context) =>
    new Proxy(sieve()(context), {
      get(inner, name: keyof EvictionPolicy) {
        const method = inner[name] as (...args: number[]) => number;
        return (...args: number[]) => {
          calls.push([name, ...args]);
          return method.apply(inner, args);
        };
      },
    });
  return { policy, calls };
}

describe("A policy", () => {
  it("hears of each use once, with the weight that was there before", () => {
    const { policy, calls } = spy();
    const cache = new LRUCache<string, number>({ maxWeight: 10, weigh: (value) => value, policy });
    cache.set("a", 2);
    const slot = calls.find(([name]) => name === "add")![1];
    calls.length = 0;

    cache.set("a", 5).set("a", 3).get("a");
    cache.peek("a");
    cache.delete("a");

    expect(calls).toEqual([
      ["update", slot, 2],
      ["update", slot, 5],
      ["access", slot],
      ["remove", slot],
    ]);
  });

  it("gets the same hash whenever a key returns, of any kind, and another one for another key", () => {
    const { policy, calls } = spy();
    const cache = new LRUCache<unknown, number>({ max: 10, policy, seed: 1 });
    const keys = ["a", "b", 1, 2, {}, {}, Symbol("a"), 10n, NaN, undefined];
    const hashes = (): unknown[] => {
      calls.length = 0;
      for (const key of keys) cache.set(key, 1);
      const added = calls.filter(([name]) => name === "add").map(([, , hash]) => hash);
      cache.deleteMany([...keys].reverse());
      return added;
    };
    const first = hashes();
    expect(new Set(first).size).toBe(keys.length);
    expect(hashes()).toEqual(first);
  });

  it("hears of other bounds before it is asked for a victim", () => {
    const { policy, calls } = spy();
    const cache = new LRUCache<string, number>({ max: 3, policy });
    cache.set("a", 1).set("b", 2).set("c", 3);
    calls.length = 0;
    cache.resize({ max: 2 });
    expect(calls.filter(([name]) => name === "resize" || name === "evict")).toEqual([
      ["resize"],
      ["evict", 0],
    ]);
  });
});
