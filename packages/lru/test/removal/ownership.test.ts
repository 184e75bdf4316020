import { LRUCache, type LRUCacheOptions, type RemovalCause } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { createDeferred, outcomeOf, settled, type Deferred } from "../loading/deferred.ts";

/** A value that can be closed, and that counts how often it was closed. */
class Handle {
  closings = 0;
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  get isOpen(): boolean {
    return this.closings === 0;
  }
}

type Removed = [key: string, name: string, cause: RemovalCause];

/** A cache of handles, whose loads end when a test ends them. */
function handles(options: Partial<LRUCacheOptions<string, Handle>> = {}) {
  const clock = new FakeClock();
  const removed: Removed[] = [];
  const loads: (Deferred<Handle> & { key: string; stale: Handle | undefined })[] = [];
  const cache = new LRUCache<string, Handle>({
    max: 9,
    clock,
    dispose: (handle) => void handle.closings++,
    onRemoval: (key, { name }, cause) => removed.push([key, name, cause]),
    load: (key, { stale }) => {
      const load = { ...createDeferred<Handle>(), key, stale };
      loads.push(load);
      return load.promise;
    },
    ...options,
  });
  return { cache, clock, removed, loads };
}

/** Whether the value was open when its caller ran. */
const isOpenWhenGiven = (promise: Promise<Handle>): Promise<boolean> =>
  promise.then((handle) => handle.isOpen);

const OVERTAKE: Record<string, [RemovalCause, (cache: LRUCache<string, Handle>) => void]> = {
  set: ["replaced", (cache) => cache.set("k", new Handle("other"))],
  delete: ["deleted", (cache) => cache.delete("k")],
  clear: ["deleted", (cache) => cache.clear()],
  "deleteWhere that matches nothing": ["deleted", (cache) => cache.deleteWhere(() => false)],
};

describe("A value that the cache does not keep", () => {
  it.each(Object.entries(OVERTAKE))(
    "since it was overtaken by %s, is open for its callers, and then disposed of and reported",
    async (_way, [cause, overtake]) => {
      const { cache, loads, removed } = handles();
      const first = isOpenWhenGiven(cache.getOrLoad("k"));
      const second = isOpenWhenGiven(cache.getOrLoad("k"));
      overtake(cache);
      const handle = new Handle("loaded");
      loads[0]!.resolve(handle);
      expect(await Promise.all([first, second])).toEqual([true, true]);
      await cache.disposed();
      expect(handle.closings).toBe(1);
      expect(removed.filter(([, name]) => name === "loaded")).toEqual([["k", "loaded", cause]]);
      cache[Symbol.dispose]();
      await cache.disposed();
      expect(handle.closings).toBe(1);
    },
  );

  it("because it weighs too much, is open for its callers", async () => {
    const { cache, loads, removed } = handles({ maxWeight: 5, weigh: () => 6 });
    const given = isOpenWhenGiven(cache.getOrLoad("k"));
    const handle = new Handle("heavy");
    loads[0]!.resolve(handle);
    expect(await given).toBe(true);
    await cache.disposed();
    expect([handle.closings, removed]).toEqual([1, [["k", "heavy", "evicted"]]]);
  });

  it("because another value replaced it in the same turn, is open for its callers", async () => {
    const { cache, loads } = handles({ max: 1 });
    const given = ["a", "b"].map((key) => isOpenWhenGiven(cache.getOrLoad(key)));
    const made = loads.map(({ key }) => new Handle(key));
    loads.forEach(({ resolve }, at) => resolve(made[at]!));
    expect(await Promise.all(given)).toEqual([true, true]);
    await cache.disposed();
    expect(made.map(({ closings }) => closings)).toEqual([1, 0]);
  });

  it("among more than fit, is open for the caller of getOrLoadMany", async () => {
    const made: Handle[] = [];
    const { cache } = handles({
      max: 2,
      loadMany: async (keys) =>
        keys.map((key) => [key, made[made.push(new Handle(key)) - 1]!] as const),
    });
    const found = await cache.getOrLoadMany(["a", "b", "c", "d"]);
    expect([...found.values()].map(({ isOpen }) => isOpen)).toEqual([true, true, true, true]);
    await cache.disposed();
    expect(made.map(({ closings }) => closings)).toEqual([1, 1, 0, 0]);
  });

  it("that getOrLoadMany found first stays open until the last key is loaded", async () => {
    const { cache, loads } = handles({ max: 1 });
    const found = new Handle("found");
    cache.set("a", found);
    const asked = cache.getOrLoadMany(["a", "b"]);
    cache.set("c", new Handle("other"));
    await settled();
    await settled();
    expect(found.isOpen).toBe(true);
    loads[0]!.resolve(new Handle("b"));
    expect((await asked).get("a")!.isOpen).toBe(true);
    await cache.disposed();
    expect(found.closings).toBe(1);
  });

  it("was a hit, and is evicted before its caller runs", async () => {
    const { cache } = handles({ max: 1 });
    const hit = new Handle("hit");
    cache.set("a", hit);
    const given = isOpenWhenGiven(cache.getOrLoad("a"));
    cache.set("b", new Handle("other"));
    expect(await given).toBe(true);
    await cache.disposed();
    expect(hit.closings).toBe(1);
  });

  it("was made for a bulk call that rejects", async () => {
    const answer = createDeferred<[string, Handle][]>();
    const { cache, removed } = handles({ loadMany: () => answer.promise });
    const controller = new AbortController();
    const { signal } = controller;
    const asked = cache.getOrLoadMany(["a", "b"], undefined, { signal });
    cache.set("a", new Handle("other"));
    controller.abort("left");
    expect(await outcomeOf(asked)).toEqual({ error: "left" });
    const made = ["a", "b"].map((name) => new Handle(name));
    answer.resolve(made.map((handle) => [handle.name, handle]));
    await settled();
    expect(made.map(({ closings }) => closings)).toEqual([1, 1]);
    expect(removed).toEqual([
      ["a", "a", "evicted"],
      ["b", "b", "evicted"],
    ]);
  });

  it.each<[string, (make: (name: string) => Handle) => unknown]>([
    [
      "beyond what was asked",
      (make) =>
        new Map([
          ["a", make("a")],
          ["z", make("z")],
        ]),
    ],
    [
      "twice for one key",
      (make) => [
        ["a", make("z")],
        ["a", make("a")],
      ],
    ],
    ["before its iterator throws", (make) => throwsAfter(["a", make("a")], ["b", make("z")])],
    ["among what are no entries", (make) => [["a", make("z")], 7]],
    ["for none of the keys", (make) => [["y", make("z")]]],
  ])("was made %s", async (_what, answer) => {
    const made: Handle[] = [];
    const make = (name: string): Handle => made[made.push(new Handle(name)) - 1]!;
    const { cache } = handles({ loadMany: () => answer(make) as never });
    await outcomeOf(cache.getOrLoadMany(["a", "b"]));
    await cache.disposed();
    const stored = new Set(cache.values());
    for (const handle of made) expect(handle.closings).toBe(stored.has(handle) ? 0 : 1);
    expect(made.some(({ name, closings }) => name === "z" && closings === 1)).toBe(true);
  });

  it("belongs to the caller in a cache that disposes of nothing, and is not reported", async () => {
    const { cache, loads, removed } = handles({ dispose: false });
    const asked = cache.getOrLoad("k");
    cache.delete("k");
    loads[0]!.resolve(new Handle("loaded"));
    expect([(await asked).isOpen, removed]).toEqual([true, []]);
  });

  it("is disposed of at once if the program removes it", async () => {
    const { cache } = handles();
    const hits = ["a", "b", "c"].map((name) => new Handle(name));
    for (const hit of hits) cache.set(hit.name, hit);
    await Promise.all(hits.map(({ name }) => cache.getOrLoad(name)));
    cache.delete("a");
    expect(hits[0]!.closings).toBe(1);
    cache.clear();
    expect(hits.map(({ closings }) => closings)).toEqual([1, 1, 1]);
  });
});

describe("A primitive value", () => {
  it("that is a handle is disposed of once for each entry, and open for its callers", async () => {
    const closed: number[] = [];
    const cache = new LRUCache<string, number>({
      max: 1,
      dispose: (fd) => void closed.push(fd),
      load: async (key) => Number(key),
    });
    const given = ["3", "4"].map((key) =>
      cache.getOrLoad(key).then((fd) => [fd, closed.includes(fd)]),
    );
    expect(await Promise.all(given)).toEqual([
      [3, false],
      [4, false],
    ]);
    await cache.disposed();
    cache.clear();
    expect(closed).toEqual([3, 4]);
    cache.resize({ max: 2 });
    cache.set("a", 7).set("b", 7).clear();
    expect(closed).toEqual([3, 4, 7, 7]);
  });
});

describe("The stale value that a load was given", () => {
  it.each(Object.entries(OVERTAKE))("is disposed of once after %s", async (_way, [, overtake]) => {
    const { cache, clock, loads } = handles({ refreshAfter: 10 });
    const handle = new Handle("kept");
    cache.set("k", handle);
    clock.advance(20);
    await cache.getOrLoad("k");
    expect(loads[0]!.stale).toBe(handle);
    overtake(cache);
    loads[0]!.resolve(handle);
    await cache.disposed();
    cache[Symbol.dispose]();
    await cache.disposed();
    expect(handle.closings).toBe(1);
  });

  it("is not disposed of while it is leased", async () => {
    const { cache, clock, loads } = handles({ refreshAfter: 10 });
    const handle = new Handle("kept");
    cache.set("k", handle);
    const lease = cache.acquire("k")!;
    clock.advance(20);
    await cache.getOrLoad("k");
    cache.delete("k");
    loads[0]!.resolve(handle);
    await settled();
    expect(handle.closings).toBe(0);
    lease.release();
    expect(handle.closings).toBe(1);
  });

  it("is stored open if it expired during the load, which expiry does not fence", async () => {
    const { cache, clock, loads } = handles({ ttl: 60, refreshAfter: 10 });
    const handle = new Handle("kept");
    cache.set("k", handle);
    clock.advance(20);
    await cache.getOrLoad("k");
    clock.advance(50);
    cache.expireNow();
    expect([cache.size, handle.isOpen]).toEqual([0, true]);
    loads[0]!.resolve(handle);
    await settled();
    expect([cache.get("k"), handle.isOpen]).toEqual([handle, true]);
    cache.clear();
    expect(handle.closings).toBe(1);
  });

  it("is given open to the callers if it was evicted during the load", async () => {
    const { cache, clock, loads, removed } = handles({ max: 1, ttl: 50, staleIfError: 100 });
    const handle = new Handle("kept");
    cache.set("k", handle);
    clock.advance(60);
    const given = isOpenWhenGiven(cache.getOrLoad("k"));
    cache.set("other", new Handle("other"));
    loads[0]!.resolve(handle);
    expect(await given).toBe(true);
    await cache.disposed();
    expect(handle.closings).toBe(1);
    expect(removed.filter(([, name]) => name === "kept")).toHaveLength(1);
  });

  it("is disposed of once after a hard timeout and a late answer", async () => {
    const { cache, clock, loads } = handles({ refreshAfter: 10, hardTimeout: 30 });
    const handle = new Handle("kept");
    cache.set("k", handle);
    clock.advance(20);
    await cache.getOrLoad("k");
    clock.advance(40);
    cache.set("k", new Handle("other"));
    loads[0]!.resolve(handle);
    await cache.disposed();
    expect(handle.closings).toBe(1);
  });

  it("is lent as well if leases begin during the load", async () => {
    const { cache, clock, loads } = handles({
      dispose: undefined,
      ttl: 60,
      refreshAfter: 10,
    });
    const log: string[] = [];
    const handle = Object.assign(new Handle("kept"), {
      [Symbol.dispose]: () => void log.push("disposed"),
    });
    cache.set("k", handle);
    clock.advance(20);
    await cache.getOrLoad("k");
    cache.acquire("k")!.release();
    clock.advance(50);
    cache.expireNow();
    expect(log).toEqual([]);
    loads[0]!.resolve(handle);
    await settled();
    expect([log, cache.get("k")]).toEqual([[], handle]);
    cache.clear();
    expect(log).toEqual(["disposed"]);
  });
});

describe("One object under two keys", () => {
  it("is disposed of when both entries are removed, with the key of the last", async () => {
    const closed: string[] = [];
    const { cache, removed } = handles({ dispose: (_handle, key) => void closed.push(key) });
    const handle = new Handle("shared");
    cache.set("a", handle).set("b", handle).set("b", handle);
    cache.delete("a");
    expect(closed).toEqual([]);
    cache.delete("b");
    expect(closed).toEqual(["b"]);
    expect(removed.map(([key]) => key)).toEqual(["a", "b"]);
  });

  it("is counted if it was stored before the first lease", () => {
    const log: string[] = [];
    const shared = { [Symbol.dispose]: () => void log.push("disposed") };
    const cache = new LRUCache<string, Disposable>({ max: 9 });
    cache.set("a", shared).set("b", shared);
    const lease = cache.acquire("a")!;
    cache.delete("a");
    lease.release();
    expect([log, cache.stats().leased]).toEqual([[], 0]);
    cache.delete("b");
    expect(log).toEqual(["disposed"]);
  });

  it("is left alone by an abandoned load of one of the keys", async () => {
    const { cache, loads } = handles();
    const handle = new Handle("shared");
    cache.set("a", handle);
    const controller = new AbortController();
    const asked = cache.getOrLoad("b", undefined, { signal: controller.signal });
    controller.abort("left");
    await outcomeOf(asked);
    loads[0]!.resolve(handle);
    await settled();
    expect([handle.closings, cache.get("a")]).toEqual([0, handle]);
  });

  it("is rejected as too heavy under one key, and stays under the other", async () => {
    const { cache } = handles({ maxWeight: 9, weigh: (_handle, key) => (key === "b" ? 99 : 1) });
    const handle = new Handle("shared");
    cache.set("a", handle).set("b", handle);
    expect(handle.isOpen).toBe(true);
    cache.clear();
    await cache.disposed();
    expect(handle.closings).toBe(1);
  });
});

describe("acquireOrLoad", () => {
  it("loads and lends in one step", async () => {
    const { cache, loads } = handles({ max: 1 });
    const asked = cache.acquireOrLoad("a");
    const handle = new Handle("a");
    loads[0]!.resolve(handle);
    const lease = (await asked)!;
    cache.set("b", new Handle("b"));
    await settled();
    expect([lease.value === handle, handle.isOpen, cache.stats().leased]).toEqual([true, true, 1]);
    lease.release();
    expect(handle.closings).toBe(1);
  });

  it("lends a stale value that a window serves, and the program goes on", async () => {
    const { cache, clock, loads } = handles({ ttl: 20, staleWhileRevalidate: 60_000 });
    const stale = new Handle("stale");
    cache.set("k", stale);
    clock.advance(30);
    using lease = await cache.acquireOrLoad("k");
    expect([lease!.value, loads.length]).toEqual([stale, 1]);
    loads[0]!.resolve(new Handle("fresh"));
    await settled();
    expect([cache.get("k")!.name, stale.isOpen]).toEqual(["fresh", true]);
  });

  it("lends a stale value that stands in for a remembered failure", async () => {
    const { cache, clock, loads } = handles({ ttl: 20, staleIfError: 6000, negativeTtl: 6000 });
    const stale = new Handle("stale");
    cache.set("k", stale);
    clock.advance(30);
    const first = cache.acquireOrLoad("k");
    loads[0]!.reject(new Error("away"));
    const second = cache.acquireOrLoad("k");
    expect([(await first)!.value, (await second)!.value]).toEqual([stale, stale]);
    expect(loads).toHaveLength(1);
  });

  it.each(Object.entries(OVERTAKE))(
    "lends what was overtaken by %s",
    async (_way, [, overtake]) => {
      const { cache, loads } = handles();
      const asked = cache.acquireOrLoad("k");
      overtake(cache);
      const handle = new Handle("loaded");
      loads[0]!.resolve(handle);
      const lease = (await asked)!;
      await settled();
      expect([lease.value, handle.isOpen, cache.stats().leased]).toEqual([handle, true, 1]);
      lease.release();
      await cache.disposed();
      expect([handle.closings, cache.stats().leased]).toEqual([1, 0]);
    },
  );

  it("lends a value that is too heavy, also a primitive value", async () => {
    const closed: number[] = [];
    const cache = new LRUCache<string, number>({
      maxWeight: 1,
      weigh: () => 2,
      dispose: (fd) => void closed.push(fd),
    });
    const lease = (await cache.acquireOrLoad("k", () => 7))!;
    await settled();
    expect([lease.value, closed, cache.size]).toEqual([7, [], 0]);
    lease.release();
    expect(closed).toEqual([7]);
  });

  it("lends a primitive value that is stored, replaced and stored again", async () => {
    const closed: number[] = [];
    const cache = new LRUCache<string, number>({ max: 9, dispose: (fd) => void closed.push(fd) });
    const first = (await cache.acquireOrLoad("k", () => 7))!;
    cache.set("k", 8);
    cache.set("k", 7);
    const second = cache.acquire("k")!;
    cache.clear();
    expect(closed).toEqual([8]);
    first.release();
    second.release();
    expect(closed).toEqual([8, 7, 7]);
  });

  it("is undefined if the load yields no value", async () => {
    const { cache } = handles({ negativeTtl: 1000 });
    expect(await cache.acquireOrLoad("k", () => undefined as never)).toBe(undefined);
    expect(await cache.acquireOrLoad("k")).toBe(undefined);
    expect((await cache.acquireOrLoadMany(["k"])).size).toBe(0);
    expect(cache.stats().leased).toBe(0);
  });

  it("rejects as getOrLoad does, and lends nothing", async () => {
    const { cache, loads } = handles();
    const controller = new AbortController();
    const asked = cache.acquireOrLoad("k", undefined, { signal: controller.signal });
    controller.abort("left");
    expect(await outcomeOf(asked)).toEqual({ error: "left" });
    const handle = new Handle("late");
    loads[0]!.resolve(handle);
    await settled();
    expect([handle.closings, cache.stats().leased]).toEqual([1, 0]);
    expect(await outcomeOf(cache.acquireOrLoad("k", 7 as never))).toMatchObject({
      error: { name: "TypeError" },
    });
  });

  it("is all or nothing for several keys", async () => {
    const { cache, loads } = handles({ max: 2 });
    const kept = new Handle("kept");
    cache.set("a", kept);
    const asked = cache.acquireOrLoadMany(["a", "b", "c"]);
    loads[0]!.resolve(new Handle("b"));
    loads[1]!.reject(new Error("no"));
    expect(await outcomeOf(asked)).toMatchObject({ error: { message: "no" } });
    expect(cache.stats().leased).toBe(0);
    cache.delete("a");
    await cache.disposed();
    expect(kept.closings).toBe(1);

    const again = cache.acquireOrLoadMany(["c", "b", "d"]);
    loads[2]!.resolve(new Handle("c"));
    loads[3]!.resolve(new Handle("d"));
    const leases = await again;
    expect([...leases].map(([key, { value }]) => [key, value.name, value.isOpen])).toEqual([
      ["c", "c", true],
      ["b", "b", true],
      ["d", "d", true],
    ]);
    cache.clear();
    expect(cache.stats().leased).toBe(3);
    for (const lease of leases.values()) lease.release();
    await cache.disposed();
    expect(cache.stats().leased).toBe(0);
  });
});

describe("disposed()", () => {
  it("waits for values that were not kept, and not for values that were stored again", async () => {
    const { cache, loads } = handles({ max: 1 });
    const asked = cache.getOrLoad("a");
    cache.delete("a");
    const handle = new Handle("a");
    loads[0]!.resolve(handle);
    await asked;
    const done = cache.disposed();
    expect(handle.isOpen).toBe(true);
    cache.set("b", handle);
    await done;
    expect([handle.isOpen, cache.get("b")]).toEqual([true, handle]);
    cache.delete("b");
    await cache.disposed();
    expect(handle.closings).toBe(1);
  });
});

function* throwsAfter(...entries: [string, Handle][]): Generator<[string, Handle]> {
  yield* entries;
  throw new Error("iterator");
}
