import { LRUCache } from "@heapwise/lru";
import { LRUCache as CoreCache } from "@heapwise/lru/core";
import { randomStream } from "@heapwise/testkit";
import { announceSeed } from "@heapwise/testkit/vitest";
import { afterEach, describe, expect, it, vi } from "vitest";

const setIn = Map.prototype.set;

const digits = (i: number, length: number): string => String(i).padStart(length, "0");
const numbered = (make: (i: number) => string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** Keys that differ in other places for each shape. No plan distinguishes some of these shapes. */
const SHAPES: readonly ((i: number) => unknown)[] = [
  (i) => `user:${i}:profile`,
  (i) => `${digits(i, 6)}-end`,
  (i) => JSON.stringify({ id: i, page: 1 }),
  (i) => "x".repeat(i % 7) + "é",
  (i) => "中".repeat(5) + i + "文".repeat(9),
  (i) => `${"y".repeat(1 + (i % 40))}${String.fromCharCode(0x4000 + Math.floor(i / 40))}abc`,
  (i) => `${"x".repeat(31)}${String.fromCharCode(65 + (i % 64))}${"x".repeat(100)}${i >> 6}`,
  (i) =>
    Array.from({ length: 60 }, (_, at) => (at === i % 60 || at === i / 60 ? "b" : "a")).join(""),
  (i) => "h".repeat(300) + i + "t".repeat(300),
  (i) => `${"l".repeat(17_000)}${i}${"l".repeat(100)}`,
  (i) => String(i * 4096),
  () => "",
  (i) => i,
  (i) => i * 2 ** 18,
  (i) => i + 0.5,
  (i) => BigInt(i),
  (i) => (i % 2 === 0 ? -0 : NaN),
];

interface Cache {
  readonly size: number;
  get(key: unknown): number | undefined;
  set(key: unknown, value: number): unknown;
  delete(key: unknown): boolean;
  resize(bounds: { max: number }): void;
  clear(): void;
  entries(): Iterable<[unknown, number]>;
}

const CACHES: Readonly<Record<string, (max: number, seed: number) => Cache>> = {
  whole: (max, seed) => new LRUCache<unknown, number>({ max, seed }),
  core: (max, seed) => new CoreCache<unknown, number>({ max, seed }),
};

const RUNS = Number(process.env["HEAPWISE_RUNS"] ?? 1);

describe.each(Object.entries(CACHES))("Strings at learnt places (%s)", (_name, create) => {
  it.each([1, 3, 50, 400, 3000])(
    "are found as in a Map while shapes drift, with a bound of %i",
    (most) => {
      const seed = announceSeed();
      const random = randomStream(seed + most);
      const upTo = (count: number): number => Math.floor(random() * count);
      for (let run = 0; run < RUNS; run++) {
        let max = most;
        const cache = create(max, upTo(2 ** 40));
        const model = new Map<unknown, number>();
        const trim = (): void => {
          while (model.size > max) model.delete(model.keys().next().value);
        };
        for (let phase = 0; phase < 8; phase++) {
          const shapes = [SHAPES[upTo(SHAPES.length)]!, SHAPES[upTo(SHAPES.length)]!];
          const span = Math.ceil(most * (0.5 + 3 * random())) + 2;
          const isLong = shapes.some((shape) => String(shape(0)).length > 10_000);
          const steps = isLong ? 300 : 2500;
          for (let step = 0; step < steps; step++) {
            const key = shapes[upTo(2)]!(upTo(span));
            const what = `seed ${seed}, run ${run}, phase ${phase}, step ${step}`;
            const chance = random();
            if (chance < 0.5) {
              const value = model.get(key);
              expect(cache.get(key), what).toBe(value);
              if (value !== undefined) {
                model.delete(key);
                model.set(key, value);
              }
            } else if (chance < 0.9) {
              cache.set(key, step);
              model.delete(key);
              model.set(key, step);
              trim();
            } else if (chance < 0.998) {
              expect(cache.delete(key), what).toBe(model.delete(key));
            } else if (chance < 0.999) {
              max = 1 + upTo(most);
              cache.resize({ max });
              trim();
            } else if (chance < 0.9993) {
              cache.clear();
              model.clear();
            }
            expect(cache.size, what).toBe(model.size);
          }
          // All expected entries, in their order, and no other entry.
          expect([...cache.entries()].reverse()).toEqual(
            [...model].map(([key, value]) => [Object.is(key, -0) ? 0 : key, value]),
          );
        }
      }
    },
  );
});

describe("The table of strings", () => {
  afterEach(() => void vi.restoreAllMocks());

  /** The places of a key that a look-up reads. */
  function placesRead(cache: { has(key: string): boolean }, key: string): number[] {
    const read = vi.spyOn(String.prototype, "charCodeAt");
    cache.has(key);
    const places = read.mock.calls.map(([place]) => place);
    read.mockRestore();
    return places.sort((a, b) => a - b);
  }

  it("reads the last four characters of a string, and after a lesson the characters in which strings differ", () => {
    const keys = numbered((i) => `tenant:${digits(i, 4)}:settings`, 2000);
    const cache = new LRUCache<string, number>({ max: 2000, seed: 1 });
    expect(placesRead(cache, keys[0]!)).toEqual([16, 17, 18, 19]);

    for (const [i, key] of keys.entries()) cache.set(key, i);

    expect(placesRead(cache, keys[0]!)).toEqual([7, 8, 9, 10]);
  });

  it.each<[string, (cache: LRUCache<string, number>) => void]>([
    ["clear", (cache) => cache.clear()],
    ["resize", (cache) => cache.resize({ max: 8 })],
    ["trim", (cache) => void cache.trim(0.004)],
  ])("forgets what was learnt after %s, and then learns of others", (_way, shrink) => {
    const cache = new LRUCache<string, number>({ max: 2000, seed: 1 });
    const keys = numbered((i) => `tenant:${digits(i, 4)}:settings`, 1992);
    // The keys that stay need not be read at other places.
    for (const key of [...keys, ..."abcdefgh"]) cache.set(key, 1);
    const others = (i: number): string => `invoice/archive/${digits(i, 4)}`;
    expect(placesRead(cache, others(0))).toEqual([7, 8, 9, 10]);

    shrink(cache);

    expect(placesRead(cache, others(0))).toEqual([16, 17, 18, 19]);
    cache.resize({ max: 2000 });
    for (const [i, key] of numbered(others, 2000).entries()) cache.set(key, i);
    for (const [i, key] of numbered(others, 2000).entries()) expect(cache.get(key)).toBe(i);
  });

  it("begins with the plan that another table has learnt last, if its first keys are alike at their ends", () => {
    const keys = (i: number): string => `basket:${digits(i, 4)}:of:somebody`;
    const first = new LRUCache<string, number>({ max: 2000, seed: 1 });
    for (const key of numbered(keys, 2000)) first.set(key, 1);
    const learnt = placesRead(first, keys(0));

    const second = new LRUCache<string, number>({ max: 10, seed: 2 });
    second.set(keys(1), 1);
    expect(placesRead(second, keys(0))).not.toEqual(learnt);
    second.set(keys(2), 2);
    expect(placesRead(second, keys(0))).toEqual(learnt);
    expect([second.get(keys(1)), second.get(keys(2)), second.get(keys(3))]).toEqual([
      1,
      2,
      undefined,
    ]);
  });

  it("keeps all entries when slots take more than 16 bits, growing and shrinking", () => {
    const cache = new LRUCache<string, number>({ max: 200_000, seed: 1 });
    const key = (i: number): string => `user:${i}:profile`;
    for (let i = 0; i < 65_480; i++) cache.set(key(i), i);
    for (let i = 65_480; i < 65_600; i++) {
      cache.set(key(i), i);
      for (const at of [0, 1, 2, i - 2, i - 1, i]) expect(cache.get(key(at))).toBe(at);
    }
    for (let i = 0; i < 65_600; i++) expect(cache.peek(key(i))).toBe(i);

    cache.trim(0.2);
    for (let i = 0; i < 65_600; i++) {
      const value = cache.peek(key(i));
      expect(value === undefined || value === i).toBe(true);
    }
    expect([...cache.keys()].every((one) => cache.has(one))).toBe(true);
  });

  it("keeps a string in its Map for as long as its entry", () => {
    const maps: Map<unknown, unknown>[] = [];
    vi.spyOn(Map.prototype, "set").mockImplementation(function (
      this: Map<unknown, unknown>,
      key,
      value,
    ) {
      // Lessons have Maps of their own, with codes of characters as keys.
      if (typeof key === "string" && typeof value === "number") maps.push(this);
      return setIn.call(this, key, value);
    });
    // Two of sixty places differ: no plan distinguishes these keys.
    const alike = numbered(
      (i) =>
        Array.from({ length: 60 }, (_, at) =>
          at === i % 60 || at === 7 * (i % 9) ? "b" : "a",
        ).join(""),
      540,
    );
    const cache = new LRUCache<unknown, number>({ max: 300, seed: 1 });
    for (const [i, key] of alike.entries()) {
      cache.set(key, i);
      for (const held of maps.at(-1)?.keys() ?? []) expect(cache.has(held)).toBe(true);
    }
    const map = maps.at(-1)!;
    expect(map.size).toBeGreaterThan(20);

    // Objects are no reason to hash all keys again, which would create another Map.
    for (let i = 0; i < 300; i++) cache.set({}, 1);
    expect([...map.keys()].filter((key) => typeof key === "string")).toEqual([]);
    expect(map.size).toBe(300);
  });

  it("learns of other keys as soon after 200,000 inserts as after a thousand", () => {
    const cache = new LRUCache<string, number>({ max: 500, seed: 1 });
    const fill = (count: number, key: (i: number) => string): void => {
      for (let i = 0; i < count; i++) cache.set(key(i), i);
    };
    const before = (i: number): string => `before/${digits(i % 9000, 4)}/of:what:comes`;
    const after = (i: number): string => `${digits(i % 9000, 4)}/after/of:what:comes`;
    fill(200_000, before);
    expect(placesRead(cache, after(0)).every((place) => place > 5)).toBe(true);

    fill(4 * 500, after);

    expect(placesRead(cache, after(0)).filter((place) => place < 4).length).toBeGreaterThan(2);
  });

  it("learns of numbers that get another digit while the entries change twice", () => {
    const spilled = new Set<string>();
    vi.spyOn(Map.prototype, "set").mockImplementation(function (
      this: Map<unknown, unknown>,
      key,
      value,
    ) {
      if (typeof key === "string" && typeof value === "number") spilled.add(key);
      return setIn.call(this, key, value);
    });
    const max = 20_000;
    for (let seed = 1; seed <= 16; seed++) {
      const cache = new CoreCache<string, number>({ max, seed });
      for (let i = 80_000; i < 100_000 + 2 * max; i++) cache.set(`key:${i}`, i);
      spilled.clear();
      for (let i = 100_000 + 2 * max; i < 100_000 + 3 * max; i++) cache.set(`key:${i}`, i);
      expect(spilled.size, `seed ${seed}`).toBeLessThan(max / 8);
    }
  });
});
