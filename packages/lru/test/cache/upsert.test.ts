import { REMOVE } from "@heapwise/lru";
import { describe, expect, it } from "vitest";
import { loggedCache } from "../logged-cache.ts";

describe("getOrInsert", () => {
  it("returns the existing value, promotes it and counts a hit", () => {
    const { cache, log } = loggedCache<string, number>({ max: 2 });
    cache.set("a", 1).set("b", 2);

    expect(cache.getOrInsert("a", 9)).toBe(1);

    expect([...cache.keys()]).toEqual(["a", "b"]);
    expect([cache.stats().hits, cache.stats().misses, log]).toEqual([1, 0, []]);
  });

  it("stores and returns the value otherwise, and counts a miss", () => {
    const { cache } = loggedCache<string, number>({ max: 2 });
    expect(cache.getOrInsert("a", 9)).toBe(9);
    expect([cache.get("a"), cache.stats().misses, cache.stats().inserts]).toEqual([9, 1, 1]);
  });

  it("finds undefined and null as values", () => {
    const { cache } = loggedCache<string, unknown>({ max: 2 });
    cache.set("u", undefined).set("n", null);
    expect([cache.getOrInsert("u", 9), cache.getOrInsert("n", 9)]).toEqual([undefined, null]);
  });
});

describe("getOrInsertComputed", () => {
  it("does not call back for an existing value", () => {
    const { cache } = loggedCache<string, undefined>({ max: 2 });
    cache.set("a", undefined);
    expect(cache.getOrInsertComputed("a", () => expect.unreachable())).toBe(undefined);
  });

  it("gives its callback the stored form of the key", () => {
    const { cache } = loggedCache<number, unknown>({ max: 2 });
    expect(
      Object.is(
        cache.getOrInsertComputed(-0, (key) => key),
        0,
      ),
    ).toBe(true);
  });

  it("stores the value of the callback, and replaces the value that the callback has set", () => {
    const { cache, log } = loggedCache<string, string>({ max: 2 });

    const value = cache.getOrInsertComputed("a", () => {
      cache.set("a", "inner");
      return "outer";
    });

    expect([value, cache.peek("a"), cache.size]).toEqual(["outer", "outer", 1]);
    expect(log).toEqual([["a", "inner", "replaced"]]);
  });

  it("stores its value after the callback cleared, resized and filled the cache", () => {
    const { cache } = loggedCache<string, number>({ max: 3 });
    cache.set("x", 1);
    cache.getOrInsertComputed("a", () => {
      cache.clear();
      cache.resize({ max: 2 });
      for (const key of ["p", "q", "r"]) cache.set(key, 0);
      return 5;
    });
    expect([...cache]).toEqual([
      ["a", 5],
      ["r", 0],
    ]);
  });

  it("nests, for its own key and for others", () => {
    const { cache, log } = loggedCache<string, number>({ max: 5 });
    const value = cache.getOrInsertComputed("a", () => {
      const inner = cache.getOrInsertComputed(
        "a",
        () => cache.getOrInsertComputed("b", () => 1) + 1,
      );
      return inner + 1;
    });
    expect([value, cache.peek("a"), cache.peek("b")]).toEqual([3, 3, 1]);
    expect(log).toEqual([["a", 2, "replaced"]]);
  });

  it("changes nothing when the callback throws", () => {
    const { cache, log } = loggedCache<string, number>({ max: 1 });
    cache.set("x", 1);
    expect(() =>
      cache.getOrInsertComputed("a", () => {
        throw new Error("no");
      }),
    ).toThrow(new Error("no"));
    expect([[...cache], log, cache.stats().inserts]).toEqual([[["x", 1]], [], 1]);
  });

  it("refuses a callback that is not a function, even if the key has a value", () => {
    const { cache } = loggedCache<string, number>({ max: 1 });
    cache.set("a", 1);
    expect(() => cache.getOrInsertComputed("a", 5 as never)).toThrow(TypeError);
    expect(() => cache.getOrInsertComputed("b", undefined as never)).toThrow(TypeError);
  });
});

describe("update", () => {
  it("gives the old value, or undefined, and stores the new one", () => {
    const { cache, log } = loggedCache<string, number>({ max: 2 });
    const old: unknown[] = [];
    for (let i = 0; i < 2; i++) {
      cache.update("a", (value) => {
        old.push(value);
        return (value ?? 10) + 1;
      });
    }
    expect([old, cache.peek("a"), log]).toEqual([[undefined, 11], 12, [["a", 11, "replaced"]]]);
  });

  it("stores undefined as a value", () => {
    const { cache } = loggedCache<string, number | undefined>({ max: 2 });
    cache.set("a", 1);
    cache.update("a", () => undefined);
    expect([cache.has("a"), cache.peek("a")]).toEqual([true, undefined]);
  });

  it("removes on REMOVE, and does nothing for a missing key", () => {
    const { cache, log } = loggedCache<string, number>({ max: 2 });
    cache.set("a", 1);
    cache.update("a", () => REMOVE);
    cache.update("b", () => REMOVE);
    expect([cache.size, log]).toEqual([0, [["a", 1, "deleted"]]]);
  });

  it("wins over writes, deletions and clears of the callback", () => {
    const { cache, log } = loggedCache<string, number>({ max: 2 });
    cache.set("a", 1);
    cache.update("a", () => {
      cache.set("a", 2);
      return 3;
    });
    expect([[...cache], log.splice(0)]).toEqual([
      [["a", 3]],
      [
        ["a", 1, "replaced"],
        ["a", 2, "replaced"],
      ],
    ]);

    cache.update("a", () => {
      cache.delete("a");
      return 4;
    });
    expect([[...cache], log.splice(0)]).toEqual([[["a", 4]], [["a", 3, "deleted"]]]);

    cache.update("b", () => {
      cache.set("b", 5);
      return REMOVE;
    });
    expect([[...cache], log.splice(0)]).toEqual([[["a", 4]], [["b", 5, "deleted"]]]);
  });

  it("changes nothing when the callback throws", () => {
    const { cache, log } = loggedCache<string, number>({ max: 2 });
    cache.set("a", 1).set("b", 2);
    expect(() =>
      cache.update("a", () => {
        throw new Error("no");
      }),
    ).toThrow(new Error("no"));
    expect([[...cache], log]).toEqual([
      [
        ["b", 2],
        ["a", 1],
      ],
      [],
    ]);
  });

  it("is a use: the entry becomes the hottest", () => {
    const { cache } = loggedCache<string, number>({ max: 3 });
    cache.set("a", 1).set("b", 2);
    cache.update("a", () => 1);
    expect([...cache.keys()]).toEqual(["a", "b"]);
  });
});
