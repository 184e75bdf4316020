import { LRUCache } from "@heapwise/lru";
import { heldBytes } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { POLICIES } from "../logged-cache.ts";

// Enough entries that an eighth of their memory is far above the noise of the process.
const COUNT = 300_000;

const WAYS: readonly (readonly [way: string, shrink: (cache: LRUCache<number, number>) => void])[] =
  [
    ["clear", (cache) => cache.clear()],
    ["resize", (cache) => cache.resize({ max: 100 })],
    ["trim", (cache) => void cache.trim(0.0005)],
    [
      "delete",
      (cache) => {
        for (let i = 0; i < COUNT; i++) if (i % 3000 !== 0) cache.delete(i);
      },
    ],
  ];

describe.each(POLICIES)("Memory of a cache with %s", (name, create) => {
  it("is next to none while the cache is empty, whatever its bound", async () => {
    const caches: LRUCache<number, number>[] = [];
    caches.push(new LRUCache({ max: 1_000_000, policy: create() }));
    const before = await heldBytes();

    for (let i = 0; i < 100; i++) caches.push(new LRUCache({ max: 1_000_000, policy: create() }));

    const each = ((await heldBytes()) - before) / 100;
    expect(each).toBeLessThan(16 * 1024);
    expect(caches.length).toBe(101);
  });

  // The store is one for all policies: two ways show that a policy gives back its own columns.
  it.each(name === "lru" ? WAYS : WAYS.slice(0, 2))(
    "comes back after %s",
    async (_title, shrink) => {
      // One round with another cache before, so that the code that fills and shrinks is compiled.
      const other = new LRUCache<number, number>({ max: COUNT, policy: create(), seed: 1 });
      for (let i = 0; i < COUNT; i++) other.set(i, i);
      shrink(other);
      other[Symbol.dispose]();

      const cache = new LRUCache<number, number>({ max: COUNT, policy: create(), seed: 1 });
      const empty = await heldBytes();

      for (let i = 0; i < COUNT; i++) cache.set(i, i);
      const full = await heldBytes();
      shrink(cache);
      const after = await heldBytes();

      expect(other.size).toBe(0);
      expect((full - empty) / COUNT).toBeGreaterThan(16);
      expect((full - empty) / COUNT).toBeLessThan(80);
      expect(after - empty).toBeLessThan((full - empty) / 8);
      expect(cache.size).toBeLessThanOrEqual(200);
    },
  );
});
