import { edgeHost, HOST_GLOBALS, importBare, unreadable } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";

const CODE = `
  import { LRUCache, CacheDisposedError } from "@heapwise/lru";
  import { LRUCache as CoreCache } from "@heapwise/lru/core";
  import { memoize } from "@heapwise/lru/memoize";
  import { adaptive, lru, s3Fifo, sieve, wTinyLfu } from "@heapwise/lru/policies";
  let time = 1e12;
  Date.now = () => time;
  export const advance = (ms) => { time += ms; };
  export const policies = [adaptive, lru, s3Fifo, sieve, wTinyLfu];
  export const { dispose } = Symbol;
  export { LRUCache, CacheDisposedError, CoreCache, memoize };
`;

interface Exports {
  readonly LRUCache: typeof import("@heapwise/lru").LRUCache;
  readonly CacheDisposedError: typeof import("@heapwise/lru").CacheDisposedError;
  readonly CoreCache: typeof import("@heapwise/lru/core").LRUCache;
  readonly memoize: typeof import("@heapwise/lru/memoize").memoize;
  readonly policies: readonly (() => import("@heapwise/lru").PolicyFactory)[];
  /** `Symbol.dispose` of the realm, if it has one. */
  readonly dispose: typeof Symbol.dispose | undefined;
  advance(ms: number): void;
}

function refused(): never {
  throw new Error("Disallowed operation called within global scope");
}

const UNREADABLE = [...HOST_GLOBALS, "Intl", "Buffer", "SharedArrayBuffer"];

/** Neither of the two is what its name says. */
const NOTHING = { performance: null, FinalizationRegistry: null, WeakRef: refused, Intl: null };

/** A port, a timer or the like that cannot be created or used. */
const REFUSING = {
  setTimeout: refused,
  clearTimeout: refused,
  setImmediate: refused,
  MessageChannel: refused,
  AbortController: refused,
};

const HOSTS = [
  ["nothing", {}, []],
  ["no FinalizationRegistry", {}, ["FinalizationRegistry"]],
  ["no FinalizationRegistry and no WeakRef", {}, ["FinalizationRegistry", "WeakRef"]],
  ["timers, and no FinalizationRegistry", { setTimeout, clearTimeout }, ["FinalizationRegistry"]],
  ["timers that it refuses", REFUSING, []],
  ["a process that throws", { process: { getBuiltinModule: refused } }, []],
  ["a process without modules", { process: { getBuiltinModule: () => ({}) } }, []],
  ["the stand-ins of an edge runtime", edgeHost(), []],
  ["globals that throw as they are read", unreadable(...UNREADABLE), []],
  ["an engine that refuses what it has", NOTHING, []],
  ["a performance that tells no time", { performance: {}, setTimeout, clearTimeout }, []],
  ["timers that cannot be cancelled", { setTimeout }, []],
] as const;

describe.each(HOSTS)("In a host with %s", (_, host, without) => {
  const reports: unknown[] = [];
  const given = Object.defineProperties(
    { reportError: (error: unknown) => reports.push(error) },
    Object.getOwnPropertyDescriptors(host),
  );
  const { LRUCache, CacheDisposedError, CoreCache, memoize, policies, dispose, advance } =
    importBare<Exports>(CODE, { given, without });

  it("a cache keeps its bound, and expires entries when it is used", () => {
    const removed: string[] = [];
    const cache = new LRUCache<string, number>({
      max: 3,
      ttl: 1000,
      onRemoval: (key, _value, cause) => removed.push(`${key} ${cause}`),
    });
    cache.set("a", 1).set("b", 2).set("c", 3).set("d", 4, { ttl: Infinity });
    expect(cache.get("b")).toBe(2);
    for (let i = 0; i < 10_000; i++) cache.get("d");
    advance(1000);
    expect([cache.get("b"), cache.get("d")]).toEqual([undefined, 4]);
    advance(1000);
    expect(cache.size).toBe(1);
    expect(removed.sort()).toEqual(["a evicted", "b expired", "c expired"]);
  });

  it("loads are shared, refreshed and limited in time, and failures are remembered", async () => {
    let loads = 0;
    const cache = new LRUCache<string, number>({
      max: 5,
      ttl: 1000,
      staleWhileRevalidate: 1000,
      hardTimeout: 3_600_000,
      softTimeout: 3_600_000,
      negativeTtl: 1000,
      load: async (key) => {
        loads++;
        if (key === "bad") throw new Error("bad");
        return loads;
      },
    });
    expect(await Promise.all([cache.getOrLoad("a"), cache.getOrLoad("a")])).toEqual([1, 1]);
    advance(1500);
    expect(await cache.getOrLoad("a")).toBe(1);
    await cache.refresh("a");
    expect(cache.get("a")).toBe(loads);
    const before = loads;
    for (let i = 0; i < 2; i++) await expect(cache.getOrLoad("bad")).rejects.toThrow("bad");
    expect(loads).toBe(before + 1);
  });

  it("values are lent, disposed of, and weighed in bytes", async () => {
    const disposed: string[] = [];
    const cache = new LRUCache<string, string>({
      maxBytes: "1mb",
      idleTtl: 1000,
      dispose: async (value) => void disposed.push(value),
    });
    const lease = cache.set("a", "A").set("b", "B").acquire("a")!;
    cache.clear();
    expect(disposed).toEqual(["B"]);
    lease.release();
    await cache.disposed();
    expect(disposed).toEqual(["B", "A"]);
    if (dispose === undefined) return;
    cache[dispose]();
    expect(() => cache.set("c", "C")).toThrow(CacheDisposedError);
  });

  it("values of any kind are sized, but a part of an unknown memory is refused", () => {
    const cache = new LRUCache<string, unknown>({ maxBytes: "1mb" });
    const values = [
      { a: ["x".repeat(100)] },
      "y".repeat(100),
      new Map([[1, {}]]),
      new Date(),
      () => 1,
    ];
    for (const [i, value] of values.entries()) cache.set(`${i}`, value);
    expect(cache.size).toBe(values.length);
    expect(cache.bytes()).toBeGreaterThan(500);
    expect(() => new LRUCache({ maxBytes: "10%" })).toThrow(
      "Cannot create cache: maxBytes is \"10%\" of a memory that the host does not report, expected bytes, or a size such as '64mb'",
    );
  });

  it("loads of one turn are one batch", async () => {
    const batches: (readonly string[])[] = [];
    const cache = new LRUCache<string, string>({
      max: 5,
      loadMany: async (keys) => {
        batches.push(keys);
        return new Map(keys.map((key) => [key, key.toUpperCase()]));
      },
    });
    expect(await Promise.all([cache.getOrLoad("a"), cache.getOrLoad("b")])).toEqual(["A", "B"]);
    expect(batches).toEqual([["a", "b"]]);
  });

  it("all policies, the core and memoize work", async () => {
    for (const policy of policies) {
      for (const Cache of [LRUCache, CoreCache]) {
        const cache = new Cache<number, number>({ max: 10, policy: policy() });
        for (let i = 0; i < 1000; i++) cache.set(i % 30, i);
        expect(cache.size).toBe(10);
      }
    }
    let calls = 0;
    const square = memoize((n: number) => (calls++, n * n), { ttl: 1000 });
    expect([square(3), square(3), calls]).toEqual([9, 9, 1]);
  });

  it("only a listener that throws is reported", async () => {
    expect(reports).toEqual([]);
    const cache = new LRUCache<string, object>({
      max: 5,
      dispose: () => Promise.reject(new Error("mine")),
    });
    cache.set("a", {}).clear();
    await cache.disposed().catch(() => {});
    expect(reports.splice(0)).toMatchObject([{ message: "mine" }]);
  });
});

it("A host without its own performance.now uses its other clock, and bursts need its own timers", () => {
  let time = 0;
  class Performance {
    now(): number {
      return time;
    }
  }
  const given = { performance: new Performance() };
  const { LRUCache } = importBare<Exports>(CODE, { given });
  const cache = new LRUCache<string, number>({ max: 5, ttl: 3_600_000 }).set("a", 1);
  for (let i = 0; i < 1000; i++) cache.get("a");
  time = 3_600_000;
  expect(cache.get("a")).toBe(undefined);
});

it("A host that refuses timers at first is asked again at each change", () => {
  const armed: (() => void)[] = [];
  let attempts = 0;
  let isRefused = true;
  const given = {
    setTimeout: (run: () => void) => {
      attempts++;
      if (isRefused) refused();
      return armed.push(run);
    },
    clearTimeout: () => {},
  };
  const { LRUCache, advance } = importBare<Exports>(CODE, { given });
  const errors: unknown[] = [];
  const removed: string[] = [];
  const cache = new LRUCache<string, number>({
    max: 5,
    ttl: 1000,
    onRemoval: (key) => removed.push(key),
    onError: (error) => errors.push(error),
  });
  cache.set("a", 1).set("b", 2);
  expect([attempts, armed.length]).toEqual([2, 0]);
  isRefused = false;
  cache.set("c", 3).set("d", 4);
  expect([attempts, armed.length]).toEqual([3, 1]);
  advance(1100);
  armed[0]!();
  expect([removed, errors]).toEqual([["a", "b", "c", "d"], []]);
});

it("A clock of the program that throws is reported, also without timers of the host", () => {
  const { LRUCache } = importBare<Exports>(CODE);
  const errors: unknown[] = [];
  const clock = { now: () => 0, schedule: refused };
  const cache = new LRUCache<string, number>({
    max: 5,
    ttl: 1000,
    clock,
    onError: (error) => errors.push(error),
  });
  cache.set("a", 1).set("b", 2);
  expect(errors).toMatchObject([{ message: /Disallowed/ }, { message: /Disallowed/ }]);
});
