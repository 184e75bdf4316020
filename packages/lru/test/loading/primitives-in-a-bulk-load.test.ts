import { LRUCache } from "@heapwise/lru";
import { expect, test } from "vitest";

const tick = () => new Promise((resolve) => setImmediate(resolve));

function create(answer: [string, number][]) {
  const closed: string[] = [];
  const reported: string[] = [];
  const cache = new LRUCache<string, number>({
    max: 9,
    dispose: (fd, key) => closed.push(`${key}${fd}`),
    onRemoval: (key, fd) => reported.push(`${key}${fd}`),
    loadMany: async () => {
      await tick();
      return answer;
    },
  });
  cache.set("a", 7);
  return { cache, closed, reported };
}

test("a primitive for a key that was not asked for, which equals the stale value of another key, is disposed of", async () => {
  const { cache, closed, reported } = create([
    ["a", 8],
    ["b", 7],
  ]);
  await cache.refresh("a");
  await tick();
  cache[Symbol.dispose]();
  expect(closed.sort()).toEqual(["a7", "a8", "b7"]);
  expect(reported.sort()).toEqual(["a7", "a8", "b7"]);
});

test("a primitive of a fenced load that equals the stale value of another key is reported", async () => {
  const { cache, closed, reported } = create([
    ["a", 8],
    ["b", 7],
  ]);
  const both = [cache.refresh("a"), cache.getOrLoad("b")];
  await new Promise((resolve) => process.nextTick(resolve));
  await Promise.resolve();
  cache.delete("b");
  await Promise.all(both);
  await tick();
  cache[Symbol.dispose]();
  expect(closed.sort()).toEqual(["a7", "a8", "b7"]);
  expect(reported.sort()).toEqual(["a7", "a8", "b7"]);
});
