import { edgeHost, FakeHeap, importBare, unreadable } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";

type Package = typeof import("@heapwise/weak");

const CODE = 'export * from "@heapwise/weak";';

function refused(): never {
  throw new Error("Disallowed operation called within global scope");
}

const REFUSING = { setTimeout: refused, setImmediate: refused, MessageChannel: refused };

const UNREADABLE = ["performance", "process", "navigator", "setTimeout", "setImmediate", "Intl"];

describe.each([
  ["nothing", {}],
  ["timers that it refuses", REFUSING],
  ["a process without modules", { process: { getBuiltinModule: () => ({}) } }],
  [
    "a process whose modules throw",
    {
      process: {
        getBuiltinModule: () => ({
          getHeapStatistics: () => {
            throw new Error("Not implemented");
          },
        }),
      },
    },
  ],
  ["the stand-ins of an edge runtime", edgeHost()],
  ["globals that throw as they are read", unreadable(...UNREADABLE)],
  ["a performance that tells no time", { performance: {}, setTimeout, clearTimeout }],
])("In a host with %s", (_, given) => {
  const { finalize, Interner, WeakCache, WeakKeyCache, weakMemoize } = importBare<Package>(CODE, {
    given,
  });

  it("all kinds of weak caches work", () => {
    const held = Array.from({ length: 2000 }, (_each, id) => ({ id }));
    const cache = new WeakCache<number, { id: number }>({
      strong: { max: 5 },
      softLimit: "70%",
      minResidence: { ms: 1000, entries: 3, epochs: 1 },
    });
    for (const value of held.slice(0, 500)) cache.set(value.id, value);
    for (const value of held.slice(0, 500)) expect(cache.get(value.id)).toBe(value);
    for (const value of held) cache.set(value.id, value);
    const byKey = new WeakKeyCache<object, number>({ max: 2 });
    for (const [i, key] of held.entries()) byKey.set(key, i);
    expect([byKey.get(held[0]!), byKey.get(held[1999]!)]).toEqual([undefined, 1999]);
    const interner = new Interner<string, object>();
    expect(interner.intern("a", () => ({}))).toBe(interner.peek("a"));
    const pair = weakMemoize((object: object, n: number) => ({ object, n }));
    expect(pair(held[0]!, 1)).toBe(pair(held[0]!, 1));
    expect(finalize(held[0]!, (n: number) => n + 1, 1)()).toBe(2);
  });
});

describe("In a host without FinalizationRegistry", () => {
  const fake = new FakeHeap();
  const heap = { WeakRef: fake.WeakRef };
  const { finalize, WeakCache, WeakKeyCache } = importBare<Package>(CODE, {
    given: heap,
    without: ["FinalizationRegistry"],
  });

  it("writes sweep dead entries, round after round", async () => {
    const collected: number[] = [];
    const cache = new WeakCache<number, object>({
      strong: { max: 0 },
      onCollect: (key) => collected.push(key),
    });
    const live = fake.track({});
    for (let round = 0; round < 5; round++) {
      const values = Array.from({ length: 100 }, () => fake.track({}));
      for (const [i, value] of values.entries()) cache.set(round * 100 + i, value);
      fake.endJob();
      for (const value of values) fake.collect(value);
      for (let i = 0; i < 100; i++) cache.set(-1, live);
      expect(cache.size).toBe(1);
    }
    await new Promise((resolve) => void setImmediate(resolve));
    expect(collected.length).toBe(500);
  });

  it("writes to a cache with weak keys do so too", () => {
    const cache = new WeakKeyCache<object, number>();
    const keys = Array.from({ length: 100 }, () => fake.track({}));
    for (const key of keys) cache.set(key, 1);
    fake.endJob();
    for (const key of keys) fake.collect(key);
    for (let i = 0; i < 120; i++) cache.set(fake.track({}), 1);
    expect(cache.size).toBe(120);
  });

  it("operations that cannot work throw an error with a code", () => {
    expect(() => finalize({}, () => {})).toThrow(
      expect.objectContaining({
        name: "UnsupportedHostError",
        code: "HOST_UNSUPPORTED",
        missing: "FinalizationRegistry",
      }),
    );
  });

  it("operations that cannot work say so", () => {
    expect(() => finalize({}, () => {})).toThrow(
      "Cannot finalize value: the host has no FinalizationRegistry, expected a host with it",
    );
    expect(() => new WeakCache({ minResidence: { epochs: 1 } })).toThrow(
      "Cannot count collections: the host has no FinalizationRegistry, expected a host with it",
    );
  });
});

it.each([
  ["a WeakRef", {}, ["WeakRef"]],
  ["a WeakRef that can be read", unreadable("WeakRef"), []],
  ["a WeakRef that is a class", { WeakRef: null }, []],
  ["a registry that can be read", unreadable("FinalizationRegistry"), []],
  ["a registry that is a class", { FinalizationRegistry: null }, []],
])(
  "In a host without %s, finalize and the caches work or say what is missing",
  (_, given, without) => {
    const { finalize, Interner, WeakCache, WeakKeyCache } = importBare<Package>(CODE, {
      given,
      without,
    });
    const isWeak = !("WeakRef" in given) && without.length === 0;
    const missing = isWeak ? "FinalizationRegistry" : "WeakRef";
    const unsupported = expect.objectContaining({
      name: "UnsupportedHostError",
      code: "HOST_UNSUPPORTED",
      missing,
    }) as Error;
    expect(() => finalize({}, () => {})).toThrow(unsupported);
    const makes = [
      () => new Interner<string, object>().intern("a", () => ({})),
      () => new WeakKeyCache<object, number>().set({}, 1),
      () => {
        const cache = new WeakCache<number, object>({ strong: { max: 2 }, softLimit: "70%" });
        for (let i = 0; i < 1000; i++) cache.set(i, {});
      },
    ];
    for (const make of makes) {
      if (isWeak) expect(make).not.toThrow();
      else expect(make).toThrow(unsupported);
    }
    expect(() => new WeakCache({ minResidence: { epochs: 1 } })).toThrow(unsupported);
  },
);

it("In a host without WeakRef, operations that need it throw, and weakMemoize works", () => {
  const { Interner, WeakCache, WeakKeyCache, weakMemoize } = importBare<Package>(CODE, {
    without: ["WeakRef", "FinalizationRegistry"],
  });
  const makes = [() => new Interner(), () => new WeakCache(), () => new WeakKeyCache()];
  for (const make of makes) {
    expect(make).toThrow("Cannot create cache: the host has no WeakRef, expected a host with it");
  }
  const wrap = weakMemoize((object: object) => ({ object }));
  const key = {};
  expect(wrap(key)).toBe(wrap(key));
});
