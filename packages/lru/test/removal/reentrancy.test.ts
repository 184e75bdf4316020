import { LRUCache, REMOVE, type RemovalCause } from "@heapwise/lru";
import { randomStream } from "@heapwise/testkit";
import { announceSeed } from "@heapwise/testkit/vitest";
import { describe, expect, it } from "vitest";
import { loggedCache, POLICIES } from "../logged-cache.ts";

function filled(
  count: number,
  onRemoval: (key: string, value: number, cause: RemovalCause) => void,
): LRUCache<string, number> {
  const cache = new LRUCache<string, number>({ max: count, onRemoval });
  for (let i = 0; i < count; i++) cache.set(`k${i}`, i);
  return cache;
}

describe("A listener that calls back", () => {
  it("is called for its own removals after all removals of the outer operation, first in, first out", () => {
    const log: string[] = [];
    const cache = filled(5, (key, _value, cause) => {
      log.push(`${key} ${cause}`);
      if (key === "k0") cache.delete("k4");
      if (key === "k1") cache.set("k3", 33);
    });

    cache.resize({ max: 2 });

    expect(log).toEqual(["k0 evicted", "k1 evicted", "k2 evicted", "k4 deleted", "k3 replaced"]);
    expect([...cache]).toEqual([["k3", 33]]);
  });

  it("is never entered while it runs", () => {
    let depth = 0;
    let deepest = 0;
    const cache: LRUCache<string, number> = filled(3, (_key, value) => {
      deepest = Math.max(deepest, ++depth);
      if (value < 50) cache.set(`again ${value}`, value + 100);
      if (value === 0) cache.clear();
      depth--;
    });

    for (let i = 0; i < 10; i++) cache.set(`new ${i}`, i);

    expect(deepest).toBe(1);
    expect(cache.size).toBeLessThanOrEqual(3);
  });

  it("is called for every removal before the outermost operation returns", () => {
    let heard = 0;
    const cache = filled(3, () => {
      heard++;
      if (heard < 20) cache.set(`again ${heard}`, heard);
    });

    cache.set("new", 1);

    expect(heard).toBe(20);
    expect(cache.size).toBe(3);
  });

  it("may cause a long chain of removals, which does not recurse", () => {
    let heard = 0;
    const cache = filled(1, () => {
      if (++heard < 50_000) cache.set(`again ${heard}`, heard);
    });
    cache.set("new", 1);
    expect([heard, cache.size]).toEqual([50_000, 1]);
  });

  it("sees each operation of its own done at once", () => {
    const cache = filled(3, (key) => {
      if (key !== "k0") return;
      cache.set("mine", 1);
      expect([cache.get("mine"), cache.has("k1"), cache.size]).toEqual([1, false, 3]);
      expect(cache.delete("mine")).toBe(true);
      expect([cache.has("mine"), cache.size]).toEqual([false, 2]);
      cache.resize({ max: 1 });
      expect([cache.size, [...cache.keys()]]).toEqual([1, ["new"]]);
      expect(cache.evict()).toEqual(["new", 9]);
      cache.clear();
      expect([...cache]).toEqual([]);
    });
    cache.set("new", 9);
    expect(cache.size).toBe(0);
  });

  it("may iterate, and iteration may go on around it", () => {
    const seen: string[] = [];
    const cache = filled(3, () => seen.push([...cache.keys()].join()));
    for (const [key] of cache) {
      cache.delete(key);
      seen.push("-");
    }
    expect(seen).toEqual(["k1,k0", "-", "k0", "-", "", "-"]);
  });

  it("that sets the removed key again keeps it", () => {
    const cache = filled(2, (key, value, cause) => {
      if (cause === "deleted") cache.set(key, value + 1);
    });
    cache.delete("k0");
    expect([...cache]).toEqual([
      ["k0", 1],
      ["k1", 1],
    ]);
  });

  it("does not change the results of trim, deleteMany and deleteWhere", () => {
    const cache = filled(4, (key, value, cause) => {
      if (cause !== "replaced") cache.set(key, value);
    });
    expect([
      cache.trim(0.5),
      cache.deleteMany(["k0", "k1", "k2"]),
      cache.deleteWhere((value) => value < 3),
    ]).toEqual([2, 3, 3]);
    expect(cache.size).toBe(4);
  });

  it("that clears during a clear leaves an empty cache, and is called once for each value", () => {
    const log: number[] = [];
    const cache = filled(4, (_key, value) => {
      log.push(value);
      cache.clear();
    });
    cache.clear();
    expect(log.sort()).toEqual([0, 1, 2, 3]);
    expect(cache.size).toBe(0);
  });
});

describe("A listener that throws", () => {
  it("does not prevent the others from running, and its first error is thrown at the end", () => {
    const heard: string[] = [];
    const cache = filled(5, (key) => {
      heard.push(key);
      throw new Error(`no ${key}`);
    });

    expect(() => cache.resize({ max: 2 })).toThrow(new Error("no k0"));

    expect(heard).toEqual(["k0", "k1", "k2"]);
    expect([...cache.keys()]).toEqual(["k4", "k3"]);
  });

  it.each<[string, (cache: LRUCache<string, number>) => unknown, string[]]>([
    ["set", (cache) => cache.set("new", 9), ["new", "k2", "k1"]],
    ["replacing set", (cache) => cache.set("k0", 9), ["k0", "k2", "k1"]],
    ["delete", (cache) => cache.delete("k1"), ["k2", "k0"]],
    ["clear", (cache) => cache.clear(), []],
    ["evict", (cache) => cache.evict(), ["k2", "k1"]],
    ["resize", (cache) => cache.resize({ max: 1 }), ["k2"]],
    ["getOrInsert", (cache) => cache.getOrInsert("new", 9), ["new", "k2", "k1"]],
    [
      "getOrInsertComputed",
      (cache) => cache.getOrInsertComputed("new", () => 9),
      ["new", "k2", "k1"],
    ],
    ["update", (cache) => cache.update("k0", () => 9), ["k0", "k2", "k1"]],
    ["update to REMOVE", (cache) => cache.update("k0", () => REMOVE), ["k2", "k1"]],
    ["deleteMany", (cache) => cache.deleteMany(["k0", "k2"]), ["k1"]],
    ["deleteWhere", (cache) => cache.deleteWhere((value) => value > 0), ["k0"]],
  ])("leaves %s done", (_name, operate, keys) => {
    const cache = filled(3, () => {
      throw new Error("no");
    });

    expect(() => operate(cache)).toThrow(new Error("no"));

    expect([...cache.keys()]).toEqual(keys);
    expect(cache.size).toBe(keys.length);
  });

  it("throws from the outermost operation, not into itself", () => {
    const inner: string[] = [];
    const cache = filled(3, (key) => {
      if (key === "k0") {
        cache.delete("k1");
        inner.push("the inner delete returned");
      }
      throw new Error(`no ${key}`);
    });

    expect(() => cache.set("new", 9)).toThrow(new Error("no k0"));

    expect(inner).toEqual(["the inner delete returned"]);
    expect([...cache.keys()]).toEqual(["new", "k2"]);
  });

  it("is called again at the next operation, and no removal is repeated", () => {
    let isAngry = true;
    const heard: string[] = [];
    const cache = filled(2, (key) => {
      heard.push(key);
      if (isAngry) throw undefined;
    });
    let threw = false;
    try {
      cache.set("x", 1);
    } catch (error) {
      threw = error === undefined;
    }
    isAngry = false;
    cache.set("y", 1);

    expect(threw).toBe(true);
    expect(heard).toEqual(["k0", "k1"]);
  });
});

describe("User code in the middle of an operation", () => {
  it.each<[string, (cache: LRUCache<string, number>) => void]>([
    ["sets the same key", (cache) => cache.set("a", 50)],
    ["sets others", (cache) => ["x", "y", "z"].forEach((key) => cache.set(key, 1))],
    ["deletes the key", (cache) => cache.delete("a")],
    ["clears", (cache) => cache.clear()],
    ["resizes", (cache) => cache.resize({ max: 1 })],
    ["evicts", (cache) => cache.evict()],
  ])("may be a weigher that %s", (_name, interfere) => {
    let isInside = false;
    const { cache, log } = loggedCache<string, number>({
      max: 3,
      maxWeight: 100,
      weigh: (value) => {
        if (!isInside && value === 7) {
          isInside = true;
          interfere(cache);
          isInside = false;
          expect(cache.size).toBeLessThanOrEqual(3);
        }
        return value;
      },
    });
    for (const key of ["a", "b", "c"]) cache.set(key, 1);

    cache.set("a", 7);

    expect(cache.peek("a")).toBe(7);
    expect(cache.weight).toBe([...cache.values()].reduce((sum, value) => sum + value, 0));
    expect(cache.size).toBe([...cache.keys()].length);
    const left = log.filter(([key, value]) => key === "a" && value === 1);
    expect(left.length).toBe(1);
  });

  it("may be a predicate of deleteWhere that changes the cache", () => {
    const { cache, log } = loggedCache<string, number>({ max: 10 });
    for (let i = 0; i < 10; i++) cache.set(`k${i}`, i);
    let steps = 0;

    cache.deleteWhere((value, key) => {
      if (++steps > 100) throw new Error("endless");
      if (key === "k9") cache.delete("k3");
      if (key === "k8") cache.set("k2", 200);
      cache.get("k0");
      return value % 2 === 0;
    });

    expect([...cache.keys()].sort()).toEqual(expect.arrayContaining(["k1", "k5", "k7", "k9"]));
    expect(cache.has("k3")).toBe(false);
    const times = new Map<number, number>();
    for (const [, value] of log) times.set(value, (times.get(value) ?? 0) + 1);
    expect([...times.values()].every((count) => count === 1)).toBe(true);
  });

  it("may be a predicate of deleteWhere that replaces the value it gets: the new value stays", () => {
    const { cache, log } = loggedCache<string, string>({ max: 3 });
    cache.set("a", "old");

    const count = cache.deleteWhere((value, key) => {
      cache.set(key, "new");
      return value === "old";
    });

    expect([count, [...cache], log]).toEqual([0, [["a", "new"]], [["a", "old", "replaced"]]]);
  });

  it("may be an iterable of setMany that changes the cache and throws: the entries so far stay", () => {
    const { cache, log } = loggedCache<string, number>({ max: 2 });
    function* entries(): Generator<[string, number]> {
      yield ["a", 1];
      cache.set("between", 2);
      yield ["b", 3];
      throw new Error("no more");
    }

    expect(() => cache.setMany(entries())).toThrow(new Error("no more"));

    expect([...cache.keys()]).toEqual(["b", "between"]);
    expect(log).toEqual([["a", 1, "evicted"]]);
  });
});

/** Random programs whose listeners, weighers and callbacks run random operations and throw. */
describe.each(POLICIES)("Whatever user code does inside, with %s", (_name, create) => {
  it.each([1, 2, 5, 20])(
    "bounds hold, and each value leaves once or is still there (max %i)",
    (max) => {
      const base = announceSeed();
      for (let round = 0; round < 30; round++)
        new HostileProgram(max, base * 1000 + round, create).run();
    },
  );
});

class HostileProgram {
  readonly #random: () => number;
  readonly #max: number;
  readonly #cache: LRUCache<string, { weight: number }>;
  readonly #stored = new Map<object, number>();
  #depth = 0;
  #budget = 600;
  #isListening = false;

  constructor(max: number, seed: number, create: (typeof POLICIES)[number][1]) {
    this.#random = randomStream(seed);
    this.#max = max;
    this.#cache = new LRUCache<string, { weight: number }>({
      max,
      maxWeight: 3 * max,
      seed,
      policy: create(),
      weigh: (value) => {
        this.#interfere();
        return value.weight;
      },
      onRemoval: (_key, value) => {
        if (this.#isListening) throw new Error("A listener runs inside a listener");
        this.#isListening = true;
        this.#stored.set(value, (this.#stored.get(value) ?? 0) + 1);
        try {
          this.#interfere();
        } finally {
          this.#isListening = false;
        }
      },
    });
  }

  run(): void {
    while (this.#budget > 0) this.#attempt();
    const live = new Set<object>(this.#cache.values());
    for (const [value, left] of this.#stored) {
      // 0 removals for a value that is stored, or that was never stored because user code threw.
      if (live.has(value) ? left !== 0 : left > 1) throw new Error(`A value left ${left} times`);
    }
    this.#cache.clear();
    for (const value of live) expect(this.#stored.get(value)).toBe(1);
    expect([this.#cache.size, this.#cache.weight]).toEqual([0, 0]);
  }

  #pick(n: number): number {
    return Math.floor(this.#random() * n);
  }

  #interfere(): void {
    this.#check();
    if (this.#budget <= 0) return;
    if (this.#depth < 4 && this.#random() < 0.4) this.#operate();
    if (this.#random() < 0.1) throw new Error("hostile");
    this.#check();
  }

  #attempt(): void {
    try {
      this.#operate();
    } catch (error) {
      if ((error as Error).message !== "hostile") throw error;
    }
    this.#check();
  }

  #operate(): void {
    this.#budget--;
    this.#depth++;
    try {
      this.#operations[this.#pick(this.#operations.length)]?.();
    } finally {
      this.#depth--;
    }
  }

  #key(): string {
    return `k${this.#pick(this.#max * 2 + 1)}`;
  }

  #value(): { weight: number } {
    const value = { weight: this.#pick(5) };
    this.#stored.set(value, 0);
    return value;
  }

  #compute = (): { weight: number } => {
    this.#interfere();
    return this.#value();
  };

  readonly #operations: readonly (() => void)[] = [
    () => this.#cache.set(this.#key(), this.#value()),
    () => this.#cache.set(this.#key(), this.#value()),
    () => this.#cache.set(this.#key(), this.#value()),
    () => void this.#cache.get(this.#key()),
    () => void this.#cache.delete(this.#key()),
    () => void this.#cache.evict(),
    () => this.#cache.clear(),
    () => void this.#cache.getOrInsertComputed(this.#key(), this.#compute),
    () =>
      void this.#cache.update(this.#key(), () => (this.#random() < 0.3 ? REMOVE : this.#compute())),
    () =>
      void this.#cache.setMany([
        [this.#key(), this.#value()],
        [this.#key(), this.#value()],
      ]),
    () => void this.#cache.deleteMany([this.#key(), this.#key()]),
    () => {
      this.#cache.deleteWhere(() => {
        this.#interfere();
        return this.#random() < 0.3;
      });
    },
    () => {
      for (const [key, value] of this.#cache) {
        if (this.#cache.peek(key) !== value) throw new Error(`${key} does not belong to its value`);
        this.#interfere();
      }
    },
    () => this.#cache.forEach(() => this.#interfere()),
    () => {
      this.#cache.resize({ max: 1 + this.#pick(this.#max) });
      this.#cache.resize({ max: this.#max });
    },
    () => void this.#cache.trim(this.#random()),
  ];

  #check(): void {
    const { size, weight } = this.#cache;
    let count = 0;
    let sum = 0;
    for (const value of this.#cache.values()) {
      count++;
      sum += value.weight;
    }
    if (size > this.#max || weight > 3 * this.#max || count !== size || sum !== weight) {
      throw new Error(
        `size ${size} and weight ${weight}, counted ${count} and ${sum}, max ${this.#max}`,
      );
    }
  }
}
