import { LRUCache, type LRUCacheOptions } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const COUNT = 20_000;
/**
 * The number of slots that a slice visits before it reads the time, which then moves by an hour.
 */
const SLICE = 2048 + 64;

/** The step of the time of the host with each reading, ms. */
const host = { now: 0, step: 3_600_000 };

beforeEach(() => {
  host.step = 3_600_000;
  vi.stubGlobal("performance", { now: () => (host.now += host.step) });
});
afterEach(() => vi.unstubAllGlobals());

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

type Options = Partial<LRUCacheOptions<number, number>>;

/** A cache full of entries that expire together. */
function filled(options: Options = {}) {
  const clock = new FakeClock();
  const left: number[] = [];
  const causes = new Set<string>();
  const cache = new LRUCache<number, number>({
    max: COUNT,
    ttl: 100,
    clock,
    onRemoval: (key, _value, cause) => {
      left.push(key);
      causes.add(cause);
    },
    ...options,
  });
  for (let i = 0; i < COUNT; i++) cache.set(i, i);
  return { cache, clock, left, causes };
}

describe("Entries that expire together", () => {
  it("are removed in slices, each in a macrotask of its own, without any call", async () => {
    const { cache, clock, left, causes } = filled();
    clock.advance(101);
    const turns: number[] = [left.length];
    while (left.length < COUNT && turns.length < 50) {
      await turn();
      turns.push(left.length);
    }
    expect(turns.length).toBeGreaterThan(5);
    turns.forEach((count, i) => expect(count - (turns[i - 1] ?? 0)).toBeLessThanOrEqual(SLICE));
    expect([...causes]).toEqual(["expired"]);
    expect(left).toEqual([...left].sort((a, b) => a - b));
    expect([cache.size, cache.stats().expirations]).toEqual([0, COUNT]);
    clock.advance(100);
    expect(clock.pending).toEqual([]);
    // The memory was given back.
    expect(cache.bytes()).toBeLessThan(10_000);
  });

  it.each<[string, (cache: LRUCache<number, number>) => unknown]>([
    ["get", (cache) => cache.get(-1)],
    ["get of one of them", (cache) => cache.get(7)],
    ["set", (cache) => cache.set(-1, 1, { ttl: 1e6 })],
    ["delete", (cache) => cache.delete(-1)],
    ["size", (cache) => cache.size],
    ["weight", (cache) => cache.weight],
    ["bytes", (cache) => cache.bytes()],
    ["stats", (cache) => cache.stats()],
  ])("are swept by %s a slice at a time, and then without calls", async (_name, use) => {
    const fake = new FakeClock();
    const timed = filled({ clock: { now: fake.now } });
    fake.advance(101);
    use(timed.cache);
    // Slots that only change their bucket count as well.
    expect(timed.left.length).toBeLessThanOrEqual(SLICE);
    // The same turn again: almost nothing is left to do.
    const before = timed.left.length;
    for (let i = 0; i < 10; i++) timed.cache.delete(-2);
    expect(timed.left.length - before).toBeLessThanOrEqual(160);
    for (let i = 0; i < 50; i++) await turn();
    expect(timed.left.length).toBe(COUNT);
    expect(timed.cache.size).toBe(timed.cache.has(-1) ? 1 : 0);
  });

  it("are out of sight from their deadline on", () => {
    const { cache, clock } = filled();
    cache.set(3, 3, { ttl: 1000 });
    clock.advance(101);
    expect([cache.get(COUNT - 1), cache.peek(COUNT - 1), cache.has(COUNT - 1)]).toEqual([
      undefined,
      undefined,
      false,
    ]);
    expect([...cache]).toEqual([[3, 3]]);
    expect([cache.hottest(2), cache.coldest(2)]).toEqual([[[3, 3]], [[3, 3]]]);
    expect(cache.snapshot().entries).toHaveLength(1);
    expect(cache.info(COUNT - 1)).toBe(undefined);
    expect(cache.size).toBeGreaterThan(1);
    expect(cache.delete(COUNT - 1)).toBe(false);
  });

  it.each<[string, (cache: LRUCache<number, number>) => unknown, unknown]>([
    ["expireNow", (cache) => cache.expireNow(), COUNT],
    ["clear", (cache) => cache.clear(), undefined],
    ["evict", (cache) => cache.evict(), undefined],
    ["resize", (cache) => cache.resize({ max: 5 }), undefined],
    ["trim", (cache) => cache.trim(0.5), 0],
    ["deleteWhere", (cache) => cache.deleteWhere(() => true), 0],
    ["disposal", (cache) => cache[Symbol.dispose](), undefined],
  ])("leave all at once in %s", (_name, use, result) => {
    const fake = new FakeClock();
    const timed = filled({ clock: { now: fake.now } });
    fake.advance(101);
    expect(use(timed.cache)).toEqual(result);
    expect([timed.left.length, [...timed.causes]]).toEqual([COUNT, ["expired"]]);
    expect(timed.cache.size).toBe(0);
  });

  it("are evicted for a newcomer before any live entry", () => {
    const fake = new FakeClock();
    const { cache, causes } = filled({ clock: { now: fake.now } });
    // Now and then an entry that does not expire, and that is the least recently used.
    for (let i = 0; i < COUNT; i += 3) cache.set(i, i, { ttl: 1e6 });
    for (let i = 1; i < COUNT; i += 3) cache.get(i);
    fake.advance(101);
    for (let i = 0; i < 2 * (COUNT / 3) - 1; i++) cache.set(COUNT + i, i, { ttl: 1e6 });
    expect([...causes]).toEqual(["expired"]);
    for (let i = 0; i < COUNT; i += 3) expect(cache.has(i)).toBe(true);
  });

  it("are removed even if listeners throw, which is reported once for each slice", async () => {
    const errors: unknown[] = [];
    const { cache, clock } = filled({
      onRemoval: () => {
        throw new Error("deaf");
      },
      onError: (error) => errors.push(error),
    });
    clock.advance(101);
    for (let i = 0; i < 50; i++) await turn();
    expect(cache.stats().expirations).toBe(COUNT);
    expect(errors.length).toBeGreaterThan(5);
    expect(errors.length).toBeLessThan(COUNT / 1000);
  });

  it("are removed at once if the time of the host stands still, as with fake timers", () => {
    host.step = 0;
    const { cache, clock } = filled();
    clock.advance(101);
    expect(cache.size).toBe(0);
  });

  it("are removed in slices by Date.now if the host has no performance", () => {
    const fake = new FakeClock();
    const { cache, left } = filled({ clock: { now: fake.now } });
    vi.stubGlobal("performance", undefined);
    const now = vi.spyOn(Date, "now").mockImplementation(() => (host.now += host.step));
    fake.advance(101);
    const { size } = cache;
    now.mockRestore();
    expect(size).toBeGreaterThanOrEqual(COUNT - SLICE);
    cache.expireNow();
    expect(left.length).toBe(COUNT);
  });

  it("leave the timer to entries that are added after a clear in the middle", async () => {
    const { cache, clock, left } = filled();
    clock.advance(101);
    cache.clear();
    cache.set(1, 1);
    await turn();
    expect([cache.size, clock.pending.length]).toEqual([1, 1]);
    left.length = 0;
    clock.advance(110);
    expect(left).toEqual([1]);
  });

  it("become stale in slices", async () => {
    const { cache, clock, left } = filled({ staleWhileRevalidate: 1000, onRemoval: undefined });
    clock.advance(101);
    expect(cache.stats().stale).toBeLessThanOrEqual(2 * SLICE);
    for (let i = 0; i < 50; i++) await turn();
    expect([cache.size, cache.weight, cache.stats().stale, left]).toEqual([0, 0, COUNT, []]);
    clock.advance(1001);
    for (let i = 0; i < 50; i++) await turn();
    expect([cache.stats().stale, cache.stats().expirations]).toEqual([0, COUNT]);
  });
});
