import { LRUCache } from "@heapwise/lru";
import * as lruPackage from "@heapwise/lru";
import { describeCache, describePolicy } from "@heapwise/testkit/vitest";
import { describe, expect, it } from "vitest";
import { HAS_TIME, POLICIES } from "../logged-cache.ts";

describe("@heapwise/lru/policies", () => {
  it("exports the five policies, each callable without arguments, and nothing else", () => {
    expect(POLICIES.map(([name]) => name).sort()).toEqual([
      "adaptive",
      "lru",
      "s3Fifo",
      "sieve",
      "wTinyLfu",
    ]);
    for (const [, create] of POLICIES) expect(create()).toBeTypeOf("function");
  });
});

describe("@heapwise/lru", () => {
  it("exports the class under both names, and REMOVE", () => {
    expect(lruPackage.Cache).toBe(LRUCache);
    expect(lruPackage.REMOVE).toBeTypeOf("symbol");
  });
});

for (const [name, create] of POLICIES) {
  describePolicy(`The policy ${name}`, { create: create() });

  describeCache(`LRUCache with ${name}`, {
    create: (options) => new LRUCache({ ...options, policy: create(), seed: 1 }),
    supports: { strictLru: name === "lru", removals: true, time: HAS_TIME },
  });

  describeCache(`LRUCache with ${name}, bounded by weight alone`, {
    create: ({ max, ...options }) =>
      new LRUCache({ ...options, maxWeight: max, weigh: () => 1, policy: create(), seed: 1 }),
    supports: { strictLru: name === "lru", removals: true, time: HAS_TIME },
  });
}

describeCache("LRUCache with its default policy", {
  create: (options) => new LRUCache(options),
  supports: { strictLru: true, removals: true, time: HAS_TIME },
});
