import { LRUCache } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it, vi } from "vitest";

/** A value that records its disposal. */
function resource(log: string[], name: string): Disposable {
  return { [Symbol.dispose]: () => void log.push(`disposed ${name}`) };
}

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (e: unknown) => void } {
  let resolve = (): void => {};
  let reject = (_error: unknown): void => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe("acquire", () => {
  it("lends a value, and is a use that counts as get", () => {
    const cache = new LRUCache<string, number | undefined>({ max: 2 });
    cache.set("a", 1).set("b", undefined);
    const a = cache.acquire("a");
    const b = cache.acquire("b");
    expect([a?.value, b?.value, b !== undefined, cache.acquire("c")]).toEqual([
      1,
      undefined,
      true,
      undefined,
    ]);
    expect(cache.stats()).toMatchObject({ hits: 2, misses: 1, leased: 0 });
    expect([...cache.keys()]).toEqual(["b", "a"]);
  });

  it("knows no expired entry", () => {
    const clock = new FakeClock();
    const cache = new LRUCache<string, number>({ max: 2, ttl: 10, clock });
    cache.set("a", 1);
    clock.advance(10);
    expect(cache.acquire("a")).toBe(undefined);
  });

  const WAYS: Record<string, (cache: LRUCache<string, Disposable>, clock: FakeClock) => void> = {
    "is deleted": (cache) => cache.delete("a"),
    "is cleared": (cache) => cache.clear(),
    "is evicted": (cache) => void cache.set("b", resource([], "b")).set("c", resource([], "c")),
    "is evicted by evict()": (cache) => void cache.evict(),
    "is evicted by resize": (cache) => cache.set("b", resource([], "b")).resize({ max: 1 }),
    "is trimmed": (cache) => void cache.trim(0),
    "is replaced": (cache) => void cache.set("a", resource([], "a2")),
    expires: (_cache, clock) => clock.advance(100),
    "leaves with a disposed cache": (cache) => cache[Symbol.dispose](),
  };

  it.each(Object.entries(WAYS))(
    "keeps a value that %s, until the last lease ends",
    async (_way, leave) => {
      const log: string[] = [];
      const clock = new FakeClock();
      const cache = new LRUCache<string, Disposable>({
        max: 2,
        ttl: 100,
        clock,
        onRemoval: (key) => log.push(`removed ${key}`),
      });
      cache.set("a", resource(log, "a"));
      const first = cache.acquire("a")!;
      const second = cache.acquire("a")!;

      leave(cache, clock);
      expect(log[0]).toBe("removed a");
      expect(log).not.toContain("disposed a");
      expect(cache.stats().leased).toBe(1);
      const isDone = vi.fn();
      const done = cache.disposed().then(isDone);
      await Promise.resolve();

      first.release();
      first.release();
      first[Symbol.dispose]();
      expect(log).not.toContain("disposed a");
      await Promise.resolve();
      expect(isDone).not.toHaveBeenCalled();
      second[Symbol.dispose]();

      expect(log.filter((line) => line === "disposed a")).toEqual(["disposed a"]);
      expect(cache.stats().leased).toBe(0);
      await done;
    },
  );

  it("ends with its block", () => {
    const log: string[] = [];
    const cache = new LRUCache<string, Disposable>({ max: 1, dispose: true });
    cache.set("a", resource(log, "a"));
    {
      using lease = cache.acquire("a");
      cache.set("b", resource(log, "b"));
      log.push(lease === undefined ? "nothing" : "in use");
    }
    expect(log).toEqual(["in use", "disposed a"]);
  });

  it("of a value that stays has no effect at its end, and can be repeated", () => {
    const log: string[] = [];
    const cache = new LRUCache<string, Disposable>({ max: 1 });
    cache.set("a", resource(log, "a"));
    for (let i = 0; i < 3; i++) cache.acquire("a")!.release();
    expect([log, cache.stats().leased, cache.has("a")]).toEqual([[], 0, true]);
    cache.clear();
    expect(log).toEqual(["disposed a"]);
  });

  it("of the new value of a key does not keep the old value, and the other way round", () => {
    const log: string[] = [];
    const cache = new LRUCache<string, Disposable>({ max: 2 });
    cache.set("a", resource(log, "old"));
    const old = cache.acquire("a")!;
    cache.set("a", resource(log, "new"));
    const fresh = cache.acquire("a")!;
    cache.delete("a");
    expect(cache.stats().leased).toBe(2);
    fresh.release();
    expect(log).toEqual(["disposed new"]);
    old.release();
    expect([log, cache.stats().leased]).toEqual([["disposed new", "disposed old"], 0]);
  });

  it("inside a listener of the removal lends the new value, and the old value is disposed of", () => {
    const log: string[] = [];
    const leases: unknown[] = [];
    const cache: LRUCache<string, Disposable> = new LRUCache<string, Disposable>({
      max: 2,
      dispose: true,
      onRemoval: () => leases.push(cache.acquire("a")?.value),
    });
    const fresh = resource(log, "new");
    cache.set("a", resource(log, "old"));
    cache.set("a", fresh);
    expect([log, leases]).toEqual([["disposed old"], [fresh]]);
  });
});

describe("dispose", () => {
  it("is called once for each removed value, after its listener, with value and key", () => {
    const log: unknown[] = [];
    const cache = new LRUCache<string, number>({
      maxWeight: 2,
      weigh: (value) => value,
      dispose: (value, key) => log.push(["disposed", value, key]),
      onRemoval: (key, value, cause) => log.push([cause, value, key]),
    });
    cache.set("a", 1).set("b", 1).set("c", 1).set("c", 1).set("heavy", 3);
    cache.clear();
    expect(log).toEqual([
      ["evicted", 1, "a"],
      ["disposed", 1, "a"],
      ["evicted", 3, "heavy"],
      ["disposed", 3, "heavy"],
      ["deleted", 1, "b"],
      ["disposed", 1, "b"],
      ["deleted", 1, "c"],
      ["disposed", 1, "c"],
    ]);
  });

  it("true calls the own method of the value, the asynchronous method first, and nothing if it has none", async () => {
    const log: string[] = [];
    const cache = new LRUCache<string, unknown>({ max: 9, dispose: true });
    cache.set("both", {
      ...resource(log, "sync"),
      [Symbol.asyncDispose]: () => Promise.resolve().then(() => void log.push("async")),
    });
    cache.set("sync", resource(log, "sync"));
    cache.set(
      "function",
      Object.assign(() => {}, resource(log, "function")),
    );
    for (const value of [undefined, null, 1, "text", {}]) cache.set(String(value), value);
    cache.clear();
    await cache.disposed();
    expect(log).toEqual(["disposed sync", "disposed function", "async"]);
  });

  it("leaves values alone without the option until the first lease, and with false", () => {
    const log: string[] = [];
    const cache = new LRUCache<string, Disposable>({ max: 9 });
    cache.set("a", resource(log, "a"));
    cache.delete("a");
    expect(log).toEqual([]);

    const others = new LRUCache<string, Disposable>({ max: 9, dispose: false });
    others.set("a", resource(log, "a"));
    const lease = others.acquire("a")!;
    others.delete("a");
    expect(others.stats().leased).toBe(1);
    lease.release();
    expect([log, others.stats().leased]).toEqual([[], 0]);
  });

  it("that takes time is awaited, and breaks nothing", async () => {
    const gates = new Map<string, ReturnType<typeof deferred>>();
    const errors: unknown[] = [];
    const cache = new LRUCache<string, string>({
      max: 9,
      dispose: (value) => {
        gates.set(value, deferred());
        return gates.get(value)!.promise;
      },
      onError: (error) => errors.push(error),
    });
    cache.set("a", "a").set("b", "b");
    cache.clear();
    const isDone = vi.fn();
    const done = cache.disposed().then(isDone);
    gates.get("a")!.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isDone).not.toHaveBeenCalled();
    const failure = new Error("no");
    gates.get("b")!.reject(failure);
    await done;
    expect(errors).toEqual([failure]);
    await cache.disposed();
  });

  it("that throws reaches onError, also from a lease that ends, and the cache stays consistent", () => {
    const errors: unknown[] = [];
    const failure = new Error("no");
    const cache = new LRUCache<string, number>({
      max: 1,
      dispose: () => {
        throw failure;
      },
      onError: (error) => errors.push(error),
    });
    cache.set("a", 1).set("b", 2);
    const lease = cache.acquire("b")!;
    cache.clear();
    lease.release();
    expect([errors, cache.size, cache.stats().leased]).toEqual([[failure, failure], 0, 0]);
  });

  it("whose result cannot be read counts as one that throws", async () => {
    const failure = new Error("then");
    const errors: unknown[] = [];
    // oxlint-disable-next-line no-thenable
    const hostile = Object.defineProperty({}, "then", {
      get() {
        throw failure;
      },
    });
    const heard: string[] = [];
    const cache = new LRUCache<string, number>({
      max: 1,
      exclusive: true,
      dispose: () => hostile,
      onRemoval: (key) => heard.push(key),
      onError: (error) => errors.push(error),
    });
    cache.set("a", 1);
    expect(() => cache.set("b", 2)).not.toThrow();
    cache.set("c", 3);
    expect(heard).toEqual(["a", "b"]);
    cache.acquire("c")!.release();
    const lease = cache.acquire("c")!;
    cache.delete("c");
    expect(() => lease.release()).not.toThrow();
    await cache.disposed();
    expect(errors).toEqual([failure, failure, failure]);
    await expect(cache.getOrLoad("a", () => 4)).resolves.toBe(4);
  });

  it("may use the cache", () => {
    const seen: number[] = [];
    const cache: LRUCache<string, number> = new LRUCache<string, number>({
      max: 2,
      dispose: (value) => {
        seen.push(value);
        if (value < 5) cache.set(`again ${value}`, value + 10).delete("b");
      },
    });
    cache.set("a", 1).set("b", 2).set("c", 3);
    expect(cache.size).toBeLessThanOrEqual(2);
    expect(seen).toEqual([1, 2, 3, 11]);
    expect([...cache.keys()].length).toBe(cache.size);
  });

  it("runs when the listener throws", () => {
    const seen: number[] = [];
    const cache = new LRUCache<string, number>({
      max: 1,
      dispose: (value) => seen.push(value),
      onRemoval: () => {
        throw new Error("no");
      },
    });
    cache.set("a", 1);
    expect(() => cache.set("b", 2)).toThrow("no");
    expect(seen).toEqual([1]);
  });

  it("disposed() of a cache that disposes of nothing settles", async () => {
    await new LRUCache({ max: 1 }).disposed();
    const cache = new LRUCache({ max: 1, exclusive: true });
    cache.set("a", 1);
    cache.clear();
    await cache.disposed();
    expect(cache.size).toBe(0);
  });
});
