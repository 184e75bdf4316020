import { AsyncLocalStorage } from "node:async_hooks";
import { chargeOf, SIZE } from "@heapwise/sizeof";
import { FakeClock } from "@heapwise/testkit";
import { afterEach, describe, expect, test, vi } from "vitest";
import { LRUCache, type LRUCacheOptions, type RemovalCause } from "../../src/index.ts";
import { POLICIES } from "../logged-cache.ts";

const charged = (value: unknown): number => chargeOf(value).bytes;

const SLOT = 56;
/** Two times, the links of the wheel, and the links of stale entries. */
const TIME = 32;

interface Growing {
  list: unknown[];
}

const growing = (): Growing => ({ list: [] });
const bytesOfAll = (cache: LRUCache<string, Growing>): number =>
  [...cache].reduce((sum, [key, value]) => sum + charged(key) + charged(value) + SLOT, 0);

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('remeasure: "onGet"', () => {
  const create = (options: LRUCacheOptions<string, Growing> = {}) =>
    new LRUCache<string, Growing>({ maxBytes: 100_000, remeasure: "onGet", ...options });

  test.each<[string, (cache: LRUCache<string, Growing>) => unknown]>([
    ["get", (cache) => cache.get("a")],
    ["getMany", (cache) => cache.getMany(["a"])],
    ["getOrInsert", (cache) => cache.getOrInsert("a", growing())],
    ["getOrInsertComputed", (cache) => cache.getOrInsertComputed("a", growing)],
    ["acquire", (cache) => cache.acquire("a")!.release()],
    ["getOrLoad", (cache) => cache.getOrLoad("a", growing)],
    ["getOrLoadMany", (cache) => cache.getOrLoadMany(["a"], () => new Map())],
    ["acquireOrLoad", (cache) => cache.acquireOrLoad("a", growing)],
  ])("%s sizes an entry again that has grown or shrunk", async (_name, use) => {
    const cache = create();
    const value = growing();
    cache.set("a", value);
    value.list.push("x".repeat(1000), new Uint8Array(1000));
    await use(cache);
    expect(cache.bytes()).toBeGreaterThan(2000);
    value.list.length = 0;
    await use(cache);
    expect(cache.bytes()).toBe(SLOT + charged("a") + charged(value));
    expect(cache.stats()).toMatchObject({ hits: 2, misses: 0, updates: 0, evictions: 0 });
  });

  test.each<[string, (cache: LRUCache<string, Growing>) => unknown]>([
    ["peek", (cache) => cache.peek("a")],
    ["has", (cache) => cache.has("a")],
    ["info", (cache) => cache.info("a")],
    ["entries", (cache) => [...cache]],
    ["snapshot", (cache) => cache.snapshot()],
    ["a read of another key", (cache) => cache.get("b")],
  ])("%s does not", (_name, use) => {
    const cache = create();
    const value = growing();
    cache.set("a", value).set("b", growing());
    const before = cache.bytes();
    value.list.push("x".repeat(1000));
    use(cache);
    expect(cache.bytes()).toBe(before);
  });

  test("nor does any read without the option, in a cache with time or observers either", () => {
    for (const options of [{}, { ttl: 1000 }, { observers: [{ hit: () => {} }] }]) {
      const cache = create({ remeasure: undefined, ...options });
      const value = growing();
      cache.set("a", value);
      const before = cache.bytes();
      value.list.push("x".repeat(1000));
      cache.get("a");
      expect(cache.bytes()).toBe(before);
    }
  });

  test("other entries are evicted for a value that has grown, and are reported", () => {
    const removed: [string, RemovalCause][] = [];
    const cache = create({
      maxBytes: 10_000,
      onRemoval: (key, _, cause) => removed.push([key, cause]),
    });
    const value = growing();
    cache.set("a", value);
    for (let i = 0; i < 20; i++) cache.set(`${i}`, { list: ["y".repeat(100)] });
    value.list.push("x".repeat(6000));
    expect(cache.get("a")).toBe(value);
    expect(cache.has("a")).toBe(true);
    expect(cache.bytes()).toBeLessThanOrEqual(10_000);
    expect(cache.bytes()).toBe(bytesOfAll(cache));
    expect(removed.map(([key]) => key)).toEqual(removed.map((_, i) => `${i}`));
    expect(removed.every(([, cause]) => cause === "evicted")).toBe(true);
    expect(cache.stats().evictions).toBe(removed.length);
  });

  test.each(["get", "getOrLoad", "getOrLoadMany"] as const)(
    "what is too large alone leaves, and %s returns it",
    async (method) => {
      const removed: [unknown, RemovalCause][] = [];
      const loads = vi.fn(growing);
      const cache = create({
        onRemoval: (_, value, cause) => removed.push([value, cause]),
        load: loads,
      });
      const value = growing();
      cache.set("a", value).set("b", growing());
      value.list.push("x".repeat(100_000));
      const got =
        method === "getOrLoadMany"
          ? (await cache.getOrLoadMany(["a"])).get("a")
          : await cache[method]("a");
      expect(got).toBe(value);
      expect(removed).toEqual([[value, "evicted"]]);
      expect([...cache.keys()]).toEqual(["b"]);
      expect(cache.bytes()).toBe(bytesOfAll(cache));
      expect(loads).not.toHaveBeenCalled();
      expect(cache.stats()).toMatchObject({ hits: 1, evictions: 1, rejections: 0 });
    },
  );

  test("the weight of an entry follows its bytes, unless the program has given the weight", () => {
    const cache = create();
    const value = growing();
    cache.set("a", value).set("b", growing());
    value.list.push("x".repeat(1000));
    cache.get("a");
    expect(cache.info("a")!.weight).toBe(charged("a") + charged(value));
    expect(cache.weight).toBe(cache.bytes() - 2 * SLOT);
    const weighed = create({ maxWeight: 10 });
    weighed.set("a", value, { weight: 3 });
    value.list.push("x".repeat(1000));
    weighed.get("a");
    expect([weighed.info("a")!.weight, weighed.weight]).toEqual([3, 3]);
  });

  test("a deadline, tags and the order of use stay", () => {
    const clock = new FakeClock();
    const cache = create({ ttl: 100, clock });
    const value = growing();
    cache.set("a", value, { tags: ["tag"] }).set("b", growing());
    clock.advance(60);
    value.list.push("x".repeat(1000));
    cache.get("a");
    expect([...cache.keys()]).toEqual(["a", "b"]);
    expect(cache.info("a")!.expiresIn).toBe(40);
    const plain = create();
    plain.set("a", value);
    // The tag is still charged.
    expect(cache.bytes()).toBeGreaterThan(plain.bytes() + charged("b") + charged(growing()) + SLOT);
    expect(cache.deleteByTag("tag")).toBe(1);
  });

  test.each([undefined, (error: unknown) => error])(
    "a size that cannot be told is reported, the value returned, and the charge kept",
    (listener) => {
      const errors: unknown[] = [];
      const uncaught = vi.spyOn(
        globalThis as { queueMicrotask(run: () => void): void },
        "queueMicrotask",
      );
      uncaught.mockImplementation((run) => {
        try {
          run();
        } catch (error) {
          errors.push(error);
        }
      });
      try {
        let bytes = 100;
        const value = { list: [], [SIZE]: () => bytes };
        const cache = create({ onError: listener && ((error) => errors.push(listener(error))) });
        cache.set("a", value);
        const before = cache.bytes();
        bytes = NaN;
        expect(cache.get("a")).toBe(value);
        expect([cache.size, cache.bytes()]).toEqual([1, before]);
        expect(errors).toHaveLength(1);
        expect(errors[0]).toBeInstanceOf(RangeError);
      } finally {
        uncaught.mockRestore();
      }
    },
  );

  test("bytesOf is called again, with the value and its key", () => {
    const calls: unknown[][] = [];
    const cache = create({
      bytesOf: (value, key) => (calls.push([key, value]), 100 * value.list.length),
    });
    const value = growing();
    cache.set("a", value);
    value.list.push(1, 2);
    cache.get("a");
    expect(calls).toEqual([
      ["a", value],
      ["a", value],
    ]);
    expect(cache.bytes()).toBe(200 + SLOT);
  });

  test("a size may do anything with the cache", () => {
    const acts: ((cache: LRUCache<string, Growing>) => void)[] = [
      (cache) => cache.delete("a"),
      (cache) => cache.clear(),
      (cache) => cache.set("a", growing()),
      (cache) => cache.resize({ maxBytes: 10 }),
      (cache) => cache[Symbol.dispose](),
      (cache) => {
        for (let i = 0; i < 200; i++) cache.set(`${i}`, growing());
        for (let i = 0; i < 200; i++) cache.delete(`${i}`);
      },
    ];
    for (const act of acts) {
      let isArmed = false;
      const cache: LRUCache<string, Growing> = create();
      const value = {
        list: [],
        [SIZE]: () => {
          if (isArmed) {
            isArmed = false;
            act(cache);
          }
          return 500;
        },
      };
      cache.set("b", growing()).set("a", value);
      isArmed = true;
      expect(cache.get("a")).toBe(value);
      const expected = [...cache].reduce(
        (sum, [key, each]) => sum + charged(key) + (each === value ? 500 : charged(each)) + SLOT,
        0,
      );
      expect(cache.bytes()).toBe(expected);
    }
  });

  test("shared parts follow", () => {
    const cache = create({ shareAccounting: true });
    const shared = { text: "x".repeat(500) };
    const [a, b] = [growing(), growing()];
    cache.set("a", a).set("b", b);
    a.list.push(shared);
    b.list.push(shared);
    cache.get("a");
    const one = cache.bytes();
    cache.get("b");
    expect(cache.bytes() - one).toBeLessThan(400);
    a.list.length = b.list.length = 0;
    cache.get("a");
    expect(cache.bytes()).toBeGreaterThan(one - 400);
    cache.get("b");
    expect(cache.bytes()).toBeLessThan(one - 400);
    cache.clear();
    expect(cache.bytes()).toBe(0);
  });

  test("an entry that becomes opaque is counted and warned of", () => {
    const errors: unknown[] = [];
    const cache = create({ warnOpaque: true, onError: (error) => errors.push(error) });
    const value = growing();
    cache.set("a", value);
    value.list.push(() => 1);
    cache.get("a");
    cache.get("a");
    expect([cache.stats().opaque, errors.length]).toEqual([1, 1]);
    value.list.length = 0;
    cache.get("a");
    expect(cache.stats().opaque).toBe(0);
  });
});

describe("remeasure: { ms }", () => {
  const create = (options: LRUCacheOptions<string, Growing>) =>
    new LRUCache<string, Growing>({ maxBytes: 1e6, remeasure: { ms: 100 }, ...options });

  test("sizes all entries again in this interval, and evicts down to the bound", () => {
    const clock = new FakeClock();
    const removed: [string, RemovalCause][] = [];
    const cache = create({
      maxBytes: 20_000,
      clock,
      onRemoval: (key, _, cause) => removed.push([key, cause]),
    });
    const values = Array.from({ length: 20 }, growing);
    for (const [i, value] of values.entries()) cache.set(`${i}`, value);
    for (const value of values) value.list.push("x".repeat(500));
    clock.advance(99);
    expect(cache.bytes()).toBeLessThan(20 * 300);
    clock.advance(1);
    expect(cache.bytes()).toBe(bytesOfAll(cache));
    expect(cache.size).toBe(20);
    for (const value of values) value.list.push("x".repeat(1000));
    clock.advance(100);
    expect(cache.bytes()).toBe(bytesOfAll(cache));
    expect(cache.bytes()).toBeLessThanOrEqual(20_000);
    expect(cache.size).toBeGreaterThan(8);
    // In the order of use, in which sizing changes nothing.
    expect(removed).toEqual(removed.map((_, i) => [`${i}`, "evicted"]));
    for (const value of values) value.list.length = 0;
    clock.advance(100);
    expect(cache.bytes()).toBe(bytesOfAll(cache));
    expect(cache.stats()).toMatchObject({ hits: 0, updates: 0, evictions: removed.length });
  });

  test("works in slices: after about a millisecond the other entries wait for another macrotask", () => {
    const timers: { run: () => void; ms: number }[] = [];
    const schedule = (run: () => void, ms: number): (() => void) => {
      const timer = { run, ms };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    };
    let now = 0;
    const time = vi.spyOn(performance, "now").mockImplementation(() => now);
    try {
      const cache = create({ clock: { now: () => 0, schedule } });
      const sized: string[] = [];
      for (const key of "abcdefgh") {
        const tell = (): number => {
          sized.push(key);
          now += key === "f" ? 50 : 0.4;
          return 100;
        };
        cache.set(key, { list: [], [SIZE]: tell } as Growing);
      }
      const slices: string[] = [];
      do {
        sized.length = 0;
        const [timer] = timers.splice(0);
        timer!.run();
        slices.push(`${timer!.ms} ${sized.join("")}`);
      } while (timers[0]!.ms < 100);
      expect(slices).toEqual(["100 abc", "0 def", "0 gh"]);
      expect(timers).toHaveLength(1);
    } finally {
      time.mockRestore();
    }
  });

  test("an empty cache keeps no timer; the first entry brings one", () => {
    const clock = new FakeClock();
    const cache = create({ clock });
    expect(clock.pending).toEqual([]);
    cache.set("large", { list: ["x".repeat(2e6)] });
    expect(clock.pending).toEqual([]);
    cache.set("a", growing());
    expect(clock.pending).toHaveLength(1);
    cache.set("a", growing()).set("b", growing());
    expect(clock.pending).toHaveLength(1);
    cache.delete("a");
    expect(clock.pending).toHaveLength(1);
    cache.delete("b");
    expect(clock.pending).toEqual([]);
    cache.set("a", growing());
    cache.clear();
    expect(clock.pending).toEqual([]);
    cache.set("a", growing());
    cache.trim(0);
    expect(clock.pending).toEqual([]);
    cache.set("a", growing());
    cache[Symbol.dispose]();
    expect(clock.pending).toEqual([]);
  });

  test("an entry that is written again and again is sized all the same", () => {
    const clock = new FakeClock();
    const cache = create({ clock });
    const value = growing();
    cache.set("a", value);
    for (let i = 0; i < 9; i++) {
      clock.advance(11);
      cache.set("a", value);
    }
    value.list.push("x".repeat(500));
    clock.advance(1);
    expect(cache.bytes()).toBe(bytesOfAll(cache));
  });

  test("an entry that throws is reported, and the other entries are sized", () => {
    const clock = new FakeClock();
    const errors: unknown[] = [];
    let isBroken = false;
    const cache = create({ clock, onError: (error) => errors.push(error) });
    const broken = {
      list: [],
      [SIZE]: () => {
        if (isBroken) throw new Error("broken");
        return 100;
      },
    };
    const value = growing();
    cache.set("a", broken).set("b", value);
    const before = cache.bytes();
    isBroken = true;
    value.list.push("x".repeat(500));
    const more = charged(value) - charged(growing());
    clock.advance(100);
    expect(cache.bytes()).toBe(before + more);
    clock.advance(100);
    expect(errors).toEqual([new Error("broken"), new Error("broken")]);
  });

  test("a listener that throws is reported", () => {
    const clock = new FakeClock();
    const errors: unknown[] = [];
    const cache = create({
      clock,
      maxBytes: 5000,
      onError: (error) => errors.push(error),
      onRemoval: () => {
        throw new Error("listener");
      },
    });
    const value = growing();
    cache.set("a", value).set("b", growing());
    value.list.push("x".repeat(6000));
    clock.advance(100);
    expect([...cache.keys()]).toEqual(["b"]);
    expect(errors).toEqual([new Error("listener")]);
    expect(clock.pending).toHaveLength(1);
  });

  test.each([0, 0.6, 2])(
    "the program may do anything meanwhile, if a look at the time takes %d ms",
    (ms) => {
      let now = 0;
      vi.spyOn(performance, "now").mockImplementation(() => (now += ms));
      const acts: ((cache: LRUCache<string, Growing>) => void)[] = [
        (cache) => cache.clear(),
        (cache) => cache[Symbol.dispose](),
        (cache) => cache.resize({ maxBytes: 0 }),
        (cache) => void cache.delete("100"),
        (cache) => {
          for (let i = 0; i < 195; i++) cache.delete(`${i}`);
        },
        (cache) => {
          for (let i = 0; i < 50; i++) cache.set(`new ${i}`, growing());
        },
      ];
      for (const act of acts) {
        const clock = new FakeClock();
        let isArmed = false;
        const cache: LRUCache<string, Growing> = create({ clock });
        const values: Growing[] = [];
        for (let i = 0; i < 200; i++) {
          const value: Growing = growing();
          if (i === 100) {
            Object.defineProperty(value, SIZE, {
              value: () => {
                if (isArmed) {
                  isArmed = false;
                  act(cache);
                }
                return 64;
              },
            });
          }
          values.push(value);
          cache.set(`${i}`, value);
        }
        for (const value of values) value.list.push("x".repeat(50));
        isArmed = true;
        clock.advance(100);
        expect(isArmed).toBe(false);
        expect(cache.bytes()).toBe(bytesOfAll(cache));
        expect(clock.pending).toHaveLength(cache.size > 0 ? 1 : 0);
      }
    },
  );

  test("sizes stale entries too, whose weight stays known", () => {
    const clock = new FakeClock();
    const cache = create({ clock, ttl: 50, staleIfError: 1000 });
    const value = growing();
    cache.set("a", value).set("b", growing(), { ttl: Infinity });
    clock.advance(60);
    expect(cache.stats().stale).toBe(1);
    value.list.push("x".repeat(500));
    clock.advance(40);
    expect(cache.weight).toBe(charged("b") + charged(growing()));
    expect(cache.bytes()).toBe(
      charged("a") + charged(value) + charged("b") + charged(growing()) + 2 * (SLOT + TIME),
    );
    cache.delete("a");
    expect(cache.weight).toBe(charged("b") + charged(growing()));
  });

  test("uses the timers of the host, also fake timers that are installed and removed", () => {
    const cache = create({});
    const value = growing();
    vi.useFakeTimers();
    cache.set("a", value);
    vi.useRealTimers();
    vi.useFakeTimers();
    cache.set("b", growing());
    value.list.push("x".repeat(500));
    vi.advanceTimersByTime(100);
    expect(cache.bytes()).toBe(bytesOfAll(cache));
    value.list.push("x".repeat(500));
    vi.advanceTimersByTime(100);
    expect(cache.bytes()).toBe(bytesOfAll(cache));
  });

  test("runs outside of every request", () => {
    const requests = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    vi.useFakeTimers();
    const cache = create({});
    requests.run("ada", () => {
      cache.set("a", { list: [], [SIZE]: () => (seen.push(requests.getStore()), 100) } as Growing);
    });
    vi.advanceTimersByTime(200);
    expect(seen).toEqual(["ada", undefined, undefined]);
  });
});

describe.each(POLICIES)("under %s", (_name, policy) => {
  test.each(["onGet", { ms: 10 }] as const)("weights and bounds hold: %j", (remeasure) => {
    const clock = new FakeClock();
    const cache = new LRUCache<string, Growing>({
      maxBytes: 30_000,
      remeasure,
      clock,
      policy: policy(),
      seed: 1,
    });
    let random = 1;
    const below = (n: number): number => (random = (random * 48_271) % 0x7fff_ffff) % n;
    for (let step = 0; step < 600; step++) {
      const key = `${below(150)}`;
      const value = cache.get(key);
      if (value === undefined) cache.set(key, { list: ["x".repeat(below(300))] });
      else if (value.list.length > 5) value.list.length = 0;
      else value.list.push("y".repeat(below(400)));
      if (remeasure === "onGet") cache.get(key);
      else clock.advance(10);
      if (remeasure !== "onGet") expect(cache.bytes()).toBeLessThanOrEqual(30_000);
      expect(cache.weight).toBe(
        [...cache.keys()].reduce((sum, k) => sum + cache.info(k)!.weight, 0),
      );
    }
    for (const key of cache.keys()) cache.get(key);
    expect(cache.size).toBeGreaterThan(5);
    cache.clear();
    expect([cache.bytes(), cache.weight]).toEqual([0, 0]);
  });
});

describe("options", () => {
  const create = (options: object) => () => new LRUCache({ maxBytes: 1000, ...options });

  test.each<[string, () => unknown, new () => Error]>([
    ["detachTexts that is another text", create({ detachTexts: "all" }), TypeError],
    ["detachBuffers that is no boolean", create({ detachBuffers: 1 }), TypeError],
    ["detachBuffers alone", () => new LRUCache({ max: 1, detachBuffers: true }), TypeError],
    ["detachTexts alone", () => new LRUCache({ max: 1, detachTexts: "deep" }), TypeError],
    ["warnOpaque that is no boolean", create({ warnOpaque: "yes", onError() {} }), TypeError],
    ["warnOpaque without onError", create({ warnOpaque: true }), TypeError],
    [
      "warnOpaque without maxBytes",
      () => new LRUCache({ max: 1, warnOpaque: true, onError() {} }),
      TypeError,
    ],
    ["remeasure alone", () => new LRUCache({ max: 1, remeasure: "onGet" }), TypeError],
    ["remeasure at another time", create({ remeasure: "onSet" }), TypeError],
    ["remeasure that is true", create({ remeasure: true }), TypeError],
    ["remeasure that is a number", create({ remeasure: 100 }), TypeError],
    ["remeasure that is null", create({ remeasure: null }), TypeError],
    ["remeasure without ms", create({ remeasure: {} }), TypeError],
    ["remeasure with more", create({ remeasure: { ms: 1, jitter: 1 } }), TypeError],
    ["remeasure of no time", create({ remeasure: { ms: 0 } }), RangeError],
    ["remeasure of NaN", create({ remeasure: { ms: NaN } }), RangeError],
    ["remeasure of a text", create({ remeasure: { ms: "1s" } }), TypeError],
    [
      "remeasure with a clock that has no timers",
      create({ remeasure: { ms: 10 }, clock: { now: () => 0 } }),
      TypeError,
    ],
  ])("%s is refused", (_name, act, kind) => {
    expect(act).toThrow(kind);
    expect(act).toThrow(/^Cannot create cache.*, expected /);
  });

  test.each(["10%", "64m", "1Gi", "64MB", "1 gib"])("%j is a bound", (maxBytes) => {
    const cache = new LRUCache<string, number>({ maxBytes, maxEntryBytes: "1k" });
    expect(cache.maxBytes).toBeGreaterThan(1e6);
    cache.resize({ maxBytes: "2Ki" });
    expect(cache.maxBytes).toBe(2048);
    cache.set("a", 1);
    expect(cache.trim({ toBytes: "0.01k" })).toBe(1);
  });

  test.each(["1e6", "1_000", "1,000", "64 parsecs"])("%j is none", (maxBytes) => {
    expect(() => new LRUCache({ maxBytes })).toThrow(RangeError);
  });
});
