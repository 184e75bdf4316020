import { describe, expect, it } from "vitest";
import { LRUCache, type LRUCacheOptions } from "../../src/index.ts";
import { POLICIES } from "../logged-cache.ts";

// The columns of a cache of tiny entries take most of its bytes. They must neither grow beyond the
// bound, nor cause evictions for room that stays empty.

const BOUNDS = [20_000, 310_000, 1_700_000];

function create(options: LRUCacheOptions<number, unknown>): LRUCache<number, unknown> {
  return new LRUCache<number, unknown>({ seed: 1, ...options });
}

/** The fewest entries and bytes from the first eviction on. */
function least(cache: LRUCache<number, unknown>, make: (i: number) => unknown): [number, number] {
  let fewest = Infinity;
  let bytes = Infinity;
  let most = 0;
  let i = 0;
  while (cache.size === i) cache.set(i, make(i++));
  for (const end = 2 * i; i < end; i++) {
    cache.set(i, make(i));
    fewest = Math.min(fewest, cache.size);
    bytes = Math.min(bytes, cache.bytes());
    most = Math.max(most, cache.bytes());
  }
  expect(most).toBeLessThanOrEqual(cache.maxBytes);
  return [fewest, bytes];
}

describe.each(POLICIES)("%s", (_name, policy) => {
  it.each(BOUNDS)("stays full of numbers under %d bytes", (maxBytes) => {
    for (const options of [{}, { ttl: 1e9 }, { idleTtl: 1e9 }]) {
      const cache = create({ maxBytes, policy: policy(), ...options });
      const [fewest, bytes] = least(cache, (i) => i);
      expect(bytes).toBeGreaterThan(0.9 * maxBytes);
      // More entries than would fit if a slot took twice its largest size.
      expect(fewest).toBeGreaterThan(maxBytes / 130);
    }
  });

  it("stays full if entries become smaller, then larger", () => {
    const cache = create({ maxBytes: 1_000_000, policy: policy() });
    const [, bytes] = least(cache, (i) => (i < 1700 ? "x".repeat(500) : i));
    expect(bytes).toBeGreaterThan(850_000);
    const before = cache.size;
    cache.set(-1, new Uint8Array(50_000));
    for (let i = 1; i < 100; i++) cache.set(-1 - i, "y".repeat(500));
    expect(cache.size).toBeGreaterThan(0.5 * before);
  });
});

it("a bound of any size holds from the first entry on", () => {
  for (let maxBytes = 1; maxBytes < 6000; maxBytes += 7) {
    const cache = create({ maxBytes });
    let most = 0;
    for (let i = 0; i < 130; i++) most = Math.max(most, cache.set(i, i).bytes());
    expect(most).toBeLessThanOrEqual(maxBytes);
    expect(cache.size).toBe(Math.min(130, Math.floor(maxBytes / 56)));
  }
});

it("columns are charged from the first ttl on", () => {
  const cache = create({ maxBytes: 1_000_000 });
  for (let i = 0; i < 1000; i++) cache.set(i, i);
  const before = cache.bytes();
  cache.set(0, 0, { ttl: 1000 });
  expect(cache.bytes()).toBe(before + 1000 * 24);
  cache.clear();
  expect(cache.bytes()).toBe(0);
});

it("columns of removed entries are given back, and bytes are as in a new cache", () => {
  for (const options of [{}, { ttl: 1e9 }, { max: 5000 }]) {
    const cache = create({ maxBytes: 1_000_000, ...options });
    for (let i = 0; i < 20_000; i++) cache.set(i, i);
    for (let i = 0; i < 20_000; i++) cache.delete(i);
    expect([cache.size, cache.bytes()]).toEqual([0, 0]);
    for (let i = 0; i < 10; i++) cache.set(i, i);
    const other = create({ maxBytes: 1_000_000, ...options });
    for (let i = 0; i < 10; i++) other.set(i, i);
    expect(cache.bytes()).toBe(other.bytes());
  }
});

it("columns grow and shrink with the bound", () => {
  const cache = create({ maxBytes: 500_000 });
  const fill = (): void => {
    for (let i = 0; i < 60_000; i++) cache.set(i, i);
  };
  for (const maxBytes of [500_000, 2_000_000, 90_000, 1_300_000, 8_000]) {
    cache.resize({ maxBytes });
    expect(cache.bytes()).toBeLessThanOrEqual(maxBytes);
    fill();
    expect(cache.bytes()).toBeLessThanOrEqual(maxBytes);
    expect(cache.size).toBeGreaterThan(0.9 * (maxBytes / 56));
  }
});
