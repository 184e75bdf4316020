import { AsyncLocalStorage } from "node:async_hooks";
import { LRUCache, type Clock } from "@heapwise/lru";
import { memoize } from "@heapwise/lru/memoize";
import { describe, expect, it } from "vitest";

const storage = new AsyncLocalStorage<string>();
const inRequest = <Result>(run: () => Result): Result => storage.run("request", run);

/** Collects names, and resolves a promise after `count` names. */
function watch(count: number): { see: (name: string) => void; all: Promise<unknown[]> } {
  const seen: unknown[] = [];
  let end!: (seen: unknown[]) => void;
  const all = new Promise<unknown[]>((resolve) => (end = resolve));
  return {
    see: (name) => {
      if (seen.push([name, storage.getStore()]) === count) end(seen);
    },
    all,
  };
}

/** The timers of the host as a program passes them on. */
const ownClock: Clock = {
  now: () => performance.now(),
  schedule: (run, ms) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

const CLOCKS = [
  ["of the host", {}],
  ["of the program", { clock: ownClock }],
] as const;

describe.each(CLOCKS)("A timer %s that a request has set", (_, clock) => {
  it.each([
    ["ttl", { ttl: 5 }],
    ["idleTtl", { idleTtl: 5 }],
    ["a stale window", { ttl: 3, staleIfError: 3 }],
  ])("calls listeners, disposal and error reports outside of it, with %s", async (_name, time) => {
    const { see, all } = watch(4);
    const cache = new LRUCache<string, number>({
      max: 5,
      ...clock,
      ...time,
      observers: [{ removed: () => see("observer") }],
      onRemoval: () => see("removal"),
      dispose: () => {
        see("disposal");
        throw new Error("disposal");
      },
      onError: () => see("error"),
    });
    inRequest(() => cache.set("a", 1));
    expect((await all).sort()).toEqual([
      ["disposal", undefined],
      ["error", undefined],
      ["observer", undefined],
      ["removal", undefined],
    ]);
    // A timer holds its cache weakly: this line keeps the cache in use until here.
    expect(cache.size).toBe(0);
  });

  it("calls them outside of the request that sets it again", async () => {
    const { see, all } = watch(2);
    const cache = new LRUCache<string, number>({
      max: 5,
      ...clock,
      ttl: 3_600_000,
      onRemoval: (key) => see(key),
    });
    inRequest(() => cache.set("a", 1).set("b", 1, { ttl: 5 }).set("c", 1, { ttl: 15 }));
    expect(await all).toEqual([
      ["b", undefined],
      ["c", undefined],
    ]);
    cache.clear();
  });

  it("calls them outside of the request for the results of memoized methods", async () => {
    const { see, all } = watch(1);
    class Tenant {
      readonly rights = memoize(async (name: string) => name, {
        ttl: 5,
        ...clock,
        onRemoval: () => see("removal"),
      });
    }
    const tenant = new Tenant();
    await inRequest(() => tenant.rights("read"));
    expect(await all).toEqual([["removal", undefined]]);
    expect(tenant.rights).toBeTypeOf("function");
  });

  it("aborts loads outside of the request", async () => {
    const { see, all } = watch(1);
    const cache = new LRUCache<string, number>({ max: 5, ...clock, hardTimeout: 5 });
    const load = inRequest(() =>
      cache.getOrLoad("a", (_key, { signal }) => {
        signal.addEventListener("abort", () => see("abort"));
        return new Promise(() => {});
      }),
    );
    await expect(load).rejects.toThrow("Cannot load");
    expect(await all).toEqual([["abort", undefined]]);
  });
});

it("calls the schedule of the program outside of the request", () => {
  const seen: unknown[] = [];
  const schedule = (): (() => void) => {
    seen.push(storage.getStore());
    return () => {};
  };
  const cache = new LRUCache({ max: 5, ttl: 5, clock: { now: () => 0, schedule } });
  inRequest(() => cache.set("a", 1));
  expect(seen).toEqual([undefined]);
});

it("leaves the callbacks of a call in the request that made it", async () => {
  const seen: unknown[] = [];
  const cache = new LRUCache<string, number>({
    max: 1,
    ttl: 3_600_000,
    onRemoval: () => seen.push(storage.getStore()),
  });
  await inRequest(async () => {
    cache.set("a", 1).set("b", 1);
    await cache.getOrLoad("c", () => (seen.push(storage.getStore()), 1));
    seen.push(storage.getStore());
  });
  expect(seen).toEqual(["request", "request", "request", "request"]);
  cache.clear();
});
