import v8 from "node:v8";
import { LRUCache } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { WeakCache, type WeakCacheOptions } from "@heapwise/weak";
import { describe, expect, it, vi } from "vitest";
import { collect, endJob, heap, thing, useFakeHeap } from "./fake-collector.ts";

/** The function of the host, which ends a turn. */
const { setImmediate: startMacrotask } = globalThis;

useFakeHeap();

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void startMacrotask(resolve));
}

interface Told {
  readonly log: string[];
  readonly options: Pick<WeakCacheOptions<string, unknown>, "dispose" | "onCollect" | "onRemoval">;
}

function nameOf(value: unknown): string {
  return (value as { name?: string } | null)?.name ?? String(value);
}

/** Records all calls of the listeners, in order. */
function listen(): Told {
  const log: string[] = [];
  return {
    log,
    options: {
      onRemoval: (key, value, cause) => void log.push(`${key}: ${nameOf(value)} ${cause}`),
      dispose: (value, key) => void log.push(`${key}: ${nameOf(value)} disposed of`),
      onCollect: (key) => void log.push(`${key}: collected`),
    },
  };
}

describe.each([0, 1, 100])("onRemoval and dispose with a front of %i", (max) => {
  /** Creates a cache with an entry `a`, which is in the tail behind a front of 1. */
  function setUp(): Told & { cache: WeakCache<string, unknown>; a: { name: string } } {
    const { log, options } = listen();
    const cache = new WeakCache<string, unknown>({ strong: { max }, ...options });
    const a = thing("a");
    cache.set("a", a).set("filler", thing("filler"));
    expect(log).toEqual([]);
    return { log, options, cache, a };
  }

  it("are called for deleted values", () => {
    const { log, cache } = setUp();
    expect([cache.delete("a"), cache.delete("a")]).toEqual([true, false]);
    expect(log).toEqual(["a: a deleted", "a: a disposed of"]);
  });

  it("are called for replaced values, and not if the value is the same", () => {
    const { log, cache, a } = setUp();
    cache.set("a", a);
    expect(log).toEqual([]);
    cache.set("a", thing("b"));
    expect(log).toEqual(["a: a replaced", "a: a disposed of"]);
    expect(nameOf(cache.peek("a"))).toBe("b");
  });

  it("are called for all cleared values, the least recently used first, and for all values at disposal", () => {
    const { log, cache } = setUp();
    cache.clear();
    expect(log).toEqual([
      "a: a deleted",
      "a: a disposed of",
      "filler: filler deleted",
      "filler: filler disposed of",
    ]);
    cache.set("b", thing("b"));
    log.length = 0;
    cache[Symbol.dispose]();
    cache[Symbol.dispose]();
    expect(log).toEqual(["b: b deleted", "b: b disposed of"]);
  });

  it("are not called for collected values", () => {
    const { log, cache, a } = setUp();
    if (max > 1) return;
    collect(a);
    expect(log).toEqual(["a: collected"]);
    cache.delete("a");
    cache.set("a", thing("b"));
    expect(log).toEqual(["a: collected"]);
  });

  it("are not called for values that a write, a deletion or clear finds dead", () => {
    if (max > 1) return;
    for (const act of ["set", "delete", "clear", "dispose"] as const) {
      const { log, cache, a } = setUp();
      endJob();
      heap().collect(a);
      if (act === "set") cache.set("a", thing("b"));
      else if (act === "delete") cache.delete("a");
      else if (act === "clear") cache.clear();
      else cache[Symbol.dispose]();
      expect(log.filter((line) => line.startsWith("a: a"))).toEqual([]);
    }
  });

  it("are not called for moves between the front and the tail", () => {
    const { log, cache } = setUp();
    for (let i = 0; i < 10; i++) for (const key of ["a", "filler", "a"]) cache.get(key);
    for (const key of ["a", "filler"]) cache.delete(key);
    expect(log).toEqual([
      "a: a deleted",
      "a: a disposed of",
      "filler: filler deleted",
      "filler: filler disposed of",
    ]);
  });

  it("dispose of a value once, when the last of its keys has left", () => {
    const { log, cache, a } = setUp();
    cache.set("b", a).set("c", a);
    cache.get("a");
    cache.delete("b");
    cache.set("c", thing("other"));
    expect(log).toEqual(["b: a deleted", "c: a replaced"]);
    cache.delete("a");
    expect(log.slice(2)).toEqual(["a: a deleted", "a: a disposed of"]);
    // The value is like any other when it is stored again.
    cache.set("a", a);
    cache.delete("a");
    expect(log.slice(4)).toEqual(["a: a deleted", "a: a disposed of"]);
  });

  it("do not dispose of a value that a listener has stored again", () => {
    const log: string[] = [];
    const cache: WeakCache<string, unknown> = new WeakCache<string, unknown>({
      strong: { max },
      onRemoval: (key, value, cause) => {
        log.push(`${key} ${cause}`);
        if (cause === "deleted" && key === "a") cache.set("b", value);
      },
      dispose: (_, key) => void log.push(`${key} disposed of`),
    });
    cache.set("a", thing("a"));
    cache.delete("a");
    expect([log, cache.size]).toEqual([["a deleted"], 1]);
    cache.delete("b");
    expect(log).toEqual(["a deleted", "b deleted", "b disposed of"]);
  });

  it("are called when the cache is consistent, first in, first out, and never inside one another", () => {
    const log: string[] = [];
    let depth = 0;
    const cache: WeakCache<string, unknown> = new WeakCache<string, unknown>({
      strong: { max },
      onRemoval: (key, value, cause) => {
        expect(depth++).toBe(0);
        expect(cache.has(key)).toBe(false);
        expect([...cache].length).toBe(cache.liveSize());
        log.push(`${key} ${cause}`);
        if (key === "a") {
          cache.delete("b");
          cache.set("d", value);
          cache.delete("c");
        }
        depth--;
      },
    });
    for (const key of ["a", "b", "c"]) cache.set(key, thing(key));
    cache.delete("a");
    expect(log).toEqual(["a deleted", "b deleted", "c deleted"]);
    expect([...cache.keys()]).toEqual(["d"]);
  });

  it("throw a listener's error from the call, after all listeners and the change", () => {
    const told: string[] = [];
    const cache = new WeakCache<string, unknown>({
      strong: { max },
      onRemoval: (key) => {
        told.push(key);
        throw new Error(key);
      },
      dispose: (_, key) => void told.push(`${key} disposed of`),
    });
    const values = ["a", "b"].map((name) => thing(name));
    cache.set("a", values[0]).set("b", values[1]);
    expect(() => cache.set("a", values[1])).toThrow("a");
    expect(cache.peek("a")).toBe(values[1]);
    expect(() => cache.clear()).toThrow();
    expect([cache.size, told.length]).toEqual([0, 5]);
    cache.set("a", values[0]);
    expect(() => cache[Symbol.dispose]()).toThrow("a");
    expect(cache.size).toBe(0);
    expect(() => cache.set("a", values[0])).toThrow("disposed of");
  });

  it("pass the errors of dispose to onError", async () => {
    const errors: unknown[] = [];
    const cache = new WeakCache<string, { name: string }>({
      strong: { max },
      onError: (error) => errors.push((error as Error).message),
      dispose: ({ name }) => {
        if (name === "a") throw new Error("thrown");
        return Promise.reject(new Error("rejected"));
      },
    });
    cache.set("a", thing("a")).set("b", thing("b"));
    cache.delete("a");
    cache.delete("b");
    await nextTurn();
    expect(errors).toEqual(["thrown", "rejected"]);
  });

  it("true disposes of a value by its own method, the asynchronous one first", () => {
    const log: string[] = [];
    const cache = new WeakCache<string, unknown>({ strong: { max }, dispose: true });
    cache.set(
      "both",
      heap().track({
        [Symbol.dispose]: () => log.push("sync"),
        [Symbol.asyncDispose]: () => log.push("async"),
      }),
    );
    cache.set("one", heap().track({ [Symbol.dispose]: () => log.push("only") }));
    cache.set("none", thing("none"));
    cache.clear();
    expect(log.sort()).toEqual(["async", "only"]);
  });

  it.each([false, undefined])("%s disposes of nothing", (dispose) => {
    const log: string[] = [];
    const cache = new WeakCache<string, unknown>({ strong: { max }, dispose });
    cache.set("a", heap().track({ [Symbol.dispose]: () => log.push("no") }));
    cache.clear();
    expect(log).toEqual([]);
  });

  it("do not dispose of a value that was returned in this turn before its callers have run", async () => {
    const { log, options } = listen();
    const clock = new FakeClock();
    const cache = new WeakCache<string, unknown>({ strong: { max }, clock, ttl: 10, ...options });
    for (const key of ["replaced", "expired", "deleted"]) cache.set(key, thing(key));
    const all = ["replaced", "expired", "deleted"].map((key) => cache.getOrLoad(key));
    cache.set("replaced", thing("other"), { ttl: 100 });
    clock.advance(10);
    cache.delete("deleted");
    expect(log.filter((line) => line.endsWith("disposed of"))).toEqual([]);
    await Promise.all(all);
    await nextTurn();
    expect(log.filter((line) => line.endsWith("disposed of")).sort()).toEqual([
      "deleted: deleted disposed of",
      "expired: expired disposed of",
      "replaced: replaced disposed of",
    ]);
  });

  it("dispose at once of a value that the program deletes, even if it was returned", () => {
    const { log, options } = listen();
    const cache = new WeakCache<string, unknown>({ strong: { max }, ...options });
    cache.set("a", thing("a")).set("b", thing("b"));
    void cache.getOrLoad("a");
    void cache.getOrLoad("b");
    cache.delete("a");
    cache.clear();
    expect(log).toEqual(["a: a deleted", "a: a disposed of", "b: b deleted", "b: b disposed of"]);
  });

  it("are called for a loaded value that was overtaken, or whose callers have left", async () => {
    const { log, options } = listen();
    const pending: ((value: unknown) => void)[] = [];
    const cache = new WeakCache<string, unknown>({
      strong: { max },
      load: () => new Promise((resolve) => void pending.push(resolve)),
      ...options,
    });
    const controller = new AbortController();
    const [stored, overtaken, deleted] = ["stored", "overtaken", "deleted"].map((key) =>
      cache.getOrLoad(key),
    );
    const left = cache.getOrLoad("left", undefined, { signal: controller.signal });
    cache.set("overtaken", thing("newer"));
    cache.delete("deleted");
    controller.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    for (const [i, resolve] of pending.entries()) resolve(thing(`${i}`));
    expect(nameOf(await stored)).toBe("0");
    expect(nameOf(await overtaken)).toBe("1");
    expect(nameOf(await deleted)).toBe("2");
    await nextTurn();
    await nextTurn();
    expect(log.sort()).toEqual([
      "deleted: 2 deleted",
      "deleted: 2 disposed of",
      "left: 3 disposed of",
      "left: 3 evicted",
      "overtaken: 1 disposed of",
      "overtaken: 1 replaced",
    ]);
    expect([...cache.keys()].sort()).toEqual(["overtaken", "stored"]);
  });
});

describe("A primitive value that leaves the front", () => {
  it("is evicted, and disposed of by itself", () => {
    const { log, options } = listen();
    const cache = new WeakCache<string, unknown>({ strong: { max: 1 }, ...options });
    cache.set("a", 1).set("b", 1).set("c", 2);
    expect(log).toEqual(["a: 1 evicted", "a: 1 disposed of", "b: 1 evicted", "b: 1 disposed of"]);
    cache.set("c", 2);
    expect(log.length).toBe(4);
    cache.set("c", 3);
    cache.delete("c");
    expect(log.slice(4)).toEqual([
      "c: 2 replaced",
      "c: 2 disposed of",
      "c: 3 deleted",
      "c: 3 disposed of",
    ]);
  });

  it("is reported as by an LRUCache", () => {
    const mine = listen();
    const theirs = listen();
    const cache = new WeakCache<string, unknown>({ strong: { max: 2 }, ...mine.options });
    const { onRemoval, dispose } = theirs.options;
    const lru = new LRUCache<string, unknown>({ max: 2, onRemoval, dispose });
    for (const each of [cache, lru]) {
      each.set("a", 1).set("b", "text").set("c", null).set("a", undefined).set("c", 5);
      each.get("c");
      each.set("d", 1n);
      each.delete("c");
      each.clear();
    }
    expect(mine.log).toEqual(theirs.log);
  });

  it("is evicted if it is too large, and an object moves to the tail", () => {
    const { log, options } = listen();
    const cache = new WeakCache<string, unknown>({ strong: { maxBytes: 10_000 }, ...options });
    const large = heap().track({ name: "large", bytes: new Uint8Array(20_000) });
    cache.set("a", "x".repeat(20_000)).set("b", large);
    expect(log.map((line) => line.replace(/x+/, "x"))).toEqual([
      "a: x evicted",
      "a: x disposed of",
    ]);
    expect([cache.peek("b"), cache.size]).toEqual([large, 1]);
    cache.set("b", "small");
    expect(log.slice(2)).toEqual(["b: large replaced", "b: large disposed of"]);
  });
});

describe("A value that soft mode drops", () => {
  /** The heap is above the limit in each job. */
  const softLimit = 1000;

  it("is reported as evicted, and not disposed of", () => {
    const { log, options } = listen();
    const cache = new WeakCache<string, unknown>({ strong: { max: 1 }, softLimit, ...options });
    const [a, b] = [thing("a"), thing("b")];
    cache.set("a", a).set("b", b);
    expect(log).toEqual(["a: a evicted"]);
    expect([cache.has("a"), cache.stats().dropped]).toEqual([false, 1]);
    // The value is like any other when it is stored again.
    cache.set("a", a);
    expect(log.slice(1)).toEqual(["b: b evicted"]);
    cache.delete("a");
    expect(log.slice(2)).toEqual(["a: a deleted", "a: a disposed of"]);
  });

  it("is disposed of when another of its keys is deleted", () => {
    const { log, options } = listen();
    const cache = new WeakCache<string, unknown>({ strong: { max: 1 }, softLimit, ...options });
    const a = thing("a");
    cache.set("a", a).set("b", a);
    expect(log).toEqual(["a: a evicted"]);
    cache.delete("b");
    expect(log.slice(1)).toEqual(["b: a deleted", "b: a disposed of"]);
  });

  it("is disposed of if it is a primitive", () => {
    const { log, options } = listen();
    const cache = new WeakCache<string, unknown>({ strong: { max: 1 }, softLimit, ...options });
    cache.set("a", 1).set("b", 2);
    expect(log).toEqual(["a: 1 evicted", "a: 1 disposed of"]);
  });

  it("is reported once if it was loaded, and its callers have it", async () => {
    const { log, options } = listen();
    const a = thing("a");
    const cache = new WeakCache<string, unknown>({
      strong: { max: 0 },
      softLimit,
      load: () => a,
      ...options,
    });
    expect(await cache.getOrLoad("a")).toBe(a);
    await nextTurn();
    await nextTurn();
    expect([log, cache.size]).toEqual([["a: a evicted"], 0]);
  });

  it("may be written by a listener, in the next job too", () => {
    const told: string[] = [];
    const cache: WeakCache<string, unknown> = new WeakCache<string, unknown>({
      strong: { max: 1 },
      softLimit,
      onRemoval: (key, value) => {
        told.push(key);
        if (told.length === 1) cache.set(key, value);
      },
    });
    cache.set("a", thing("a")).set("b", thing("b"));
    expect(told).toEqual(["a", "b"]);
    expect([...cache.keys()]).toEqual(["a"]);
  });

  it("is reported when a collection halves the front", () => {
    const heapNow = { used_heap_size: 10, heap_size_limit: 1000, external_memory: 0 };
    const statistics = vi.spyOn(v8, "getHeapStatistics").mockImplementation(() => heapNow as never);
    const { log, options } = listen();
    const cache = new WeakCache<string, unknown>({
      strong: { max: 4 },
      softLimit: "50%",
      ...options,
    });
    cache.set("a", 1).set("b", 2).set("c", 3).set("d", 4);
    expect(log).toEqual([]);
    heapNow.used_heap_size = 501;
    collect();
    expect(log).toEqual(["a: 1 evicted", "a: 1 disposed of", "b: 2 evicted", "b: 2 disposed of"]);
    expect(cache.size).toBe(2);
    statistics.mockRestore();
  });
});

describe("A cache that only listens", () => {
  it("reports a removal by time that its listener throws for to onError", () => {
    const clock = new FakeClock();
    const onError = vi.fn();
    const cache = new WeakCache<string, object>({
      ttl: 10,
      clock,
      onError,
      onRemoval: (key) => {
        throw new Error(key);
      },
    });
    cache.set("a", thing("a")).set("b", thing("b"));
    clock.advance(2000);
    expect(onError.mock.calls).toEqual([[new Error("a")]]);
    expect(cache.size).toBe(0);
  });
});
