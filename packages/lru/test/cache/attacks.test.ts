import { LRUCache } from "@heapwise/lru";
import { memoize } from "@heapwise/lru/memoize";
import { LRUCache as Core } from "@heapwise/lru/core";
import { AsyncLocalStorage } from "node:async_hooks";
import { FakeClock } from "@heapwise/testkit";
import { expect, it, vi } from "vitest";

it("listeners in later slices are outside of the request", async () => {
  const als = new AsyncLocalStorage<string>();
  let host = 0;
  vi.stubGlobal("performance", { now: () => (host += 3_600_000) });
  let now = 0;
  const seen = new Set<unknown>();
  let left = 0;
  const cache = new LRUCache<number, number>({
    max: 20_000,
    ttl: 10,
    clock: { now: () => now },
    onRemoval: () => {
      left++;
      seen.add(als.getStore());
    },
  });
  for (let i = 0; i < 20_000; i++) cache.set(i, i);
  now = 20;
  als.run("request", () => void cache.expireNow.length);
  als.run("request", () => void cache.stats());
  for (let i = 0; i < 100; i++) await new Promise((r) => setImmediate(r));
  vi.unstubAllGlobals();
  expect([left, [...seen]]).toEqual([20_000, [undefined]]);
});

it("cancel of the program's clock that writes in the middle of a change", async () => {
  let cancels = 0;
  const clock = new FakeClock();
  let inner = false;
  const cache: LRUCache<string, number> = new LRUCache<string, number>({
    max: 3,
    ttl: 100,
    hardTimeout: 1000,
    clock: {
      now: clock.now,
      schedule: (run, ms) => {
        const c = clock.schedule(run, ms);
        return () => {
          cancels++;
          c();
          if (!inner) {
            inner = true;
            cache.set("in", 9, { ttl: 7 });
            inner = false;
          }
        };
      },
    },
  });
  const p = cache
    .getOrLoad("a", () => new Promise(() => {}), { signal: new AbortController().signal })
    .catch(() => {});
  void p;
  const c = new AbortController();
  const q = cache.getOrLoad("b", () => new Promise(() => {}), { signal: c.signal }).catch(() => {});
  cache.set("b", 1, { ttl: 50 });
  c.abort();
  await q;
  expect(cache.info("b")?.expiresIn).toBe(50);
  expect(cancels).toBeGreaterThan(0);
});

it("memoize with max 0, sync and async", async () => {
  let n = 0;
  const sync = memoize(
    (x: number) => {
      n++;
      return x;
    },
    { max: 0 },
  );
  expect([sync(1), sync(1), n]).toEqual([1, 1, 2]);
  const later = memoize(
    async (x: number) => {
      n++;
      await Promise.resolve();
      return x;
    },
    { max: 0 },
  );
  n = 0;
  expect(await Promise.all([later(0), later(0)])).toEqual([0, 0]);
  const a = later(1),
    b = later(1);
  expect([...(await Promise.all([a, b])), n]).toEqual([1, 1, 2]);
  const off = memoize(
    async (x: number) => {
      n++;
      await Promise.resolve();
      return x;
    },
    { maxBytes: 0 },
  );
  n = 0;
  await off(1);
  await off(1);
  await off(1);
  expect(n).toBe(3);
});

it("core max 0 and back", () => {
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

it("snapshot of keys and values that JSON changes", () => {
  const c = new LRUCache<unknown, unknown>({ max: 20, ttl: Infinity, refreshAfter: 5 });
  c.set(undefined, 1)
    .set(NaN, 2)
    .set(Symbol("s"), 3)
    .set("f", () => 1)
    .set("s", Symbol("v"))
    .set("i", Infinity)
    .set("nan", NaN);
  const errors: unknown[] = [];
  const back = LRUCache.from(JSON.parse(JSON.stringify(c.snapshot())), {
    max: 20,
    onError: (e) => errors.push(e),
  });
  expect([back.size, errors.length]).toEqual([5, 1]);
});

it("own refreshAfter of 0 and Infinity through JSON", async () => {
  for (const own of [0, Infinity, 3]) {
    const c = new LRUCache<string, number>({
      max: 2,
      ttl: 1000,
      refreshAfter: 5,
      load: (_k, x) => {
        x.refreshAfter = own;
        return 1;
      },
    });
    await c.getOrLoad("a");
    const s = JSON.parse(JSON.stringify(c.snapshot()));
    const b = LRUCache.from<string, number>(s, { max: 2, ttl: 1000, refreshAfter: 5 });
    expect(b.snapshot().entries[0]!.refreshAfter).toBe(own);
  }
});

it("entries of snapshots with null in optional fields", () => {
  const errors: unknown[] = [];
  const b = LRUCache.from<string, number>(
    {
      version: 1,
      entries: [
        { key: "a", value: 1, expiresAt: null, writtenAt: null, weight: null, tags: null } as never,
        { key: "b", value: 1, refreshAfter: "x" } as never,
        { key: "c", value: 1, expiresAt: Infinity } as never,
        { key: "d", value: 1, tags: "abc" } as never,
        { key: "e", value: 1, unknown: 5 } as never,
        null as never,
        5 as never,
        [] as never,
      ],
    },
    { max: 9, onError: (e) => errors.push(e) },
  );
  expect([...b.keys()]).toEqual(["e"]);
  expect((errors[0] as Error).message).toMatch(/7 of 8/);
});

it("deleteByTag in finishing order: fence for sync loaders, bulk, refreshes, batches", async () => {
  const c: LRUCache<number, number> = new LRUCache<number, number>({
    max: 9,
    loadMany: (keys, ctx) => {
      ctx.tags = ["x"];
      c.deleteByTag("x");
      return keys.map((k) => [k, k] as const);
    },
  });
  await Promise.all([c.getOrLoad(1), c.getOrLoad(2)]);
  expect(c.size).toBe(0);
  const d: LRUCache<number, number> = new LRUCache<number, number>({ max: 9 });
  await d.getOrLoad(1, (_k, ctx) => {
    ctx.tags = {
      *[Symbol.iterator]() {
        yield "x";
        d.deleteByTag("x");
      },
    } as never;
    return 1;
  });
  expect(d.size).toBe(0);
});
