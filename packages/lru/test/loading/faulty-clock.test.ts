import { LRUCache } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { outcomeOf } from "./deferred.ts";

type Strings = LRUCache<string, string>;

const failure = new Error("out of order");

/** A cache with a stale entry and a live entry, and a clock that fails once, at its n-th use. */
function cacheFailingAt(n: number) {
  const fake = new FakeClock();
  const errors: unknown[] = [];
  let left = Infinity;
  const use = (): void => {
    if (left-- === 0) throw failure;
  };
  const cache: Strings = new LRUCache<string, string>({
    max: 10,
    ttl: 10,
    refreshAfter: 5,
    staleIfError: 1000,
    negativeTtl: 5,
    softTimeout: 50,
    hardTimeout: 100,
    onError: (error) => errors.push(error),
    clock: {
      now: () => (use(), fake.now()),
      schedule: (run, ms) => (use(), fake.schedule(run, ms)),
    },
    load: async (key) => {
      await Promise.resolve();
      if (key.startsWith("bad")) throw new Error(key);
      return key;
    },
  });
  cache.set("stale", "old").set("bad stale", "old");
  fake.advance(10);
  cache.set("live", "old");
  fake.advance(6);
  left = n;
  return { cache, fake, errors, hasFailed: () => left < 0 };
}

describe("A clock that throws", () => {
  const all = ["stale", "bad stale", "live", "new", "bad"];

  it.each<[string, (cache: Strings) => Promise<unknown>[]]>([
    ["getOrLoad", (cache) => all.map((key) => cache.getOrLoad(key))],
    ["getOrLoadMany", (cache) => [cache.getOrLoadMany(["stale", "live", "new", "other"])]],
    ["refresh", (cache) => all.map((key) => cache.refresh(key))],
  ])("leaves no %s waiting, at whichever use", async (_name, operation) => {
    for (let n = 0, hasFailed = true; hasFailed; n++) {
      const subject = cacheFailingAt(n);
      const { cache, fake } = subject;
      const outcomes = await Promise.all(operation(cache).map(outcomeOf));
      hasFailed = subject.hasFailed();
      expect(outcomes).not.toContain("pending");
      expect(cache.stats().inFlight).toBe(0);
      // The cache works as before.
      fake.advance(5);
      expect([...(await cache.getOrLoadMany(["stale", "new"])).values()]).toEqual(["stale", "new"]);
      expect(await cache.getOrLoad("bad stale")).toBe("old");
      fake.advance(3000);
      expect([cache.size, fake.pending]).toEqual([0, []]);
    }
  });

  it("leaves no load pending in a cache without time", async () => {
    let isBroken = false;
    const errors: unknown[] = [];
    const cache = new LRUCache<string, string>({
      max: 10,
      onError: (error) => errors.push(error),
      clock: {
        now: () => {
          if (isBroken) throw failure;
          return 0;
        },
      },
    });
    const waiting = cache.getOrLoad("a", async (key) => {
      await Promise.resolve();
      isBroken = true;
      return key;
    });
    expect(await outcomeOf(waiting)).toEqual({ value: "a" });
    expect(errors).toEqual([failure]);
    expect(cache.get("a")).toBe("a");
    expect(await outcomeOf(cache.getOrLoad("b", () => "b"))).toEqual({ error: failure });
  });
});

describe("A clock that uses the cache", () => {
  const ends: Readonly<Record<string, (key: string) => string>> = {
    loads: (key) => key,
    fails: () => {
      throw failure;
    },
  };

  it.each<[string, string, (cache: Strings, controller: AbortController) => void]>(
    Object.keys(ends).flatMap((end) => [
      [end, "disposes of it", (cache) => cache[Symbol.dispose]()],
      [end, "clears it", (cache) => cache.clear()],
      [end, "lets the caller leave", (_cache, controller) => controller.abort(failure)],
    ]),
  )("ends no load twice that %s, where it %s", async (end, what, change) => {
    for (let n = 0, isUsed = true; isUsed; n++) {
      let left = Infinity;
      let most = Infinity;
      const told: string[] = [];
      const controller = new AbortController();
      const cache: Strings = new LRUCache<string, string>({
        max: 10,
        ttl: 10,
        refreshAfter: 0,
        maxRefreshes: 1,
        clock: {
          now: () => {
            if (left-- === 0) {
              change(cache, controller);
              if (what === "disposes of it") most = cache.stats().loads;
            }
            return 0;
          },
        },
        observers: [
          {
            loadStarted: () => told.push("started"),
            loadEnded: ({ outcome }) => told.push(String(outcome)),
          },
        ],
        load: async (key) => {
          await Promise.resolve();
          return ends[end]!(key);
        },
      });
      cache.set("due", "old");
      left = n;
      const outcomes = await Promise.all([
        outcomeOf(cache.getOrLoad("due", undefined, { signal: controller.signal })),
        outcomeOf(cache.getOrLoad("new", undefined, { signal: controller.signal })),
      ]);
      isUsed = left < 0;
      expect(outcomes).not.toContain("pending");
      const started = told.filter((event) => event === "started").length;
      expect(told.length - started).toBe(started);
      const { inFlight, loads, loadFailures } = cache.stats();
      expect([inFlight, loads]).toEqual([0, started]);
      expect(loads).toBeLessThanOrEqual(most);
      expect(loadFailures).toBe(told.filter((event) => event === "failed").length);
    }
  });
});
