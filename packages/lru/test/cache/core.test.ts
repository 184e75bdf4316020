/** The suites of `LRUCache` that need no time, run with the class of `@heapwise/lru/core`. */
import * as core from "@heapwise/lru/core";
import * as whole from "@heapwise/lru";
import { describe, expect, it, vi } from "vitest";

vi.mock("@heapwise/lru", () => import("@heapwise/lru/core"));

await import("./bulk.test.ts");
await import("./contract.test.ts");
await import("./differential.test.ts");
await import("./exhaustive.test.ts");
await import("../table/flooding.test.ts");
await import("../table/growth.test.ts");
await import("./iteration.test.ts");
await import("./keys-that-are-a-text.test.ts");
await import("../table/keys.test.ts");
await import("./model.test.ts");
await import("./off.test.ts");
await import("../policy/policy-calls.test.ts");
await import("../removal/reentrancy.test.ts");
await import("./resize-trim.test.ts");
await import("../observation/stats.test.ts");
await import("./upsert.test.ts");
await import("./weights.test.ts");

type Options = core.LRUCacheOptions<string, number>;

describe("@heapwise/lru/core", () => {
  it("is the class with which the suites of this file were run", async () => {
    expect(whole.LRUCache).toBe(core.LRUCache);
    const { LRUCache } = await vi.importActual<typeof whole>("@heapwise/lru");
    expect(LRUCache).not.toBe(core.LRUCache);
  });

  it("exports the class under both names, REMOVE and the error", () => {
    expect(Object.keys(core).sort()).toEqual(["Cache", "CacheDisposedError", "LRUCache", "REMOVE"]);
    expect(core.Cache).toBe(core.LRUCache);
  });

  it("shares REMOVE and the error with the whole", async () => {
    const { REMOVE, CacheDisposedError } = await vi.importActual<typeof whole>("@heapwise/lru");
    expect(core.REMOVE).toBe(REMOVE);
    expect(core.CacheDisposedError).toBe(CacheDisposedError);
  });

  it.each<[string, object]>([
    ["ttl", { max: 10, ttl: 5 }],
    ["idleTtl", { max: 10, idleTtl: 5 }],
    ["maxBytes", { maxBytes: "1mb" }],
    ["load", { max: 10, load: () => 1 }],
    ["dispose", { max: 10, dispose: true }],
    ["observers", { max: 10, observers: [] }],
    ["unbounded", { unbounded: true }],
    ["maxSize", { max: 10, maxSize: 10 }],
  ])("refuses the option %s, and says which there are", (name, options) => {
    expect(() => new core.LRUCache(options)).toThrow(
      new TypeError(
        `Cannot create core cache: option "${name}" is not known, expected one of max, maxWeight, weigh, maxEntryWeight, policy, onRemoval, seed`,
      ),
    );
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a number", 100],
    ["no bound", {}],
    ["undefined bounds", { max: undefined, maxWeight: undefined }],
    ["max as text", { max: "100" }],
    ["weigh that is no function", { maxWeight: 10, weigh: 1 }],
    ["weigh without maxWeight", { max: 10, weigh: () => 1 }],
    ["maxEntryWeight without maxWeight", { max: 10, maxEntryWeight: 5 }],
    ["onRemoval that is no function", { max: 10, onRemoval: {} }],
    ["a policy by name", { max: 10, policy: "lru" }],
    ["a policy that makes none", { max: 10, policy: () => undefined }],
    ["seed as text", { max: 10, seed: "1" }],
  ])("throws a TypeError for %s", (_title, options) => {
    expect(() => new core.LRUCache(options as Options)).toThrow(TypeError);
  });

  it.each<[string, Options]>([
    ["max 1.5", { max: 1.5 }],
    ["max Infinity", { max: Infinity }],
    ["maxWeight -1", { maxWeight: -1 }],
    ["maxEntryWeight -1", { maxWeight: 10, maxEntryWeight: -1 }],
    ["maxEntryWeight above maxWeight", { maxWeight: 10, maxEntryWeight: 11 }],
  ])("throws a RangeError for %s", (_title, options) => {
    expect(() => new core.LRUCache(options)).toThrow(RangeError);
  });

  it("has getters of its bounds", () => {
    const cache = new core.LRUCache({ max: 5 });
    expect([cache.max, cache.maxWeight]).toEqual([5, Infinity]);
    cache.resize({ maxWeight: 7 });
    expect([cache.max, cache.maxWeight]).toEqual([5, 7]);
    expect([new core.LRUCache({ maxWeight: 3 }).max]).toEqual([Infinity]);
  });

  it.each<[string, (cache: core.LRUCache<string, number>) => void]>([
    ["set with null", (cache) => cache.set("b", 2, null as unknown as object)],
    ["set with a ttl", (cache) => cache.set("b", 2, { ttl: 5 } as object)],
    ["set with a weight that nothing bounds", (cache) => cache.set("b", 2, { weight: 5 })],
    ["resize with maxBytes", (cache) => cache.resize({ maxBytes: 5 } as object)],
    ["resize with nothing", (cache) => cache.resize(null as unknown as object)],
    ["trim to bytes", (cache) => cache.trim({ toBytes: 5 } as unknown as number)],
    ["hottest of no number", (cache) => cache.hottest("1" as unknown as number)],
  ])("throws for %s, and changes nothing", (_title, operation) => {
    const cache = new core.LRUCache<string, number>({ max: 5 });
    cache.set("a", 1);
    expect(() => operation(cache)).toThrow(TypeError);
    expect([...cache]).toEqual([["a", 1]]);
    expect([cache.max, cache.maxWeight]).toEqual([5, Infinity]);
  });

  it.each([
    ["max", { max: 5 }],
    ["maxWeight", { maxWeight: 5, weigh: () => 1 }],
  ])("reads each option of set once, bounded by %s", (_name, bounds) => {
    const cache = new core.LRUCache<string, number>({ ...bounds, maxWeight: 5 });
    const answers = [2, -1];
    cache.set("a", 1, {
      get weight() {
        return answers.shift();
      },
    });
    expect([cache.weight, answers]).toEqual([2, [-1]]);
  });

  it("is empty, readable and closed to writes once it is disposed of", () => {
    const gone: unknown[] = [];
    const cache = new core.LRUCache<string, number>({
      max: 5,
      onRemoval: (...removal) => gone.push(removal),
    });
    cache.set("a", 1).set("b", 2);
    cache[Symbol.dispose]();
    cache[Symbol.dispose]();
    expect(gone).toEqual([
      ["a", 1, "deleted"],
      ["b", 2, "deleted"],
    ]);
    expect([cache.size, cache.get("a"), cache.delete("a"), cache.evict()]).toEqual([
      0,
      undefined,
      false,
      undefined,
    ]);
    for (const write of [
      () => cache.set("a", 1),
      () => cache.getOrInsert("a", 1),
      () => cache.getOrInsertComputed("a", () => expect.unreachable()),
      () => cache.update("a", () => expect.unreachable()),
      () => cache.setMany([["a", 1]]),
    ]) {
      expect(write).toThrow(core.CacheDisposedError);
    }
  });

  it("stores no value whose weigher disposed of the cache", () => {
    const cache: core.LRUCache<string, number> = new core.LRUCache<string, number>({
      maxWeight: 5,
      weigh: () => (cache[Symbol.dispose](), 1),
    });
    expect(() => cache.set("a", 1)).toThrow(core.CacheDisposedError);
    expect([cache.size, cache.weight]).toEqual([0, 0]);
  });
});
