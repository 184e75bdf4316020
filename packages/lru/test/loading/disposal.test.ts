import { LRUCache, type LRUCacheOptions } from "@heapwise/lru";
import { describe, expect, it } from "vitest";
import { createDeferred, outcomeOf, settled, type Deferred } from "./deferred.ts";

/** A cache of handles, whose loads and disposals end when a test ends them. */
function handleCache(options: Partial<LRUCacheOptions<string, string>> = {}) {
  const events: string[] = [];
  const loads: (Deferred<string> & { signal: AbortSignal })[] = [];
  const closings: Deferred<void>[] = [];
  const cache = new LRUCache<string, string>({
    max: 10,
    dispose: (value) => {
      events.push(`close ${value}`);
      const closing = createDeferred<void>();
      closings.push(closing);
      return closing.promise;
    },
    load: (key, { signal }) => {
      events.push(`load ${key}`);
      const load = { ...createDeferred<string>(), signal };
      loads.push(load);
      return load.promise;
    },
    ...options,
  });
  return { cache, events, loads, closings };
}

describe("An exclusive cache", () => {
  it("loads a key again only when its old value is disposed of", async () => {
    const { cache, events, loads, closings } = handleCache({ exclusive: true });
    cache.set("a", "old");
    cache.delete("a");
    const waiting = cache.getOrLoad("a");
    const many = cache.getOrLoadMany(["a", "b"]);
    await settled();
    expect([events, cache.stats().inFlight]).toEqual([["close old", "load b"], 2]);
    closings[0]!.resolve();
    await settled();
    expect(events).toEqual(["close old", "load b", "load a"]);
    loads[1]!.resolve("new");
    loads[0]!.resolve("B");
    expect([await waiting, [...(await many).values()]]).toEqual(["new", ["new", "B"]]);
    expect(cache.get("a")).toBe("new");
  });

  it("waits for a lease of the old value, and for every old value", async () => {
    const { cache, events, loads, closings } = handleCache({ exclusive: true });
    cache.set("a", "one");
    const lease = cache.acquire("a")!;
    cache.set("a", "two");
    cache.delete("a");
    const waiting = cache.getOrLoad("a");
    await settled();
    expect(events).toEqual(["close two"]);
    closings[0]!.resolve();
    await settled();
    lease.release();
    await settled();
    expect(events).toEqual(["close two", "close one"]);
    closings[1]!.resolve();
    await settled();
    expect(events).toEqual(["close two", "close one", "load a"]);
    loads[0]!.resolve("three");
    expect(await waiting).toBe("three");
  });

  it("never calls the loader for a caller that left while it waited", async () => {
    const { cache, events, closings } = handleCache({ exclusive: true });
    cache.set("a", "old");
    cache.delete("a");
    const controller = new AbortController();
    const waiting = cache.getOrLoad("a", undefined, { signal: controller.signal });
    controller.abort("gone");
    closings[0]!.resolve();
    expect(await outcomeOf(waiting)).toEqual({ error: "gone" });
    expect([events, cache.stats().loads]).toEqual([["close old"], 0]);
  });

  it("does not wait to refresh a value in use", () => {
    const { cache, events } = handleCache({ exclusive: true });
    cache.set("a", "old");
    void cache.refresh("a").catch(() => {});
    expect(events).toEqual(["load a"]);
  });
});

describe("A loaded value that no caller gets", () => {
  it("is left alone if the loader has stored it", async () => {
    const { cache, events, loads } = handleCache({ refreshAfter: 0 });
    cache.set("a", "old");
    await cache.getOrLoad("a");
    cache.set("a", "new");
    loads[0]!.resolve("new");
    await settled();
    expect([cache.get("a"), events]).toEqual(["new", ["load a", "close old"]]);
  });

  it.each<[string, (cache: LRUCache<string, string>) => void]>([
    ["is overtaken in the background", (cache) => void cache.delete("a")],
    ["outlives its cache", (cache) => cache[Symbol.dispose]()],
  ])("is disposed of when its load %s", async (_title, interfere) => {
    const { cache, events, loads } = handleCache({ refreshAfter: 0, ttl: 1e6 });
    cache.set("a", "old");
    expect(await cache.getOrLoad("a")).toBe("old");
    interfere(cache);
    await settled();
    expect(events).toEqual(["load a", "close old"]);
    expect(loads[0]!.signal.aborted).toBe(true);
    loads[0]!.resolve("late");
    await settled();
    expect([events, cache.has("a")]).toEqual([["load a", "close old", "close late"], false]);
  });

  it("is disposed of when its callers have left", async () => {
    const { cache, events, loads } = handleCache();
    const controller = new AbortController();
    const waiting = cache.getOrLoad("a", undefined, { signal: controller.signal });
    controller.abort("gone");
    await outcomeOf(waiting);
    loads[0]!.resolve("late");
    await settled();
    expect(events).toEqual(["load a", "close late"]);
  });

  it("is disposed of when it cannot be stored", async () => {
    const { cache, events } = handleCache();
    const waiting = cache.getOrLoad("a", (_key, context) => {
      context.ttl = Number.NaN;
      return "bad";
    });
    expect(await outcomeOf(waiting)).toMatchObject({ error: { name: "RangeError" } });
    expect(events).toEqual(["close bad"]);
  });

  it("is disposed of among the other values of its load", async () => {
    const result = createDeferred<Iterable<[string, string]>>();
    const { cache, events } = handleCache({ loadMany: () => result.promise });
    const controller = new AbortController();
    const a = cache.getOrLoadMany(["a", "b"], undefined, { signal: controller.signal });
    const b = cache.getOrLoad("b");
    controller.abort("gone");
    cache.delete("a");
    result.resolve([
      ["a", "A"],
      ["b", "B"],
    ]);
    expect(await outcomeOf(a)).toEqual({ error: "gone" });
    expect([await b, events]).toEqual(["B", ["close A"]]);
  });

  it("belongs to its callers if its load was fenced", async () => {
    const { cache, events, loads } = handleCache();
    const waiting = cache.getOrLoad("a");
    cache.delete("a");
    loads[0]!.resolve("theirs");
    expect([await waiting, events]).toEqual(["theirs", ["load a"]]);
  });
});
