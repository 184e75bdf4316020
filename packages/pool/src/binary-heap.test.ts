import { randomStream } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { BinaryHeap, type HeapItem } from "./binary-heap.ts";

interface Item extends HeapItem {
  at: number;
}

const createHeap = (): BinaryHeap<Item> => new BinaryHeap((a, b) => a.at < b.at);

describe("A binary heap", () => {
  it("has the least item first, whatever is added, removed and moved", () => {
    const random = randomStream(7);
    const heap = createHeap();
    const items: Item[] = [];
    for (let step = 0; step < 5000; step++) {
      const choice = random();
      const item = items[Math.floor(random() * items.length)];
      if (choice < 0.5 || item === undefined) {
        const added = { at: Math.floor(random() * 100), index: -1 };
        items.push(added);
        heap.put(added);
      } else if (choice < 0.8) {
        expect(heap.remove(item)).toBe(true);
        expect([item.index, heap.remove(item)]).toEqual([-1, false]);
        items.splice(items.indexOf(item), 1);
      } else {
        item.at = Math.floor(random() * 100);
        heap.update(item);
      }
      expect(heap.size).toBe(items.length);
      expect(heap.first?.at).toBe(
        items.length === 0 ? undefined : Math.min(...items.map(({ at }) => at)),
      );
      expect(heap.toArray().every((each, index) => each.index === index)).toBe(true);
    }
    heap.clear();
    expect([heap.size, heap.first, items.some(({ index }) => index !== -1)]).toEqual([
      0,
      undefined,
      false,
    ]);
  });

  it("returns the children of an item", () => {
    const heap = createHeap();
    for (let at = 0; at < 6; at++) heap.put({ at, index: -1 });
    const [first, , third, last] = [0, 1, 2, 5].map((index) => heap.toArray()[index]!);
    const below = (item: Item): number[] => heap.below(item).map(({ at }) => at);
    expect([below(first!), below(third!), below(last!)]).toEqual([[1, 2], [5], []]);
  });
});
