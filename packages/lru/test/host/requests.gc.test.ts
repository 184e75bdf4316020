import { AsyncLocalStorage } from "node:async_hooks";
import { LRUCache, type LRUCacheOptions } from "@heapwise/lru";
import { memoize } from "@heapwise/lru/memoize";
import { gcUntil } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";

const HOUR = 3_600_000;
const REQUESTS = 100;

interface Store {
  held?: unknown;
}

const storage = new AsyncLocalStorage<Store>();

/** Serves requests, each with an object in its store. Returns weak references to these objects. */
async function serve(request: (store: Store) => unknown): Promise<() => number> {
  const refs: WeakRef<Store>[] = [];
  for (let i = 0; i < REQUESTS; i++) {
    await storage.run({}, async () => {
      const store = storage.getStore()!;
      refs.push(new WeakRef(store));
      store.held = await request(store);
    });
  }
  return () => refs.filter((ref) => ref.deref() !== undefined).length;
}

const OPTIONS: readonly (readonly [string, LRUCacheOptions<string, number>])[] = [
  ["ttl", { max: 9, ttl: HOUR }],
  ["idleTtl", { max: 9, idleTtl: HOUR }],
  ["a stale window", { max: 9, ttl: HOUR, staleIfError: HOUR }],
  ["bytes and disposal", { maxBytes: 1e6, ttl: HOUR, dispose: () => {} }],
  [
    "timers of the program",
    {
      max: 9,
      ttl: HOUR,
      clock: {
        now: () => performance.now(),
        schedule: (run, ms) => {
          const timer = setTimeout(run, ms).unref();
          return () => clearTimeout(timer);
        },
      },
    },
  ],
];

describe("A request with a cache of its own is collected", () => {
  it.each(OPTIONS)("with %s", async (_, options) => {
    const alive = await serve(async () => {
      const cache = new LRUCache<string, number>(options);
      await cache.set("user", 1).getOrLoad("rights", async () => 2);
      return cache;
    });
    expect(await gcUntil(() => alive() === 0)).toBe(true);
  });

  it("with memoized methods of an object of the request", async () => {
    class User {
      readonly id = 1;
      rights(name: string): string {
        return name + this.id;
      }
    }
    User.prototype.rights = memoize(User.prototype.rights, { ttl: HOUR });
    const alive = await serve(() => {
      const user = new User();
      user.rights("read");
      return user;
    });
    expect(await gcUntil(() => alive() === 0)).toBe(true);
  });
});

describe("A request that set the timer of a shared cache is collected", () => {
  it("though the timer fires in an hour", async () => {
    const caches: unknown[] = [];
    const alive = await serve(() => {
      caches.push(new LRUCache({ max: 9, ttl: HOUR }).set("user", 1));
    });
    expect(await gcUntil(() => alive() === 0)).toBe(true);
    expect(caches.length).toBe(REQUESTS);
  });

  it("though it began a burst of hits", async () => {
    const cache = new LRUCache<number, number>({ max: 9, ttl: HOUR }).set(1, 1);
    const alive = await serve(() => {
      for (let i = 0; i < 1000; i++) cache.get(1);
    });
    expect(await gcUntil(() => alive() === 0)).toBe(true);
    expect(cache.size).toBe(1);
  });
});
