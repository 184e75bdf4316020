import { describe, expect, test } from "vitest";
import { KEY_SETS, keySet } from "./key-sets.ts";

/** Enough keys for a cache of 10,000 entries, and some more that evict entries. */
const LEAST = 11_000;

describe("sets of keys", () => {
  test.each(KEY_SETS)("$name: each number has its own key, the same each time", (set) => {
    const make = set.create(LEAST);
    const again = set.create(LEAST);
    const keys = Array.from({ length: LEAST }, (_, id) => make(id));

    expect(new Set(keys).size).toBe(LEAST);
    expect(keys.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, id) => again(id)));
    expect(keys.every((key) => typeof key === "string" && key.length > 0)).toBe(true);
  });

  test("names are different, and twelve sets are in a quick run", () => {
    expect(new Set(KEY_SETS.map(({ name }) => name)).size).toBe(KEY_SETS.length);
    expect(KEY_SETS.filter(({ isQuick }) => isQuick)).toHaveLength(12);
  });

  test("a list that is too short is an error", () => {
    expect(() => keySet("package names").create(25_001)).toThrow(
      "Cannot make keys: 25000 package names, expected 25001 or more",
    );
  });

  test("an unknown set is an error", () => {
    expect(() => keySet("poems")).toThrow(/^Cannot make keys: "poems", expected one of package/);
  });
});
