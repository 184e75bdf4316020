import { LRUCache } from "@heapwise/lru";
import { describe, expect, it } from "vitest";
import { HAS_TIME } from "../logged-cache.ts";

type Bulk = "getMany" | "deleteMany" | "getOrLoadMany";

const OPERATIONS: readonly (readonly [name: Bulk, action: string])[] = [
  ["getMany", "get entries"],
  ["deleteMany", "delete entries"],
  // The core does not load.
  ...(HAS_TIME ? [["getOrLoadMany", "load entries"] as const] : []),
];

/** The error that an operation throws or rejects with. */
async function errorOf(operation: () => unknown): Promise<unknown> {
  try {
    await operation();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe.each(OPERATIONS)("%s", (name, action) => {
  const filled = (): LRUCache<string, number> => {
    const cache = new LRUCache<string, number>({ max: 9 });
    return cache.set("a", 1).set("ab", 2).set("5", 3);
  };
  const run = (cache: LRUCache<string, number>, keys: unknown): unknown =>
    name === "getOrLoadMany" ? cache[name](keys as string[], () => []) : cache[name](keys as never);

  it.each([
    ["a text", "ab", '"ab"'],
    ["an empty text", "", '""'],
    ["a number", 5, "5"],
    ["nothing", undefined, "undefined"],
    ["null", null, "null"],
  ])("refuses %s, and changes and counts nothing", async (_title, keys, shown) => {
    const cache = filled();
    expect(await errorOf(() => run(cache, keys))).toEqual(
      new TypeError(
        `Cannot ${action}: keys is ${shown}, expected an iterable that is not a string`,
      ),
    );
    expect([...cache.keys()]).toEqual(["5", "ab", "a"]);
    expect([cache.stats().hits, cache.stats().misses]).toEqual([0, 0]);
  });

  it("refuses an object that is not iterable", async () => {
    expect(await errorOf(() => run(filled(), { length: 1 }))).toBeInstanceOf(TypeError);
  });

  it.each<[string, () => Iterable<string> & object]>([
    ["an array", () => ["a", "ab"]],
    ["a Set", () => new Set(["a", "ab"])],
    ["keys of a Map", () => new Map([["a", 1]]).keys()],
    [
      "a generator",
      function* () {
        yield "a";
      },
    ],
  ])("takes %s", async (_title, keys) => {
    const cache = filled();
    expect(await errorOf(() => run(cache, keys()))).toBe(undefined);
    expect(cache.has("a")).toBe(name !== "deleteMany");
  });
});

describe("setMany", () => {
  it.each(["ab", "", 5, null])("refuses %o, and changes nothing", (entries) => {
    const cache = new LRUCache<string, number>({ max: 9 });
    expect(() => cache.setMany(entries as never)).toThrow(
      /^Cannot set entries: entries is .+, expected an iterable that is not a string$/,
    );
    expect(cache.size).toBe(0);
  });
});
