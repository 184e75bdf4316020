import { LRUCache } from "@heapwise/lru";
import { memoize } from "@heapwise/lru/memoize";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";

describe("A listener that stores a key again when its old value expires", () => {
  type Numbers = LRUCache<string, number>;

  it.each<[string, (cache: Numbers) => unknown]>([
    ["getOrInsert", (cache) => cache.getOrInsert("a", 9)],
    ["getOrInsertComputed", (cache) => cache.getOrInsertComputed("a", () => 9)],
    ["getMany", (cache) => cache.getMany(["a"]).get("a")],
    ["acquire", (cache) => cache.acquire("a")?.value],
  ])("has its value found by %s", (_name, operation) => {
    const clock = new FakeClock();
    const cache: Numbers = new LRUCache<string, number>({
      max: 5,
      ttl: 10,
      clock: { now: clock.now },
      onRemoval: (key, value, cause) => {
        if (cause === "expired") cache.set(key, value + 1);
      },
    });
    cache.set("a", 1);
    clock.advance(10);
    expect([operation(cache), cache.get("a")]).toEqual([2, 2]);
  });

  it("has its value found by a memoized function", () => {
    const clock = new FakeClock();
    const square = memoize((n: number) => n * n, {
      ttl: 10,
      clock: { now: clock.now },
      onRemoval: (key, value, cause) => {
        if (cause === "expired") square.cacheOf().set(key, value);
      },
    });
    square(3);
    clock.advance(10);
    expect(square(3)).toBe(9);
  });
});
