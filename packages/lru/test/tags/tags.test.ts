import { LRUCache, REMOVE, type LRUCacheOptions } from "@heapwise/lru";
import { FakeClock, randomStream } from "@heapwise/testkit";
import { announceSeed } from "@heapwise/testkit/vitest";
import { describe, expect, it } from "vitest";
import { TagIndex } from "../../src/tags/tag-index.ts";
import { createDeferred } from "../loading/deferred.ts";
import { loggedCache, POLICIES } from "../logged-cache.ts";

/** The indexes that are created while a test runs. */
function watchIndexes(): Set<TagIndex> & Disposable {
  const { start } = TagIndex.prototype;
  const indexes = new Set<TagIndex>();
  TagIndex.prototype.start = function (...args) {
    indexes.add(this);
    start.apply(this, args);
  };
  return Object.assign(indexes, {
    [Symbol.dispose]: () => void (TagIndex.prototype.start = start),
  });
}

describe("deleteByTag", () => {
  it("deletes the entries with the tag, counts them and reports them", () => {
    const { cache, log } = loggedCache<string, number>({ max: 9 });
    cache.set("a", 1, { tags: ["x", "y"] }).set("b", 2, { tags: ["y"] });
    cache.set("c", 3, { tags: new Set(["z"]) }).set("d", 4);

    expect(cache.deleteByTag("y")).toBe(2);

    expect([...cache.keys()]).toEqual(["d", "c"]);
    expect(log).toEqual([
      ["a", 1, "deleted"],
      ["b", 2, "deleted"],
    ]);
    expect([cache.deleteByTag("y"), cache.deleteByTag("x"), cache.deleteByTag("none")]).toEqual([
      0, 0, 0,
    ]);
    expect([cache.stats().hits, cache.stats().misses]).toEqual([0, 0]);
  });

  it("counts an entry once whose tags name one twice", () => {
    const cache = new LRUCache<string, number>({ max: 9 });
    cache.set("a", 1, { tags: ["x", "x", "y", "x"] });
    expect(cache.snapshot().entries[0]?.tags).toEqual(["x", "y"]);
    expect([cache.deleteByTag("x"), cache.deleteByTag("y")]).toEqual([1, 0]);
  });

  it("deletes stale entries, and no expired entries", () => {
    const clock = new FakeClock();
    const { cache, log } = loggedCache<string, number>({
      max: 9,
      ttl: 10,
      staleIfError: 10,
      clock: { now: clock.now },
    });
    cache.set("over", 1, { tags: ["x"] });
    clock.advance(10);
    cache.set("stale", 2, { tags: ["x"] });
    clock.advance(10);
    cache.set("live", 3, { tags: ["x"] });
    expect([cache.size, cache.deleteByTag("x")]).toEqual([1, 2]);
    expect(log).toEqual([
      ["over", 1, "expired"],
      ["stale", 2, "deleted"],
      ["live", 3, "deleted"],
    ]);
  });

  it("keeps entries that its listeners add under the same tag", () => {
    const { cache, log } = loggedCache<string, number>({
      max: 9,
      onRemoval: (key, value) => {
        if (value < 3) cache.set(key, value + 1, { tags: ["x"] });
        if (value === 2) expect(cache.deleteByTag("x")).toBe(2);
      },
    });
    cache.set("a", 1, { tags: ["x"] }).set("b", 1, { tags: ["x"] });
    expect(cache.deleteByTag("x")).toBe(2);
    expect(log.filter(([, value]) => value === 1).length).toBe(2);
    expect(log.length).toBeLessThan(9);
    expect(cache.size).toBe(2);
  });

  it("keeps loads of the keys that it deletes from being stored", async () => {
    const value = createDeferred<number>();
    const cache = new LRUCache<string, number>({ max: 9, load: () => value.promise });
    cache.set("a", 1, { tags: ["x"] }).set("b", 1);
    const loads = [cache.refresh("a"), cache.refresh("b")];
    expect(cache.deleteByTag("x")).toBe(1);
    value.resolve(2);
    expect([await Promise.all(loads), [...cache]]).toEqual([[2, 2], [["b", 2]]]);
  });

  it("keeps a load from being stored that gives its entry the tag, and no other load", async () => {
    const cache = new LRUCache<string, number>({ max: 9 });
    const load = (tags: Iterable<string> | undefined) =>
      cache.getOrLoad(`${[...(tags ?? [])]}`, async (_key, context) => {
        await Promise.resolve();
        context.tags = tags;
        return 1;
      });
    const loads = [load(["x"]), load(["y", "x"]), load(["y"]), load(undefined)];
    expect(cache.deleteByTag("x")).toBe(0);
    expect(await Promise.all(loads)).toEqual([1, 1, 1, 1]);
    expect([...cache.keys()].sort()).toEqual(["", "y"]);
    await load(["x"]);
    expect([cache.deleteByTag("x"), cache.deleteByTag("y")]).toEqual([1, 1]);
  });

  it.each([undefined, null, 5, {}, ["x"], Symbol("x")])("refuses %o", (tag) => {
    const cache = new LRUCache<string, number>({ max: 9 });
    cache.set("undefined", 1, { tags: ["undefined", "5"] });
    expect(() => cache.deleteByTag(tag as never)).toThrow(
      /^Cannot delete entries: tag is .+, expected a string$/,
    );
    expect(cache.size).toBe(1);
  });

  it("keeps a load from being stored after which too many tags were deleted to know", async () => {
    const cache = new LRUCache<string, number>({ max: 9 });
    const load = async (key: string, tags: readonly string[], others: number): Promise<boolean> => {
      const { promise, resolve } = createDeferred<void>();
      const loaded = cache.getOrLoad(key, async (_key, context) => {
        await promise;
        context.tags = tags;
        return 1;
      });
      for (let i = 0; i < others; i++) cache.deleteByTag(`${i}`);
      resolve();
      await loaded;
      return cache.has(key);
    };

    expect(await load("a", ["x"], 1000)).toBe(true);
    expect(await load("b", ["x"], 1001)).toBe(false);
    expect(await load("c", [], 1001)).toBe(true);
    // A tag that was deleted before a load does not concern the load.
    expect(await load("d", ["x", "1000", "0"], 0)).toBe(true);
  });

  it("takes any string, also the names that every object has", () => {
    const cache = new LRUCache<string, number>({ max: 9 });
    for (const tag of ["", "__proto__", "constructor", "\0", "ä\ud800"]) {
      expect(cache.deleteByTag(tag)).toBe(0);
      cache.set("a", 1, { tags: [tag] });
      expect(cache.deleteByTag(tag)).toBe(1);
    }
  });

  it("finds nothing in a cache that is disposed of, or has never had a tag", () => {
    const cache = new LRUCache<string, number>({ max: 9 });
    expect(cache.deleteByTag("x")).toBe(0);
    cache.set("a", 1, { tags: ["x"] });
    cache[Symbol.dispose]();
    expect(cache.deleteByTag("x")).toBe(0);
  });

  it("takes time in proportion to the entries with the tag", () => {
    let now = 0;
    const cache = new LRUCache<number, number>({ max: 2000, ttl: 1e9, clock: { now: () => now } });
    for (let i = 0; i < 2000; i++) cache.set(i, i, { tags: [`${i % 1000}`, "all"] });
    const looks: number[] = [];
    const { forget } = TagIndex.prototype;
    TagIndex.prototype.forget = function (slot) {
      looks.push(slot);
      forget.call(this, slot);
    };
    try {
      expect([cache.deleteByTag("5"), looks.length]).toEqual([2, 2]);
      expect([cache.deleteByTag("none"), looks.length]).toEqual([0, 2]);
    } finally {
      TagIndex.prototype.forget = forget;
    }
    now++;
    expect(cache.size).toBe(1998);
  });
});

describe("Tags", () => {
  const tagsOf = (cache: LRUCache<string, number>, key: string): readonly string[] | undefined =>
    cache.snapshot().entries.find((entry) => entry.key === key)?.tags;

  it.each<[string, unknown]>([
    ["a text", "x"],
    ["an empty text", ""],
    ["a number", 5],
    ["null", null],
    ["an object", { x: true }],
    ["a list with a number", ["x", 5]],
    ["a list with nothing", [undefined]],
    ["a Map", new Map([["x", 1]])],
  ])("are not %s: that changes nothing", (_title, tags) => {
    const { cache, log } = loggedCache<string, number>({ max: 2 });
    cache.set("a", 1, { tags: ["old"] }).set("b", 2);
    for (const write of [
      () => cache.set("a", 2, { tags: tags as string[] }),
      () => cache.set("c", 2, { tags: tags as string[] }),
      () => cache.update("a", () => 2, { tags: tags as string[] }),
      () => cache.setMany([["a", 2]], { tags: tags as string[] }),
    ]) {
      expect(write).toThrow(TypeError);
      expect(write).toThrow(/^Cannot set entry: .+, expected .+/);
    }
    expect([[...cache], log, tagsOf(cache, "a")]).toEqual([
      [
        ["b", 2],
        ["a", 1],
      ],
      [],
      ["old"],
    ]);
  });

  it("change nothing if reading them throws", () => {
    const cache = new LRUCache<string, number>({ max: 2 });
    cache.set("a", 1, { tags: ["old"] });
    function* tags(): Generator<string> {
      yield "new";
      throw new Error("no more");
    }
    expect(() => cache.set("a", 2, { tags: tags() })).toThrow(new Error("no more"));
    expect([cache.peek("a"), tagsOf(cache, "a")]).toEqual([1, ["old"]]);
  });

  it("come from the last set, and update keeps them unless it is given others", () => {
    const cache = new LRUCache<string, number>({ max: 2 });
    cache.set("a", 1, { tags: ["x", "y"] });
    cache.update("a", () => 2);
    cache.update("a", (old) => old!, { weight: undefined });
    cache.update("a", (old) => old! + 1, {});
    expect([cache.peek("a"), tagsOf(cache, "a")]).toEqual([3, ["x", "y"]]);
    cache.update("a", () => 4, { tags: ["z"] });
    expect([cache.deleteByTag("x"), tagsOf(cache, "a")]).toEqual([0, ["z"]]);
    cache.update("a", () => 5, { tags: [] });
    expect(tagsOf(cache, "a")).toBe(undefined);
    cache.set("a", 6, { tags: ["x"] }).set("a", 7);
    expect([cache.deleteByTag("x"), cache.peek("a"), tagsOf(cache, "a")]).toEqual([
      0,
      7,
      undefined,
    ]);
    cache.update("a", () => REMOVE);
    cache.update("a", () => 8);
    expect(tagsOf(cache, "a")).toBe(undefined);
  });

  it("of an expired entry are not kept", () => {
    const clock = new FakeClock();
    const cache = new LRUCache<string, number>({ max: 2, ttl: 10, clock });
    for (const write of [
      () => cache.set("a", 2, { keepTtl: true }),
      () => cache.update("a", () => 2),
    ]) {
      cache.set("a", 1, { tags: ["x"] });
      clock.advance(20);
      write();
      expect(tagsOf(cache, "a")).toEqual(undefined);
      expect(cache.deleteByTag("x")).toBe(0);
    }
  });

  it("are read once for several entries", () => {
    const cache = new LRUCache<string, number>({ max: 9 });
    function* tags(): Generator<string> {
      yield "x";
    }
    cache.setMany(
      [
        ["a", 1],
        ["b", 2],
      ],
      { tags: tags() },
    );
    expect(cache.deleteByTag("x")).toBe(2);
  });

  it("do not follow the list from which they were read", () => {
    const cache = new LRUCache<string, number>({ max: 9 });
    const tags = ["x"];
    cache.set("a", 1, { tags });
    tags[0] = "y";
    (cache.snapshot().entries[0]!.tags as string[])[0] = "z";
    expect([cache.deleteByTag("y"), cache.deleteByTag("z"), cache.deleteByTag("x")]).toEqual([
      0, 0, 1,
    ]);
  });

  it("are carried by snapshots, through JSON too", () => {
    const cache = new LRUCache<string, number>({ max: 9, maxWeight: 9 });
    cache.set("a", 1, { tags: ["x", "y"], weight: 2 }).set("b", 2);
    const { entries } = cache.snapshot();
    expect(entries).toEqual([
      { key: "b", value: 2, weight: 1 },
      { key: "a", value: 1, weight: 2, tags: ["x", "y"] },
    ]);
    const copy = JSON.parse(JSON.stringify(cache.snapshot())) as ReturnType<typeof cache.snapshot>;
    for (const options of [{ max: 9 }, { maxWeight: 9 }, { maxBytes: 9999 }]) {
      const restored = LRUCache.from(copy, options);
      expect([restored.deleteByTag("y"), [...restored.keys()]]).toEqual([1, ["b"]]);
    }
  });

  it("of a refused value are not kept", () => {
    using indexes = watchIndexes();
    const cache = new LRUCache<string, number>({ maxWeight: 9 });
    cache.set("a", 1, { tags: ["x"], weight: 10 });
    expect([cache.deleteByTag("x"), indexes.size]).toEqual([0, 0]);
    cache.set("a", 1, { tags: ["x"] }).set("a", 2, { tags: ["y"], weight: 10 });
    expect([cache.deleteByTag("x"), cache.deleteByTag("y"), [...indexes][0]?.size]).toEqual([
      0, 0, 0,
    ]);
  });

  it("create an index only if an entry has tags", () => {
    using indexes = watchIndexes();
    const cache = new LRUCache<string, number>({ max: 2 });
    cache.set("a", 1, { tags: [] }).set("b", 2, {}).set("c", 3);
    cache.update("c", () => 4, { tags: new Set<string>() });
    cache.deleteByTag("x");
    expect(indexes.size).toBe(0);
  });

  it("count against a bound in bytes", () => {
    const { cache, log } = loggedCache<number, number>({ maxBytes: 20_000 });
    const bare = new LRUCache<number, number>({ maxBytes: 20_000 });
    for (let i = 0; i < 500; i++) {
      cache.set(i, i, { tags: [`tag ${i}`, "all"] });
      bare.set(i, i);
      expect(cache.bytes()).toBeLessThanOrEqual(20_000);
    }
    expect(cache.size).toBeLessThan(bare.size / 2);
    expect([cache.size + log.length, cache.has(499)]).toEqual([500, true]);
    const before = cache.bytes();
    cache.set(499, 499);
    expect(cache.bytes()).toBeLessThan(before - 200);
    cache.set(499, 499, { tags: ["x".repeat(20_000)] });
    expect([cache.has(499), cache.size > 0]).toEqual([false, true]);
  });
});

interface Entry {
  value: number;
  tags: string[];
}

const KINDS: readonly (readonly [string, LRUCacheOptions<number, number>])[] = [
  ["max", { max: 100 }],
  ["weights", { max: 80, maxWeight: 200, weigh: (value) => value % 5 }],
  ["bytes", { maxBytes: 20_000 }],
  ["a ttl", { max: 100, ttl: 20 }],
  ["a ttl and a stale window", { max: 100, ttl: 20, staleIfError: 30 }],
];

describe.each(POLICIES)("Tags with %s", (_name, create) => {
  it.each(KINDS)("agree with a naive model, bounded by %s", (_title, options) => {
    using indexes = watchIndexes();
    const random = randomStream(announceSeed());
    const below = (count: number): number => Math.floor(count * random());
    const clock = new FakeClock();
    /** The entries of the cache, stale or live. The listener removes the removed entries. */
    const model = new Map<number, Entry>();
    const { cache, log } = loggedCache<number, number>({
      ...options,
      clock,
      seed: 1,
      policy: create(),
      onRemoval: (key, value, cause) => {
        if (cause !== "replaced" && model.get(key)?.value === value) model.delete(key);
      },
    });
    let count = 0;
    for (let i = 0; i < 4000; i++) {
      const key = below(150);
      const value = ++count;
      const tags = Array.from({ length: below(4) }, () => `${below(12)}`);
      const choice = random();
      if (choice < 0.35) {
        model.set(key, { value, tags });
        cache.set(key, value, { tags });
      } else if (choice < 0.5) {
        model.set(key, { value, tags: [] });
        cache.set(key, value);
      } else if (choice < 0.6) {
        model.set(key, { value, tags: model.get(key)?.tags ?? [] });
        cache.update(key, () => value);
      } else if (choice < 0.65) {
        cache.update(key, () => REMOVE);
      } else if (choice < 0.75) cache.get(key);
      else if (choice < 0.8) cache.delete(key);
      else if (choice < 0.9) {
        const tag = `${below(12)}`;
        cache.expireNow();
        const tagged = [...model].filter(([, entry]) => entry.tags.includes(tag));
        log.length = 0;
        expect(cache.deleteByTag(tag)).toBe(tagged.length);
        expect(new Set(log.map(([at, , cause]) => `${at} ${cause}`))).toEqual(
          new Set(tagged.map(([at]) => `${at} deleted`)),
        );
      } else if (choice < 0.94) clock.advance(below(15));
      else if (choice < 0.96) cache.trim(0.05 + 0.95 * random());
      else if (choice < 0.97) cache.evict();
      else if (choice < 0.98) cache.resize({ max: below(3) === 0 ? below(5) : 100 });
      else if (choice < 0.985) cache.deleteWhere((_value, at) => at % 7 === 0);
      else if (choice < 0.988) cache.clear();
      if (i % 20 === 0) {
        cache.expireNow();
        const found = cache.snapshot().entries.map((entry) => [entry.key, entry.tags ?? []]);
        // A snapshot contains stale entries too, and the model keeps them as well.
        const kept = [...model].map(([at, entry]) => [at, [...new Set(entry.tags)]]);
        expect(new Map(found as [])).toEqual(new Map(kept as []));
      }
      if (model.size === 0) for (const index of indexes) expect(index.size).toBe(0);
    }
    expect(indexes.size).toBe(1);
    for (const tag of Array.from({ length: 12 }, (_, at) => `${at}`)) cache.deleteByTag(tag);
    for (const index of indexes) expect(index.size).toBe(0);
    expect([...model.values()].every((entry) => entry.tags.length === 0)).toBe(true);
  });
});
