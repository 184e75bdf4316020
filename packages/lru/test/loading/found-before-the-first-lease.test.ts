import { LRUCache } from "@heapwise/lru";
import { expect, test } from "vitest";

test("a value that a waiting getOrLoadMany has found stays open, even if the cache owns its values only since the first lease", async () => {
  const make = (name: string) => ({
    name,
    isClosed: false,
    [Symbol.dispose]() {
      this.isClosed = true;
    },
  });
  let end!: (value: ReturnType<typeof make>) => void;
  const cache = new LRUCache<string, ReturnType<typeof make>>({
    max: 3,
    load: () => new Promise((resolve) => (end = resolve)),
  });
  cache.set("a", make("a")).set("c", make("c"));
  const both = cache.getOrLoadMany(["a", "b"]);
  using lease = cache.acquire("c")!;
  expect(lease.value.name).toBe("c");
  cache.set("d", make("d")).set("e", make("e")); // evicts a
  await new Promise((resolve) => setImmediate(resolve));
  end(make("b"));
  const found = await both;
  expect([...found.values()].filter(({ isClosed }) => isClosed)).toEqual([]);
});
