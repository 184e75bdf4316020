import { LRUCache, type CacheLease } from "@heapwise/lru";
import { FakeClock, gcUntil } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";

interface Thing {
  readonly name: string;
}

const MONTH = 30 * 86_400_000;

/** The timers that keep the process alive. Timers of caches must not. */
const timers = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

function abandon(options: {
  ttl?: number;
  idleTtl?: number;
  clock?: FakeClock;
}): WeakRef<object>[] {
  const cache = new LRUCache<Thing, Thing>({ max: 100, ...options, onRemoval: () => {} });
  const refs: WeakRef<object>[] = [new WeakRef(cache)];
  for (let i = 0; i < 40; i++) {
    const key = { name: `key ${i}` };
    const value = { name: `value ${i}` };
    cache.set(key, value);
    cache.get(key);
    refs.push(new WeakRef(key), new WeakRef(value));
  }
  return refs;
}

const alive = (refs: readonly WeakRef<object>[]): number =>
  refs.filter((ref) => ref.deref() !== undefined).length;

describe("A cache with a timer that nothing holds", () => {
  it("is collected with all its entries, though its ttl is 30 days", async () => {
    const refs = abandon({ ttl: MONTH, idleTtl: MONTH });
    expect(await gcUntil(() => alive(refs) === 0)).toBe(true);
  });

  it("is collected in the time of the program, whose timer then finds nothing", async () => {
    const clock = new FakeClock();
    const refs = abandon({ ttl: MONTH, clock });
    expect(clock.pending.length).toBe(1);
    expect(await gcUntil(() => alive(refs) === 0)).toBe(true);
    clock.advance(2 * MONTH);
    expect(clock.pending.length).toBe(0);
  });

  it("takes its timer with it", async () => {
    let cleared = 0;
    const { setTimeout, clearTimeout } = globalThis;
    const armed = new Set<unknown>();
    globalThis.setTimeout = ((run: () => void, ms: number) => {
      const timer = setTimeout(run, ms);
      if (ms > 1e6) armed.add(timer);
      return timer;
    }) as typeof setTimeout;
    globalThis.clearTimeout = ((timer: NodeJS.Timeout) => {
      if (armed.delete(timer)) cleared++;
      clearTimeout(timer);
    }) as typeof clearTimeout;
    try {
      for (let i = 0; i < 20; i++) abandon({ ttl: MONTH });
      expect(armed.size).toBe(20);
      expect(await gcUntil(() => cleared === 20)).toBe(true);
    } finally {
      Object.assign(globalThis, { setTimeout, clearTimeout });
    }
  });

  it("keeps no program alive", () => {
    const before = timers();
    const cache = new LRUCache<string, number>({ max: 5, ttl: MONTH });
    cache.set("a", 1);
    expect(timers()).toBe(before);
    expect(cache.size).toBe(1);
  });
});

describe("A value that was removed", () => {
  it("by expiry can be collected, and values that stay are held", async () => {
    const clock = new FakeClock();
    const cache = new LRUCache<Thing, Thing>({ max: 100, clock, onRemoval: () => {} });
    const refs = ((): WeakRef<object>[] =>
      Array.from({ length: 80 }, (_, i) => {
        const value = { name: `value ${i}` };
        cache.set({ name: `key ${i}` }, value, { ttl: i < 40 ? 10 : 1000 });
        return new WeakRef(value);
      }))();
    clock.advance(20);
    expect(await gcUntil(() => alive(refs) === 40)).toBe(true);
    expect(await gcUntil(() => alive(refs) < 40, { tries: 2 })).toBe(false);
    expect(cache.size).toBe(40);
  });

  it("by disposal can be collected after its last lease was given back", async () => {
    const cache = new LRUCache<string, Thing>({ max: 5, dispose: async () => {} });
    const [ref, lease] = (() => {
      const value = { name: "value" };
      cache.set("a", value);
      const held: { current: CacheLease<Thing> | undefined } = { current: cache.acquire("a") };
      return [new WeakRef(value), held] as const;
    })();
    cache.clear();
    expect(await gcUntil(() => ref.deref() === undefined, { tries: 2 })).toBe(false);
    lease.current!.release();
    await cache.disposed();
    lease.current = undefined;
    expect(await gcUntil(() => ref.deref() === undefined)).toBe(true);
    expect(cache.stats().leased).toBe(0);
  });
});
