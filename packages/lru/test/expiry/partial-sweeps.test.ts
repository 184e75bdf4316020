import { LRUCache, type RemovalCause } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { checkProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

const host = vi.hoisted(() => ({ slots: 1, tasks: [] as (() => void)[] }));

// Slices of one or two slots, and macrotasks that run when the walk runs them.
vi.mock(import("../../src/expiry/slice.ts"), () => ({
  MANY_SLOTS: 2,
  FEW_SLOTS: 1,
  createSlice: (slots: number) => {
    let left = slots === Infinity ? Infinity : host.slots;
    return () => left-- > 0;
  },
}));
vi.mock(import("../../src/host/macrotask.ts"), () => ({
  inMacrotask: (run: () => void) => void host.tasks.push(run),
}));

interface Times {
  readonly ttl: number;
  readonly idleTtl?: number;
  readonly staleWhileRevalidate?: number;
}

interface Entry {
  readonly value: number | undefined;
  readonly deadline: number;
  usedAt: number;
}

const MAX = 12;

/**
 * The entries of a cache, including the entries that the cache may remove but has not, and whether
 * it may remove an entry.
 */
class Model {
  /** The least recently used first. */
  readonly entries = new Map<number, Entry>();
  readonly #times: Times;
  now = 0;

  constructor(times: Times) {
    this.#times = times;
  }

  isAbsent({ deadline, usedAt }: Entry, staleFor = 0): boolean {
    const { idleTtl = Infinity } = this.#times;
    return this.now >= Math.min(deadline, usedAt + idleTtl) + staleFor;
  }

  isOver(entry: Entry): boolean {
    const { staleWhileRevalidate = 0 } = this.#times;
    return this.isAbsent(entry, entry.value === undefined ? 0 : staleWhileRevalidate);
  }

  get live(): [number, Entry][] {
    return [...this.entries].filter(([, entry]) => !this.isAbsent(entry));
  }

  use(key: number): void {
    const entry = this.entries.get(key);
    if (entry === undefined || this.isAbsent(entry)) return;
    entry.usedAt = this.now;
    this.entries.delete(key);
    this.entries.set(key, entry);
  }

  leave(key: number, value: number | undefined, cause: RemovalCause): void {
    const entry = this.entries.get(key)!;
    expect(entry.value).toBe(value);
    if (cause === "expired") expect(this.isOver(entry)).toBe(true);
    else if (cause === "evicted" && !this.isAbsent(entry)) {
      // A live entry is evicted after all others, the least recently used first.
      expect(this.live).toHaveLength(this.entries.size);
      expect(key).toBe([...this.entries.keys()][0]);
    }
    this.entries.delete(key);
  }
}

const anyKey = fc.integer({ min: 0, max: 2 * MAX });
const span = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constantFrom(64, 1000, 20_000));
const anyStep = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      name: fc.constant("set" as const),
      key: anyKey,
      ttl: fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ name: fc.constant("get" as const), key: anyKey }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("delete" as const), key: anyKey }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("fill" as const) }) },
  { weight: 4, arbitrary: fc.record({ name: fc.constant("advance" as const), ms: span }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("task" as const) }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("size" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      name: fc.constantFrom("expireNow", "clear", "evict", "trim", "resize", "deleteWhere"),
    }),
  },
);

const KINDS: readonly Times[] = [
  { ttl: 50 },
  { ttl: 1000 },
  { ttl: 100, idleTtl: 30 },
  { ttl: 50, staleWhileRevalidate: 20 },
  { ttl: 300, idleTtl: 100, staleWhileRevalidate: 200 },
];

describe.each(KINDS)("Sweeps of a slot or two with %o", (times) => {
  it.each([
    [1, true],
    [1, false],
    [2, true],
    [5, false],
  ])("of %d slots, with a timer: %s, agree with the model", (slots, hasTimer) => {
    checkProperty(
      fc.property(fc.array(anyStep, { maxLength: 120, size: "max" }), (steps) => {
        host.slots = slots;
        host.tasks = [];
        const clock = new FakeClock();
        const model = new Model(times);
        let written = 0;
        const cache = new LRUCache<number, number | undefined>({
          max: MAX,
          ...times,
          clock: hasTimer ? clock : { now: clock.now },
          onRemoval: (key, value, cause) => model.leave(key, value, cause),
        });
        /** A new value, which is sometimes undefined. */
        const write = (key: number, ttl: number | undefined): void => {
          const next = ++written % 5 === 0 ? undefined : written;
          cache.set(key, next, { ttl });
          model.entries.delete(key);
          const deadline = model.now + (ttl ?? times.ttl);
          model.entries.set(key, { value: next, deadline, usedAt: model.now });
        };
        for (const step of steps) {
          const { name } = step;
          let isWhole = false;
          if (name === "set") write(step.key, step.ttl);
          else if (name === "fill") for (let i = 100; i < 100 + MAX; i++) write(i, undefined);
          else if (name === "get") {
            const entry = model.live.find(([key]) => key === step.key);
            expect(cache.get(step.key)).toBe(entry?.[1].value);
            model.use(step.key);
          } else if (name === "delete") {
            const isLive = model.live.some(([key]) => key === step.key);
            expect(cache.delete(step.key)).toBe(isLive);
          } else if (name === "advance") {
            model.now += step.ms;
            clock.advance(step.ms);
          } else if (name === "task") host.tasks.shift()?.();
          else if (name === "size") {
            const { size } = cache;
            expect(size).toBeGreaterThanOrEqual(model.live.length);
            expect(size).toBeLessThanOrEqual(model.entries.size);
            expect(cache.weight).toBeLessThanOrEqual(size);
          } else {
            isWhole = true;
            if (name === "expireNow") {
              const { size } = model.entries;
              expect(cache.expireNow()).toBe(size - model.entries.size);
            } else if (name === "clear") cache.clear();
            else if (name === "evict") cache.evict();
            else if (name === "trim") cache.trim(0.5);
            else if (name === "resize") cache.resize({ max: MAX });
            else cache.deleteWhere((value) => value !== undefined && value % 2 === 0);
          }
          expect(host.tasks.length).toBeLessThanOrEqual(1);
          const { live } = model;
          expect([...cache]).toEqual(live.map(([key, { value }]) => [key, value]).reverse());
          expect(model.entries.size).toBeLessThanOrEqual(MAX);
          if (!isWhole) continue;
          expect([...model.entries.values()].filter((entry) => model.isOver(entry))).toEqual([]);
          expect([cache.size, cache.weight]).toEqual([live.length, live.length]);
          expect(cache.stats().stale).toBe(model.entries.size - live.length);
        }
        model.now += 1e6;
        clock.advance(1e6);
        // The other entries are removed by themselves.
        void cache.size;
        for (let turns = 0; host.tasks.length > 0; turns++) {
          expect(turns).toBeLessThan(20 * MAX);
          host.tasks.shift()!();
        }
        expect([model.entries.size, cache.size, cache.stats().stale]).toEqual([0, 0, 0]);
        clock.advance(1e6);
        expect(clock.pending).toEqual([]);
      }),
      { runs: 25 },
    );
  });
});
