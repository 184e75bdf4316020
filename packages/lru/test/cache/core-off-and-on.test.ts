import { LRUCache as Core } from "@heapwise/lru/core";
import { expect, it } from "vitest";

it("the core is switched off by max 0, and on again", () => {
  const log: unknown[] = [];
  const c = new Core<number, number>({
    max: 5,
    maxWeight: 10,
    weigh: (v) => v,
    onRemoval: (k, v, w) => log.push([k, v, w]),
  });
  c.set(1, 3);
  c.resize({ max: 0 });
  c.set(2, 2);
  c.resize({ max: 5 });
  c.set(3, 3);
  c.set(3, 11);
  expect(log).toEqual([
    [1, 3, "evicted"],
    [2, 2, "evicted"],
    [3, 3, "replaced"],
    [3, 11, "evicted"],
  ]);
  expect([c.size, c.weight, c.stats().rejections]).toEqual([0, 0, 2]);
});
