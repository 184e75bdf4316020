import { LRUCache } from "@heapwise/lru";
import { FIRST_SLOT, SlotStore } from "@heapwise/lru/slots";
import { randomStream } from "@heapwise/testkit";
import { announceSeed } from "@heapwise/testkit/vitest";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { POLICIES } from "../logged-cache.ts";

/** The stores of the caches that were made, to see how long their columns are. */
let stores: SlotStore<unknown, unknown>[] = [];
const { bound } = SlotStore.prototype;

beforeEach(() => {
  stores = [];
  SlotStore.prototype.bound = function (
    this: SlotStore<unknown, unknown>,
    ...bounds: Parameters<typeof bound>
  ): void {
    stores.push(this);
    bound.apply(this, bounds);
  };
});

afterEach(() => {
  SlotStore.prototype.bound = bound;
});

function columnLength(): number {
  return stores.at(-1)?.length ?? NaN;
}

function fill(cache: LRUCache<number, number>, count: number): void {
  for (let i = 0; i < count; i++) cache.set(i, i);
}

describe.each(POLICIES)("The columns of a cache with %s", (_name, create) => {
  it("are not as long as its bound, but as its entries", () => {
    const cache = new LRUCache<number, number>({ max: 1_000_000, policy: create() });
    expect(columnLength()).toBeLessThan(100);
    fill(cache, 1000);
    expect(columnLength()).toBeLessThan(2200);
  });

  it("are copied in turns if they are long", () => {
    const cache = new LRUCache<number, number>({ max: 200_000, policy: create() });
    fill(cache, 2 ** 16 + 1);
    const store = stores.at(-1)!;
    const copies: string[] = [];
    for (let { entries, links } = store; cache.size < 200_000; { entries, links } = store) {
      cache.set(cache.size, 0);
      const names = [store.entries !== entries && "entries", store.links !== links && "links"];
      if (names.some(Boolean)) copies.push(names.filter(Boolean).join(" and "));
    }
    expect(copies).toEqual(["links", "entries", "links", "entries", "links"]);
    expect(columnLength()).toBe(FIRST_SLOT + 200_001);
    expect([store.entries.length / 2, store.links.length / 4]).toEqual([
      store.length,
      store.length,
    ]);
  });

  it("are not longer than the bound needs", () => {
    const cache = new LRUCache<number, number>({ max: 1000, policy: create() });
    fill(cache, 5000);
    expect(columnLength()).toBeLessThan(1010);
  });

  it("are short again after clear, delete, deleteWhere, resize, trim and evict", () => {
    const cache = new LRUCache<number, number>({ max: 5_000, policy: create(), seed: 1 });
    const shrinks: (() => void)[] = [
      () => cache.clear(),
      () => {
        for (let i = 10; i < 5_000; i++) cache.delete(i);
      },
      () => cache.deleteWhere((value) => value >= 10),
      () => cache.deleteMany(Array.from(cache.keys()).slice(10)),
      () => cache.trim(0.002),
      () => {
        while (cache.size > 10) cache.evict();
      },
      () => cache.resize({ max: 10 }),
    ];
    for (const shrink of shrinks) {
      fill(cache, 5_000);
      expect([cache.size, columnLength() > 5_000]).toEqual([5_000, true]);

      shrink();

      expect(cache.size).toBeLessThanOrEqual(10);
      expect(columnLength()).toBeLessThan(200);
    }
  });

  it("are short again after values that have become too heavy", () => {
    const cache = new LRUCache<number, number>({
      maxWeight: 5_000,
      maxEntryWeight: 1,
      weigh: (value) => value,
      policy: create(),
    });
    for (let i = 0; i < 5_000; i++) cache.set(i, 1);
    expect([cache.size, columnLength() > 5_000]).toEqual([5_000, true]);

    for (let i = 0; i < 5_000; i++) cache.set(i, 2);

    expect(cache.size).toBe(0);
    expect(columnLength()).toBeLessThan(200);
  });

  it("do not creep under churn", () => {
    const cache = new LRUCache<number, number>({ max: 500, policy: create(), seed: 1 });
    for (let i = 0; i < 50_000; i++) {
      cache.set(i, i);
      if (i % 3 === 0) cache.delete(i - 100);
    }
    expect(columnLength()).toBeLessThan(510);
  });

  it("keep their contents while the cache grows and shrinks", () => {
    const random = randomStream(announceSeed());
    const cache = new LRUCache<number | string, number>({ max: 3000, policy: create(), seed: 1 });
    const last = new Map<number | string, number>();
    let step = 0;
    for (const target of [3000, 5, 2000, 100, 3000, 0, 700, 1, 3000]) {
      for (let i = 0; i < 4000; i++) {
        const number = Math.floor(random() * 4000);
        const key = number % 3 === 0 ? `key ${number}` : number;
        cache.set(key, ++step);
        last.set(key, step);
      }
      while (cache.size > target) cache.delete(cache.hottest(1)[0]?.[0] as number);
      const wrong = [...cache].filter(
        ([key, value]) => value !== last.get(key) || cache.peek(key) !== value,
      );
      expect(wrong).toEqual([]);
      expect([...last.keys()].filter((key) => cache.has(key)).length).toBe(cache.size);
    }
  });
});

describe("Strict LRU", () => {
  it("keeps its order while entries move to other slots", () => {
    const random = randomStream(announceSeed());
    const cache = new LRUCache<number, number>({ max: 5000 });
    for (let i = 0; i < 5000; i++) cache.set(i, i);
    let expected = Array.from({ length: 5000 }, (_, i) => 4999 - i);

    while (expected.length > 3) {
      const doomed = new Set(expected.filter(() => random() < 0.4));
      for (const key of doomed) cache.delete(key);
      expected = expected.filter((key) => !doomed.has(key));
      const used = expected[Math.floor(random() * expected.length)];
      if (used === undefined) break;
      cache.get(used);
      expected = [used, ...expected.filter((key) => key !== used)];
      expect([...cache.keys()]).toEqual(expected);
    }
  });
});

describe("The columns of a cache with lru", () => {
  it("are short again after a newcomer that takes the place of many", () => {
    const cache = new LRUCache<number, number>({ maxWeight: 5_000, weigh: (value) => value });
    for (let i = 0; i < 5_000; i++) cache.set(i, 1);
    cache.set(-1, 4_995);
    expect([cache.size, columnLength() < 200]).toEqual([6, true]);
  });
});
