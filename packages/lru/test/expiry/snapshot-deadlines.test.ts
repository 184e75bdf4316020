import { LRUCache } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

beforeEach(() => {
  vi.useFakeTimers({ now: 1.7e12 });
});

afterEach(() => {
  vi.useRealTimers();
});

// lru-cache 11.5.3: load() changes the start of each entry from the epoch to its clock, so that the
// same dump, loaded again, has expired 56 years ago.
it("a snapshot with deadlines is loaded twice, in any clock, and left alone", () => {
  const cache = new LRUCache<string, number>({ max: 5, ttl: 1000, idleTtl: 800 });
  cache.set("a", 1).set("b", 2, { ttl: 500 });
  vi.advanceTimersByTime(100);
  cache.get("b");
  const snapshot = cache.snapshot();
  expect(snapshot.entries).toEqual([
    { key: "b", value: 2, writtenAt: 1.7e12, usedAt: 1.7e12 + 100, expiresAt: 1.7e12 + 500 },
    { key: "a", value: 1, writtenAt: 1.7e12, usedAt: 1.7e12, expiresAt: 1.7e12 + 1000 },
  ]);
  const stored = JSON.stringify(snapshot);
  vi.advanceTimersByTime(200);

  for (const clock of [undefined, new FakeClock(), new FakeClock(5e8)]) {
    const restored = LRUCache.from(snapshot, { max: 5, ttl: 1000, idleTtl: 800, clock });
    expect(restored.info("a")).toEqual({ weight: 1, age: 300, idle: 300, expiresIn: 500 });
    expect(restored.info("b")).toEqual({ weight: 1, age: 300, idle: 200, expiresIn: 200 });
    restored.clear();
  }
  expect(JSON.stringify(snapshot)).toBe(stored);
});

it("an entry that has expired since the snapshot is reported, and not restored", () => {
  const cache = new LRUCache<string, number>({ max: 5, ttl: 1000 });
  cache.set("a", 1, { ttl: 500 }).set("b", 2).set("c", 3, { ttl: Infinity });
  const snapshot = JSON.parse(JSON.stringify(cache.snapshot())) as ReturnType<
    typeof cache.snapshot
  >;
  vi.advanceTimersByTime(700);
  const log: unknown[] = [];
  const restored = LRUCache.from(snapshot, {
    max: 5,
    ttl: 1000,
    onRemoval: (...removal) => log.push(removal),
  });
  expect([[...restored.keys()], log]).toEqual([["c", "b"], [["a", 1, "expired"]]]);
  vi.advanceTimersByTime(400);
  expect([...restored.keys()]).toEqual(["c"]);
});

it("deadlines survive a cache without time options, and an entry without times gets a fresh ttl", () => {
  const timed = new LRUCache<string, number>({ max: 5, ttl: 1000 });
  timed.set("a", 1);
  const plain = LRUCache.from(timed.snapshot(), { max: 5 });
  vi.advanceTimersByTime(999);
  expect(plain.has("a")).toBe(true);
  vi.advanceTimersByTime(1);
  expect(plain.has("a")).toBe(false);

  const old = new LRUCache<string, number>({ max: 5 });
  old.set("a", 1);
  const fresh = LRUCache.from(old.snapshot(), { max: 5, ttl: 50 });
  expect(fresh.info("a")?.expiresIn).toBe(50);
});

it.each([NaN, "2024", null])("an entry with the time %o is omitted", (expiresAt) => {
  const snapshot = { version: 1, entries: [{ key: "a", value: 1, writtenAt: 0, expiresAt }] };
  const errors: unknown[] = [];
  const restored = LRUCache.from(snapshot as never, { max: 5, onError: (e) => errors.push(e) });
  expect([restored.size, errors.length]).toEqual([0, 1]);
  expect((errors[0] as Error).cause).toMatchObject({
    message: expect.stringMatching(/^Cannot .+, expected .+/),
  });
});
