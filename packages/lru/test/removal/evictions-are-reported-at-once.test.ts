import { LRUCache } from "@heapwise/lru";
import { expect, it } from "vitest";

// lru-cache 11.5.3: with noDisposeOnSet, disposeAfter never runs for entries that set() evicts, and
// its queue holds all of them: 10 MiB after 20,000 sets with max 10.
it("each eviction by set is reported when set returns", () => {
  const left: number[] = [];
  const disposed: number[] = [];
  const cache = new LRUCache<number, number>({
    max: 10,
    onRemoval: (key) => left.push(key),
    dispose: (value) => disposed.push(value),
  });
  for (let i = 0; i < 1000; i++) {
    cache.set(i, i);
    expect([left.length, disposed.length]).toEqual([Math.max(0, i - 9), Math.max(0, i - 9)]);
  }
});
