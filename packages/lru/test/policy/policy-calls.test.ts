import { LRUCache } from "@heapwise/lru";
import { sieve, type EvictionPolicy, type PolicyFactory } from "@heapwise/lru/policies";
import { describe, expect, it } from "vitest";

/** A policy that works like `sieve()`, and records its calls. */
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
  it("is called for each use once, with the weight before", () => {
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

  it("gets the same hash of a string before and after lessons, and if the Map has the string", () => {
    const { policy, calls } = spy();
    const cache = new LRUCache<string, number>({ max: 3000, policy, seed: 1 });
    const keys = Array.from(
      { length: 600 },
      (_, i) => `user:${String(i).padStart(4, "0")}:profile`,
    );
    const hashes = (): unknown[] => {
      calls.length = 0;
      for (const key of keys) cache.set(key, 1);
      return calls.filter(([name]) => name === "add").map(([, , hash]) => hash);
    };
    const first = hashes();
    expect(new Set(first).size).toBe(keys.length);
    cache.deleteMany(keys);
    // Other keys, from which the table learns, and then keys that no plan distinguishes.
    for (let i = 0; i < 600; i++) cache.set(`${i}:a-common-end`, 1);
    for (let i = 0; i < 900; i++) {
      const text = Array<string>(60).fill("a");
      text[i % 60] = text[Math.floor(i / 60)] = "b";
      cache.set(text.join(""), 1);
    }

    expect(hashes()).toEqual(first);
  });

  it("gets no hash if it says that it uses none, and no hash is stored", () => {
    const added: unknown[][] = [];
    const policy: PolicyFactory = (context) => {
      const inner = sieve()(context);
      return new Proxy(inner, {
        get(target, name: keyof EvictionPolicy) {
          if (name === "usesHashes") return false;
          if (name !== "add") return (target[name] as () => number).bind(target);
          return (...args: [number, number]) => {
            added.push([...args, context.hashes]);
            target.add(...args);
          };
        },
      });
    };
    const cache = new LRUCache<string, number>({ max: 10, policy });
    cache.set("a", 1).set("b", 2);
    expect(added.map(([, hash, hashes]) => [hash, hashes])).toEqual([
      [0, undefined],
      [0, undefined],
    ]);
  });

  it("gets other bounds before it is asked for a victim", () => {
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
