import {
  Cache,
  LRUCache,
  OpaqueEntryError,
  REMOVE,
  type CacheLease,
  type CacheStats,
  type Clock,
  type EntryInfo,
  type LRUCacheOptions,
  type RemovalCause,
  type Snapshot,
} from "@heapwise/lru";
import * as core from "@heapwise/lru/core";
import { memoize } from "@heapwise/lru/memoize";
import * as policies from "@heapwise/lru/policies";
import type { EvictionPolicy, PolicyContext, PolicyFactory } from "@heapwise/lru/policies";
import { describe, expectTypeOf, it } from "vitest";

interface User {
  readonly name: string;
}

const cache = new LRUCache<string, User>({ max: 3 });

describe("LRUCache", () => {
  it("types its entries", () => {
    expectTypeOf(cache.get("a")).toEqualTypeOf<User | undefined>();
    expectTypeOf(cache.peek("a")).toEqualTypeOf<User | undefined>();
    expectTypeOf(cache.has("a")).toEqualTypeOf<boolean>();
    expectTypeOf(cache.set("a", { name: "" })).toEqualTypeOf<LRUCache<string, User>>();
    expectTypeOf(cache.evict()).toEqualTypeOf<[string, User] | undefined>();
    expectTypeOf(cache.getMany(["a"])).toEqualTypeOf<Map<string, User>>();
    expectTypeOf(cache.hottest(1)).toEqualTypeOf<[string, User][]>();
    expectTypeOf(cache.info("a")).toEqualTypeOf<EntryInfo | undefined>();
    expectTypeOf(cache.stats()).toEqualTypeOf<CacheStats>();
    expectTypeOf(cache.snapshot()).toEqualTypeOf<Snapshot<string, User>>();
    expectTypeOf([...cache]).toEqualTypeOf<[string, User][]>();
    expectTypeOf([...cache.keys()]).toEqualTypeOf<string[]>();
    expectTypeOf([...cache.values()]).toEqualTypeOf<User[]>();
  });

  it("types its loads", () => {
    expectTypeOf(cache.getOrLoad("a")).toEqualTypeOf<Promise<User>>();
    expectTypeOf(cache.getOrLoadMany(["a"])).toEqualTypeOf<Promise<Map<string, User>>>();
    expectTypeOf(cache.refresh("a")).toEqualTypeOf<Promise<User>>();
    void cache.getOrLoad("a", async (key, { signal, stale }) => {
      expectTypeOf(key).toEqualTypeOf<string>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      expectTypeOf(stale).toEqualTypeOf<User | undefined>();
      return { name: key };
    });
    void cache.getOrLoadMany(["a"], (keys, { stale }) => {
      expectTypeOf(keys).toEqualTypeOf<readonly string[]>();
      expectTypeOf(stale).toEqualTypeOf<ReadonlyMap<string, User>>();
      return new Map([["a", { name: "" }]]);
    });
    // @ts-expect-error a loader of another type
    void cache.getOrLoad("a", async () => 1);
    // @ts-expect-error values are no entries
    void cache.getOrLoadMany(["a"], async (keys) => keys.map((name) => ({ name })));
    // @ts-expect-error an unknown option
    void cache.getOrLoad("a", undefined, { timeout: 1 });
    const area = memoize((width: number, height?: string) => [width, height] as const);
    expectTypeOf(area(1, "")).toEqualTypeOf<readonly [number, string | undefined]>();
    expectTypeOf(area.cacheOf().get(1)).toEqualTypeOf<
      readonly [number, string | undefined] | undefined
    >();
    const later = memoize(async (id: number) => String(id));
    expectTypeOf(later(1)).toEqualTypeOf<Promise<string>>();
    expectTypeOf(later.cacheOf().peek(1)).toEqualTypeOf<string | undefined>();
    // @ts-expect-error an argument of another type
    void later("1");
  });

  it("types its options", () => {
    // @ts-expect-error a key of another type
    cache.get(1);
    // @ts-expect-error a value of another type
    cache.set("a", { title: "" });
    // @ts-expect-error a text, of which the characters would be the keys
    cache.deleteMany("ab");
    // @ts-expect-error likewise
    cache.getMany("ab");
    // @ts-expect-error likewise
    void cache.getOrLoadMany("ab");
    // @ts-expect-error likewise
    cache.setMany("ab");
    const keys: Iterable<string> = new Set(["a"]);
    cache.deleteMany(keys);
    cache.getMany(new Map([["a", 1]]).keys());
    // @ts-expect-error a callback that may return nothing
    cache.getOrInsertComputed("a", () => undefined);
    // @ts-expect-error the size is not for setting
    cache.size = 3;
    // @ts-expect-error options are required
    new LRUCache<string, User>();
    // @ts-expect-error an unknown name
    new LRUCache<string, User>({ max: 3, onEvict: () => {} });
  });

  it("types callbacks: value first about an entry, key first about an event", () => {
    new LRUCache<string, User>({
      maxWeight: 10,
      weigh: (value, key) => {
        expectTypeOf(value).toEqualTypeOf<User>();
        expectTypeOf(key).toEqualTypeOf<string>();
        return 1;
      },
      onRemoval: (key, value, cause) => {
        expectTypeOf(key).toEqualTypeOf<string>();
        expectTypeOf(value).toEqualTypeOf<User>();
        expectTypeOf(cause).toEqualTypeOf<RemovalCause>();
      },
    });
    cache.deleteWhere((value, key) => {
      expectTypeOf(value).toEqualTypeOf<User>();
      expectTypeOf(key).toEqualTypeOf<string>();
      return true;
    });
    expectTypeOf<RemovalCause>().toEqualTypeOf<"evicted" | "expired" | "replaced" | "deleted">();
  });

  it("types update: the old value may be missing, and REMOVE removes", () => {
    cache.update("a", (old) => {
      expectTypeOf(old).toEqualTypeOf<User | undefined>();
      return old ?? REMOVE;
    });
    // @ts-expect-error another symbol
    cache.update("a", () => Symbol("x"));
  });

  it("holds undefined and null, and any key", () => {
    const any = new LRUCache<unknown, null | undefined>({ max: 1 });
    any.set(Symbol("key"), undefined).set(null, null);
    expectTypeOf(any.get({})).toEqualTypeOf<null | undefined>();
  });

  it("is an iterable, a disposable and Cache", () => {
    expectTypeOf(cache).toExtend<Iterable<[string, User]>>();
    expectTypeOf(cache).toExtend<Disposable>();
    expectTypeOf(Cache).toEqualTypeOf(LRUCache);
    expectTypeOf(LRUCache.from(cache.snapshot(), { max: 3 })).toEqualTypeOf<
      LRUCache<string, User>
    >();
  });

  it("types time and leases", () => {
    expectTypeOf(cache.acquire("a")).toEqualTypeOf<CacheLease<User> | undefined>();
    expectTypeOf<CacheLease<User>>().toExtend<Disposable>();
    expectTypeOf(cache.disposed()).toEqualTypeOf<Promise<void>>();
    expectTypeOf(cache.expireNow()).toEqualTypeOf<number>();
    cache.set("a", { name: "" }, { ttl: 5, weight: undefined });
    expectTypeOf(cache.deleteByTag("x")).toEqualTypeOf<number>();
    cache.set("a", { name: "" }, { tags: new Set(["x"]) });
    cache.update("a", (old) => old ?? REMOVE, { tags: ["x"], ttl: 5 });
    // @ts-expect-error a text, which would be taken apart into its characters
    cache.set("a", { name: "" }, { tags: "x" });
    // @ts-expect-error tags that are no texts
    cache.set("a", { name: "" }, { tags: [1] });
    // @ts-expect-error a time in words
    cache.set("a", { name: "" }, { ttl: "5s" });
    const clock: Clock = { now: () => performance.now() };
    new LRUCache<string, User>({
      unbounded: true,
      ttl: 5,
      idleTtl: undefined,
      clock,
      expires: (value, key) => {
        expectTypeOf(value).toEqualTypeOf<User>();
        expectTypeOf(key).toEqualTypeOf<string>();
        return key === "" ? undefined : 5;
      },
      dispose: async (value, key) => {
        expectTypeOf(value).toEqualTypeOf<User>();
        expectTypeOf(key).toEqualTypeOf<string>();
      },
      onError: (error) => expectTypeOf(error).toEqualTypeOf<unknown>(),
    });
  });

  it("takes options that may be undefined", () => {
    const options: LRUCacheOptions<string, User> = {
      max: 3,
      maxWeight: undefined,
      weigh: undefined,
    };
    new LRUCache(options);
  });
});

describe("The bound in bytes", () => {
  it("has options for copies, for parts out of sight, and for values that grow", () => {
    const onError = (error: unknown): void => {
      if (error instanceof OpaqueEntryError) {
        expectTypeOf(error.key).toBeUnknown();
        expectTypeOf<typeof error.code>().toEqualTypeOf<"OPAQUE_ENTRY">();
      }
    };
    new LRUCache<string, User>({ maxBytes: "64m", detachTexts: "deep", detachBuffers: true });
    new LRUCache<string, User>({ maxBytes: "1Gi", detachTexts: false, warnOpaque: true, onError });
    new LRUCache<string, User>({ maxBytes: "10%", remeasure: "onGet" });
    new LRUCache<string, User>({ maxBytes: 1000, remeasure: { ms: 1000 } });
    expectTypeOf(cache.stats().opaque).toEqualTypeOf<number>();
    expectTypeOf<core.CacheStats>().not.toHaveProperty("opaque");
    // @ts-expect-error another word
    new LRUCache<string, User>({ maxBytes: 1000, detachTexts: "all" });
    // @ts-expect-error nor is it said when
    new LRUCache<string, User>({ maxBytes: 1000, remeasure: true });
    // @ts-expect-error without a time
    new LRUCache<string, User>({ maxBytes: 1000, remeasure: {} });
  });
});

describe("The core", () => {
  it("is used as the whole is", () => {
    const options: core.LRUCacheOptions<string, User> = { max: 3, policy: policies.sieve() };
    const small = new core.LRUCache(options);
    expectTypeOf(small).toEqualTypeOf<core.LRUCache<string, User>>();
    expectTypeOf(small.get("a")).toEqualTypeOf<User | undefined>();
    expectTypeOf(small.set("a", { name: "" }, { weight: 1 })).toEqualTypeOf<typeof small>();
    expectTypeOf(small.info("a")).toEqualTypeOf<core.EntryInfo | undefined>();
    expectTypeOf(small.stats()).toEqualTypeOf<core.CacheStats>();
    expectTypeOf(new LRUCache(options)).toEqualTypeOf<LRUCache<string, User>>();
  });

  it("takes no string for several keys", () => {
    const small = new core.LRUCache<string, User>({ max: 3 });
    // @ts-expect-error a text, of which the characters would be the keys
    small.deleteMany("ab");
    // @ts-expect-error likewise
    small.getMany("ab");
    small.deleteMany(small.keys());
    small.update("a", () => ({ name: "" }), { weight: 1 });
    // @ts-expect-error the core has no tags
    small.set("a", { name: "" }, { tags: ["x"] });
  });

  it("has nothing of time and loading", () => {
    // @ts-expect-error: no option of the core
    new core.LRUCache<string, User>({ max: 3, ttl: 5 });
    const small = new core.LRUCache<string, User>({ max: 3 });
    // @ts-expect-error: no option of the core
    small.setMany([["a", { name: "" }]], { ttl: 5 });
    expectTypeOf(small).not.toHaveProperty("getOrLoad");
    expectTypeOf<core.CacheStats>().not.toHaveProperty("loads");
  });
});

describe("Policies", () => {
  it("are factories of factories", () => {
    expectTypeOf(policies.lru).toEqualTypeOf<() => PolicyFactory>();
    expectTypeOf(policies.lru()).parameters.toEqualTypeOf<[PolicyContext]>();
    expectTypeOf(policies.lru()).returns.toEqualTypeOf<EvictionPolicy>();
    expectTypeOf<keyof typeof policies>().toEqualTypeOf<
      "lru" | "sieve" | "s3Fifo" | "wTinyLfu" | "adaptive"
    >();
  });
});
