import { LRUCache } from "@heapwise/lru";
import { expect, it } from "vitest";

it("a loader that deletes the tag of its own entries stores none of them", async () => {
  const c: LRUCache<number, number> = new LRUCache<number, number>({
    max: 9,
    loadMany: (keys, ctx) => {
      ctx.tags = ["x"];
      c.deleteByTag("x");
      return keys.map((k) => [k, k] as const);
    },
  });
  await Promise.all([c.getOrLoad(1), c.getOrLoad(2)]);
  expect(c.size).toBe(0);
  const d: LRUCache<number, number> = new LRUCache<number, number>({ max: 9 });
  await d.getOrLoad(1, (_k, ctx) => {
    ctx.tags = {
      *[Symbol.iterator]() {
        yield "x";
        d.deleteByTag("x");
      },
    } as never;
    return 1;
  });
  expect(d.size).toBe(0);
});
