import { SIZE } from "@heapwise/sizeof";
import { expect, test, vi } from "vitest";
import { LRUCache, type LRUCacheOptions, type RemovalCause } from "../../src/index.ts";

/** Counts how many of its records are read. */
function recordsOf(count: number): { records: object[]; read: () => number } {
  let read = 0;
  const records = Array.from({ length: count }, (_, i) => ({
    [SIZE]: () => {
      read++;
      return 100 + (i & 1);
    },
  }));
  return { records, read: () => read };
}

test.each<[string, (records: object[]) => [unknown, unknown]]>([
  ["value", (records) => ["key", records]],
  ["nested value", (records) => ["key", { list: [new Set(records)] }]],
  ["key", (records) => [records, 1]],
])("set of a %s that cannot fit stops at the limit", (_name, make) => {
  const { records, read } = recordsOf(20_000);
  const cache = new LRUCache<unknown, unknown>({ maxBytes: 100_000 });
  const [key, value] = make(records);
  cache.set("small", 1).set(key, value);
  expect([...cache.keys()]).toEqual(["small"]);
  expect(read()).toBeLessThan(1500);
  expect(cache.stats()).toMatchObject({ rejections: 1, evictions: 0 });
});

test("the limit is for one entry, and includes key, tags and shared parts", () => {
  const options = { maxBytes: "1mb", maxEntryBytes: 20_000 };
  for (const shareAccounting of [false, true]) {
    const cache = new LRUCache<unknown, unknown>({ ...options, shareAccounting });
    const { records, read } = recordsOf(20_000);
    cache.set(new Uint8Array(10_000), records, { tags: ["x".repeat(2000)] });
    expect(cache.size).toBe(0);
    expect(read()).toBeLessThan(70);
    const block = new ArrayBuffer(15_000);
    cache.set("a", { block });
    expect(cache.size).toBe(1);
    // The block counts for each entry that holds it.
    cache.set("b", { block, records });
    expect(cache.has("b")).toBe(false);
    expect(read()).toBeLessThan(130);
  }
});

test("a key that is too large hides no value", () => {
  const { records, read } = recordsOf(10);
  const cache = new LRUCache<unknown, unknown>({ maxBytes: 1000 });
  cache.set(new Uint8Array(2000), records).set("x".repeat(1001), records);
  expect([cache.size, read()]).toEqual([0, 0]);
});

test("a bound that changes while an entry is sized admits no entry that was not read", () => {
  const cache: LRUCache<string, unknown> = new LRUCache<string, unknown>({ maxBytes: 10_000 });
  const grower = {
    [SIZE]: () => {
      cache.resize({ maxBytes: 1e6 });
      return 5000;
    },
  };
  cache.set("a", ["x".repeat(9000), grower, "y".repeat(50_000)]);
  expect([cache.size, cache.bytes()]).toEqual([0, 0]);
});

const CASES: readonly (readonly [string, LRUCacheOptions<unknown, unknown>])[] = [
  ["bytes alone", {}],
  ["no copies", { detachTexts: false }],
  ["deep copies", { detachTexts: "deep", detachBuffers: true }],
  ["leases", { dispose: true }],
  ["time", { ttl: 1000 }],
  ["listeners", { observers: [{ rejected: () => {} }] }],
];

test.each(CASES)("a text that is longer than the limit is not read: %s", (_name, options) => {
  const rope = `${"x".repeat(300)}${"y".repeat(700)}`.repeat(4000);
  const read = vi.spyOn(String.prototype, "charCodeAt");
  const removed: [unknown, unknown, RemovalCause][] = [];
  try {
    const cache = new LRUCache<unknown, unknown>({
      ...options,
      maxBytes: 1e6,
      onRemoval: (...removal) => removed.push(removal),
    });
    cache.set("k", 1).set("k", rope);
    cache.set("k", { deep: [{ rope }] });
    cache.set(rope, 1).set(rope, 2, { keepTtl: true });
    expect([cache.size, cache.bytes()]).toEqual([0, 0]);
    const long = read.mock.contexts.filter((text) => String(text).length > 1e6);
    expect(long.length).toBe(0);
    expect(removed.map(([, , cause]) => cause)).toEqual([
      "replaced",
      "evicted",
      "evicted",
      "evicted",
      "evicted",
    ]);
    expect(removed[3]![0] === rope).toBe(true);
    expect(cache.stats()).toMatchObject({ rejections: 4, evictions: 0 });
  } finally {
    read.mockRestore();
  }
});

test("a key that is too long fences its load, and is looked up in no table", async () => {
  const key = "k".repeat(2000);
  const cache = new LRUCache<string, number>({ maxBytes: 1000 });
  const loading = cache.getOrLoad(key, async () => 1);
  cache.set(key, 2);
  expect(await loading).toBe(1);
  expect(cache.size).toBe(0);
});

test("bytesOf decides alone, of long keys too", () => {
  const cache = new LRUCache<string, string>({ maxBytes: 1000, bytesOf: () => 10 });
  const key = "k".repeat(2000);
  cache.set(key, "v".repeat(3000));
  expect(cache.get(key)).toBe("v".repeat(3000));
  const refused = new LRUCache<string, string>({
    maxBytes: 1000,
    bytesOf: (value) => value.length,
  });
  refused.set(key, "v").set(key, "v".repeat(3000));
  expect([refused.size, refused.bytes()]).toEqual([0, 0]);
});
