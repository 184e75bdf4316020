import { Cache, CacheDisposedError, LRUCache, LoadTimeoutError, REMOVE } from "@heapwise/lru";
import { LRUCache as CoreCache } from "@heapwise/lru/core";
import { memoize } from "@heapwise/lru/memoize";
import { meterCache, type MeterShape } from "@heapwise/lru/opentelemetry";
import * as policies from "@heapwise/lru/policies";
import { canonicalKey } from "@heapwise/lru/slots";
import { collected, expect, until, type Checks } from "./check.ts";

/** The cache, without the parts that need Node. */
export const lruChecks: Checks = {
  "lru evicts the least recently used entry, and reports it": () => {
    const removed: string[] = [];
    const cache = new LRUCache<string, number>({
      max: 2,
      onRemoval: (key, _value, cause) => removed.push(`${key} ${cause}`),
    });
    cache.set("a", 1).set("b", 2).get("a");
    cache.set("c", 3).delete("a");
    expect(removed.join() === "b evicted,a deleted", `two removals, got ${removed.join()}`);
    expect(cache.update("c", (old) => (old === 3 ? REMOVE : 0)) === undefined, "an update");
    expect(cache.size === 0 && cache.stats().hits === 1, "an empty cache that counted");
  },
  "lru takes keys of all kinds, like a Map": () => {
    const keys = [1, -0, NaN, 1.5, 2 ** 40, "a", "", 5n, true, null, undefined, Symbol("s"), {}];
    const cache = new LRUCache<unknown, number>({ max: 100 });
    keys.forEach((key, i) => cache.set(key, i));
    expect(keys.every((key, i) => cache.get(key) === i) && cache.get(0) === 1, "each its value");
    expect(Object.is(canonicalKey(-0), 0), "one zero");
  },
  "lru holds its bound in entries and in weight under all policies": () => {
    for (const [name, policy] of Object.entries(policies)) {
      // A bundler may add `default`, which is the whole module.
      if (typeof policy !== "function") continue;
      const options = {
        max: 100,
        maxWeight: 400,
        weigh: (value: string) => value.length,
        policy: policy(),
      };
      for (const cache of [
        new Cache<string, string>(options),
        new CoreCache<string, string>(options),
      ]) {
        for (let i = 0; i < 20_000; i++) {
          const key = `key ${(i * i) % 377}`;
          const found = cache.get(key);
          if (found === undefined) cache.set(key, `value ${i % 7}`);
          else expect(found.startsWith("value"), "its own value");
        }
        expect(cache.size <= 100 && cache.weight <= 400, `${name} below its bounds`);
        expect(cache.stats().hits > 100, `${name} to hit`);
      }
    }
  },
  "lru expires entries by itself on the host's clock": async () => {
    const expired: string[] = [];
    const cache = new LRUCache<string, number>({
      max: 10,
      ttl: 30,
      onRemoval: (key, _value, cause) => expired.push(`${key} ${cause}`),
    });
    cache.set("short", 1).set("long", 2, { ttl: 3_600_000 });
    await until(() => expired.length > 0);
    expect(expired.join() === "short expired", `one to expire, got ${expired.join()}`);
    expect(cache.get("short") === undefined && cache.get("long") === 2, "the other to stay");
    expect(cache.info("long")!.expiresIn! <= 3_600_000, "the rest of its time");
  },
  "lru keeps its bound in bytes": () => {
    const cache = new LRUCache<string, unknown>({ maxBytes: "1mb" });
    for (let i = 0; i < 2000; i++) cache.set(`key ${i}`, { id: i, tags: [`tag ${i}`, i + 0.5] });
    for (let i = 0; i < 100; i++) cache.set(`buffer ${i}`, new Uint8Array(50_000));
    expect(cache.bytes() <= 1e6 && cache.bytes() > 900_000, `a full cache, got ${cache.bytes()}`);
    expect(cache.size === 19, `19 buffers, got ${cache.size}`);
  },
  "lru loads once for all callers, aborts, and serves stale values": async () => {
    let loads = 0;
    let time = 0;
    const cache = new LRUCache<string, string>({
      max: 10,
      ttl: 10,
      staleWhileRevalidate: 100,
      clock: { now: () => time },
      load: async (key, { signal }) => {
        expect(!signal.aborted, "a signal that is not aborted");
        await Promise.resolve();
        return `${key} ${++loads}`;
      },
    });
    const both = await Promise.all([cache.getOrLoad("a"), cache.getOrLoad("a")]);
    expect(both.join() === "a 1,a 1", `one load, got ${both.join()}`);
    time = 20;
    expect((await cache.getOrLoad("a")) === "a 1", "the stale value");
    await until(() => loads === 2 && cache.peek("a") === "a 2");
    const controller = new AbortController();
    const left = cache.getOrLoad("b", () => new Promise(() => {}), { signal: controller.signal });
    controller.abort(new Error("left"));
    expect((await left.catch((error: Error) => error.message)) === "left", "the reason");
  },
  "lru ends loads that take too long, by the host's timers": async () => {
    const cache = new LRUCache<string, string>({ max: 10, hardTimeout: 20 });
    const error = await cache.getOrLoad("a", () => new Promise(() => {})).catch((each) => each);
    expect(error instanceof LoadTimeoutError, `a LoadTimeoutError, got ${String(error)}`);
  },
  "lru lends values, and disposes of them": () => {
    const disposed: string[] = [];
    const cache = new LRUCache<string, string>({
      max: 1,
      dispose: (value) => void disposed.push(value),
    });
    cache.set("a", "A");
    const lease = cache.acquire("a")!;
    cache.set("b", "B");
    expect(disposed.length === 0 && lease.value === "A", "a value that is lent");
    lease.release();
    lease.release();
    expect(disposed.join() === "A", "the value to be disposed of once");
  },
  "lru disposes of values by their own method, and of itself": () => {
    const closed: string[] = [];
    const dispose: typeof Symbol.dispose = Symbol.dispose;
    // Older browsers do not have this symbol. The rest of the package still works.
    if (dispose === undefined) return;
    const cache = new LRUCache<string, Disposable>({ max: 1, dispose: true });
    cache.set("a", { [dispose]: () => void closed.push("a") });
    cache.acquire("a")![dispose]();
    expect(closed.length === 0, "a value in the cache to stay open");
    cache[dispose]();
    expect(closed.join() === "a", "a value to be closed with its cache");
    let error: unknown;
    try {
      cache.set("b", { [dispose]: () => {} });
    } catch (thrown) {
      error = thrown;
    }
    expect(error instanceof CacheDisposedError, "an error for a write after the end");
  },
  "lru memoizes, and makes and restores snapshots": async () => {
    let calls = 0;
    const square = memoize(async (n: number) => (calls++, n * n));
    expect((await square(3)) === 9 && (await square(3)) === 9 && calls === 1, "one call");
    const cache = new LRUCache<string, number>({ max: 5, ttl: 1000 }).set("a", 1);
    const snapshot = JSON.parse(JSON.stringify(cache.snapshot())) as ReturnType<
      typeof cache.snapshot
    >;
    expect(LRUCache.from(snapshot, { max: 5 }).get("a") === 1, "the entry in the copy");
  },
  "lru reports to a meter": () => {
    const named: string[] = [];
    const create = (name: string): object => (named.push(name), {});
    const meter: MeterShape = {
      createObservableCounter: create,
      createObservableUpDownCounter: create,
      createHistogram: (name) => (named.push(name), { record: () => {} }),
      addBatchObservableCallback: () => {},
      removeBatchObservableCallback: () => {},
    };
    new LRUCache({ max: 1, observers: [meterCache(meter, { name: "smoke" })] }).set(1, 1);
    expect(named.includes("heapwise.cache.entries"), "an instrument for entries");
  },
};

/** Objects that the cache must not keep alive. */
export const lruCollections: Checks = {
  "lru keeps no removed entry alive": async () => {
    const cache = new LRUCache<object, object>({ max: 10, ttl: 3_600_000 });
    const refs = Array.from({ length: 500 }, () => {
      const value = {};
      cache.set({}, value);
      return new WeakRef(value);
    });
    const alive = (): number => refs.filter((ref) => ref.deref() !== undefined).length;
    expect(await collected(() => alive() <= 60), `few values, got ${alive()}`);
    expect(cache.size === 10 && alive() >= 10, "the entries in the cache to stay");
  },
};
