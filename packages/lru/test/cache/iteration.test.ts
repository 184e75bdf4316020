import { LRUCache } from "@heapwise/lru";
import { randomStream } from "@heapwise/testkit";
import { announceSeed } from "@heapwise/testkit/vitest";
import { describe, expect, it } from "vitest";
import { POLICIES } from "../logged-cache.ts";

function filled(count: number, max: number = count): LRUCache<string, number> {
  const cache = new LRUCache<string, number>({ max });
  for (let i = 0; i < count; i++) cache.set(`k${i}`, i);
  return cache;
}

/** Keys that a loop visits while its body changes the cache. */
function visits(
  cache: LRUCache<string, number>,
  body: (key: string, value: number) => void,
): string[] {
  const seen: string[] = [];
  for (const [key, value] of cache) {
    seen.push(key);
    if (seen.length > 1000) throw new Error("endless");
    body(key, value);
  }
  return seen;
}

describe("Iteration over strict LRU", () => {
  it("goes from the hottest to the coldest", () => {
    const cache = filled(3);
    cache.get("k0");
    expect([...cache.keys()]).toEqual(["k0", "k2", "k1"]);
    expect([...cache.values()]).toEqual([0, 2, 1]);
  });

  it("visits each entry once when the body gets each", () => {
    const cache = filled(5);
    expect(visits(cache, (key) => cache.get(key))).toEqual(["k4", "k3", "k2", "k1", "k0"]);
  });

  it("visits each entry once when the body gets the next entry", () => {
    const cache = filled(5);
    const seen = visits(cache, (key) => cache.get(`k${Number(key.slice(1)) - 1}`));
    expect(seen.sort()).toEqual(["k0", "k1", "k2", "k3", "k4"]);
  });

  it("visits each entry once when the body gets the coldest", () => {
    const cache = filled(5);
    const seen = visits(cache, () => cache.get("k0"));
    expect(seen.sort()).toEqual(["k0", "k1", "k2", "k3", "k4"]);
  });

  it("visits each entry once when the body sets each", () => {
    const cache = filled(5);
    expect(visits(cache, (key, value) => cache.set(key, value + 10)).sort()).toEqual([
      "k0",
      "k1",
      "k2",
      "k3",
      "k4",
    ]);
  });

  it("visits no entry that the body deleted before its turn", () => {
    const cache = filled(5);
    expect(visits(cache, (key) => key === "k4" && cache.delete("k2"))).toEqual([
      "k4",
      "k3",
      "k1",
      "k0",
    ]);
  });

  it("goes on when the body deletes the current entry, or the one after it", () => {
    const current = filled(5);
    expect(visits(current, (key) => current.delete(key))).toEqual(["k4", "k3", "k2", "k1", "k0"]);
    const next = filled(5);
    expect(visits(next, (key) => next.delete(`k${Number(key.slice(1)) - 1}`))).toEqual([
      "k4",
      "k2",
      "k0",
    ]);
  });

  it("goes on when the place of a deleted entry is taken by a new one", () => {
    const cache = filled(5);
    const seen = visits(cache, (key) => {
      if (key !== "k4") return;
      cache.delete("k2");
      cache.set("new", 9);
    });
    expect(seen.filter((key) => key !== "new")).toEqual(["k4", "k3", "k1", "k0"]);
    expect(seen.filter((key) => key === "new").length).toBeLessThanOrEqual(1);
  });

  it("goes on when the current entry is deleted and set again", () => {
    const cache = filled(5);
    const seen = visits(cache, (key, value) => {
      cache.delete(key);
      cache.set(key, value);
    });
    expect(new Set(seen)).toEqual(new Set(["k0", "k1", "k2", "k3", "k4"]));
  });

  it("ends when every step adds an entry, with room and without", () => {
    for (const max of [5, 10, 100_000]) {
      const cache = filled(5, max);
      let added = 0;
      const seen = visits(cache, () => cache.set(`new${added++}`, 0));
      if (max > 1000) expect(seen).toEqual(expect.arrayContaining(["k0", "k1", "k2", "k3", "k4"]));
      expect(new Set(seen).size).toBe(seen.length);
    }
  });

  it("ends at once after clear(), and shows no removed entry", () => {
    const cache = filled(5);
    expect(visits(cache, () => cache.clear())).toEqual(["k4"]);
  });

  it("ends when the body clears and fills again", () => {
    const cache = filled(5);
    const seen = visits(cache, () => {
      cache.clear();
      for (let i = 0; i < 20; i++) cache.set(`new${i}`, i);
    });
    expect(seen.length).toBeLessThanOrEqual(6);
  });

  it("follows the store when that grows or shrinks under it", () => {
    const grown = filled(5, 10_000);
    const seen = visits(grown, (key) => {
      if (key === "k4") for (let i = 0; i < 5000; i++) grown.set(`new${i}`, i);
    });
    expect(seen).toEqual(expect.arrayContaining(["k0", "k1", "k2", "k3", "k4"]));

    const shrunk = filled(5000);
    const rest = visits(shrunk, (key) => {
      if (key === "k4999") shrunk.deleteWhere((value) => value >= 5 && value < 4999);
    });
    expect(rest).toEqual(["k4999", "k4", "k3", "k2", "k1", "k0"]);
  });

  it("holds for keys, values, entries and forEach alike", () => {
    const cache = filled(3);
    const seen: unknown[] = [];
    for (const key of cache.keys()) seen.push(cache.get(key));
    for (const value of cache.values()) seen.push(cache.get(`k${value}`));
    for (const [key] of cache.entries()) seen.push(cache.get(key));
    cache.forEach((_value, key) => seen.push(cache.get(key)));
    expect(seen.length).toBe(12);
  });

  it("gives forEach the value, the key and the cache", () => {
    const cache = filled(1);
    const calls: unknown[][] = [];
    cache.forEach((...call: unknown[]) => calls.push(call));
    expect(calls[0]?.slice(0, 2)).toEqual([0, "k0"]);
    expect(calls.length).toBe(1);
  });

  it("stays ended, and ends early with the loop", () => {
    const cache = filled(2);
    const iterator = cache.keys();
    expect([iterator.next().value, iterator.next().value]).toEqual(["k1", "k0"]);
    expect(iterator.next()).toEqual({ value: undefined, done: true });
    cache.set("new", 9);
    expect(iterator.next().done).toBe(true);

    for (const key of cache.keys()) {
      expect(key).toBe("new");
      break;
    }
    expect(cache.keys()[Symbol.iterator]).toBeTypeOf("function");
  });

  it("keeps two iterations apart", () => {
    const cache = filled(4);
    const pairs: string[] = [];
    for (const outer of cache.keys()) {
      for (const inner of cache.keys()) {
        cache.get(inner);
        pairs.push(outer + inner);
      }
    }
    expect(new Set(pairs).size).toBe(16);
  });

  it("does not count or promote", () => {
    const cache = filled(3);
    for (const _ of cache) void 0;
    cache.forEach(() => {});
    void [...cache.keys(), ...cache.values(), ...cache.entries()];
    expect([cache.stats().hits, cache.stats().misses]).toEqual([0, 0]);
    expect(cache.evict()?.[0]).toBe("k0");
  });
});

/**
 * For any body, an entry that exists during the whole loop is visited once. No key is visited twice
 * unless it was removed and added again.
 */
describe.each(POLICIES)("Iteration with %s, with a random body", (_name, create) => {
  it.each([1, 3, 8, 40])("visits each entry that stays exactly once (max %i)", (max) => {
    const base = announceSeed();
    for (let round = 0; round < 60; round++) randomLoop(max, base * 1000 + round, create);
  });
});

function randomLoop(max: number, seed: number, create: (typeof POLICIES)[number][1]): void {
  const random = randomStream(seed);
  const pick = (n: number): number => Math.floor(random() * n);
  // Keys that were removed during the loop. If such a key is added again, it may be visited again.
  const gone = new Set<number>();
  const cache = new LRUCache<number, number>({
    max,
    seed,
    policy: create(),
    onRemoval: (key, _value, cause) => cause === "replaced" || gone.add(key),
  });
  for (let i = 0; i < max + pick(max); i++) cache.set(pick(2 * max), i);
  for (let i = 0; i < max; i++) cache.get(pick(2 * max));
  gone.clear();
  const atStart = [...cache.keys()];
  const calm = random();
  const seen: number[] = [];

  for (const [key, value] of cache) {
    seen.push(key);
    if (seen.length > 50 * (max + 1)) throw new Error("endless");
    expect([cache.has(key), cache.peek(key)]).toEqual([true, value]);
    if (random() < calm) cache.get(pick(2 * max));
    else if (random() < 0.3) cache.delete(pick(2 * max));
    else if (random() < 0.9) cache.set(pick(2 * max), seen.length);
    else if (random() < 0.2) cache.clear();
    else cache.evict();
  }

  for (const key of atStart) {
    if (!gone.has(key))
      expect([key, seen.filter((other) => other === key).length]).toEqual([key, 1]);
  }
  for (const key of new Set(seen)) {
    if (!gone.has(key)) expect(seen.filter((other) => other === key).length).toBe(1);
  }
}
