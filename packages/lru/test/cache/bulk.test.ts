import { describe, expect, it } from "vitest";
import { loggedCache, type LoggedCache } from "../logged-cache.ts";

function filled(): LoggedCache<string, unknown> {
  const logged = loggedCache<string, unknown>({ max: 4 });
  logged.cache.set("a", 1).set("u", undefined).set("c", 3);
  return logged;
}

describe("getMany", () => {
  it("returns a Map of the existing values, in the order of the keys, and counts and promotes like get", () => {
    const { cache } = filled();

    const found = cache.getMany(["c", "none", "u", "a"]);

    expect(found).toBeInstanceOf(Map);
    expect([...found]).toEqual([
      ["c", 3],
      ["u", undefined],
      ["a", 1],
    ]);
    expect([...cache.keys()]).toEqual(["a", "u", "c"]);
    expect([cache.stats().hits, cache.stats().misses]).toEqual([3, 1]);
  });

  it("takes any iterable, and the cache's own keys", () => {
    const { cache } = filled();
    expect(cache.getMany(new Set(["a"])).size).toBe(1);
    expect(cache.getMany(cache.keys()).size).toBe(3);
    expect(cache.getMany([]).size).toBe(0);
  });
});

describe("setMany", () => {
  it("sets in order, and evicts in between", () => {
    const { cache, log } = filled();
    cache.setMany([
      ["d", 4],
      ["a", 10],
      ["e", 5],
    ]);
    expect([...cache.keys()]).toEqual(["e", "a", "d", "c"]);
    expect(log).toEqual([
      ["a", 1, "replaced"],
      ["u", undefined, "evicted"],
    ]);
  });

  it("takes a Map, a generator, and the entries of another cache", () => {
    const { cache } = filled();
    const { cache: other } = loggedCache<string, unknown>({ max: 10 });
    other.setMany(new Map([["m", 1]]));
    other.setMany(cache);
    expect([...other.keys()]).toEqual(["a", "u", "c", "m"]);
  });

  it("keeps the entries before a throw, and reports the removals before it", () => {
    const { cache, log } = filled();
    function* entries(): Generator<[string, number]> {
      yield ["x", 1];
      yield ["y", 2];
      throw new Error("no more");
    }
    expect(() => cache.setMany(entries())).toThrow(new Error("no more"));
    expect([...cache.keys()]).toEqual(["y", "x", "c", "u"]);
    expect(log).toEqual([["a", 1, "evicted"]]);
  });

  it("keeps the entries before an invalid weight", () => {
    const { cache } = loggedCache<string, number>({ maxWeight: 10, weigh: (value) => value });
    expect(() =>
      cache.setMany([
        ["a", 1],
        ["b", -1],
        ["c", 1],
      ]),
    ).toThrow(RangeError);
    expect([[...cache], cache.weight]).toEqual([[["a", 1]], 1]);
  });

  it.each([[5], [null], [{}], [[5]], [["ab", "cd"]]])(
    "refuses %o before it changes anything it should not",
    (entries) => {
      const { cache } = loggedCache<string, unknown>({ max: 4 });
      let error: unknown;
      try {
        cache.setMany(entries as never);
      } catch (thrown) {
        error = thrown;
      }
      // A string is not an entry, although it is iterable.
      if (cache.size === 0) expect(error).toBeInstanceOf(TypeError);
      else expect([...cache.keys()]).toEqual(["c", "a"]);
    },
  );
});

describe("deleteMany", () => {
  it("deletes the existing entries, counts them and reports them in order", () => {
    const { cache, log } = filled();
    expect(cache.deleteMany(["c", "none", "a", "c"])).toBe(2);
    expect([...cache.keys()]).toEqual(["u"]);
    expect(log).toEqual([
      ["c", 3, "deleted"],
      ["a", 1, "deleted"],
    ]);
  });

  it("may be given the cache's own keys", () => {
    const { cache } = filled();
    expect(cache.deleteMany(cache.keys())).toBe(3);
    expect(cache.size).toBe(0);
  });
});

describe("deleteWhere", () => {
  it("calls the predicate once for each entry, with the value first, and deletes the matches", () => {
    const { cache, log } = filled();
    const asked: unknown[] = [];

    const count = cache.deleteWhere((value, key) => {
      asked.push([value, key]);
      return key !== "a";
    });

    expect(count).toBe(2);
    expect(asked).toEqual(
      expect.arrayContaining([
        [1, "a"],
        [undefined, "u"],
        [3, "c"],
      ]),
    );
    expect(asked.length).toBe(3);
    expect([...cache.keys()]).toEqual(["a"]);
    expect(log.map(([key, , cause]) => [key, cause]).sort()).toEqual([
      ["c", "deleted"],
      ["u", "deleted"],
    ]);
    expect([cache.stats().hits, cache.stats().misses]).toEqual([0, 0]);
  });

  it("keeps the deletions before its predicate throws, and reports them", () => {
    const { cache, log } = filled();
    let asked = 0;
    expect(() =>
      cache.deleteWhere(() => {
        if (++asked === 2) throw new Error("no");
        return true;
      }),
    ).toThrow(new Error("no"));
    expect([cache.size, log.length]).toEqual([2, 1]);
  });
});
