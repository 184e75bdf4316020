import { LRUCache } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { expect, it } from "vitest";

it.each<[string, (cache: LRUCache<string, number>) => void, number, number]>([
  ["set", (cache) => cache.set("k", 2), 0, 0],
  ["set with keepTtl", (cache) => cache.set("k", 2, { keepTtl: true }), 1, 0],
  ["set with keepTtl and tags", (cache) => cache.set("k", 2, { keepTtl: true, tags: ["y"] }), 0, 0],
  ["update", (cache) => cache.update("k", () => 2), 1, 1],
  ["update with keepTtl", (cache) => cache.update("k", () => 2, { keepTtl: true }), 1, 1],
  ["update with tags", (cache) => cache.update("k", () => 2, { tags: ["y"] }), 0, 0],
])("%s keeps the tags of a live entry, and of a stale one, or not", (_how, write, live, stale) => {
  const clock = new FakeClock();
  for (const [age, count] of [
    [5, live],
    [15, stale],
  ] as const) {
    const cache = new LRUCache<string, number>({ max: 9, ttl: 10, staleIfError: 100, clock });
    cache.set("k", 1, { tags: ["x"] });
    clock.advance(age);
    write(cache);
    expect(cache.get("k")).toBe(2);
    expect(cache.deleteByTag("x")).toBe(count);
  }
});
