import { LRUCache } from "@heapwise/lru";
import { TRICKY_KEYS, sameValueZero } from "@heapwise/testkit";
import { checkProperty } from "@heapwise/testkit/vitest";
import { WeakCache } from "@heapwise/weak";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { heap, useFakeHeap } from "./fake-collector.ts";

useFakeHeap();

interface Thing {
  readonly id: number;
}

/**
 * What a WeakCache of strict LRU must hold. Entries are in a list, the hottest first; those beyond
 * `max` are behind the front. A value that is dead leaves the list when somebody finds out.
 */
class Model {
  front: [unknown, unknown][] = [];
  tail: [unknown, Thing][] = [];
  dead = new Set<unknown>();
  collected: unknown[] = [];
  hits = 0;
  misses = 0;
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  #take<V>(list: [unknown, V][], key: unknown): [unknown, V] | undefined {
    const at = list.findIndex(([each]) => sameValueZero(each, key));
    return at < 0 ? undefined : list.splice(at, 1)[0];
  }

  #put(key: unknown, value: unknown): void {
    this.front.unshift([Object.is(key, -0) ? 0 : key, value]);
    if (this.front.length <= this.#max) return;
    const [coldest, demoted] = this.front.pop()!;
    if (typeof demoted === "object" && demoted !== null)
      this.tail.push([coldest, demoted as Thing]);
  }

  /** Takes the entry behind the front, if it lives. */
  #takeBehind(key: unknown): [unknown, Thing] | undefined {
    const entry = this.#take(this.tail, key);
    if (entry === undefined || !this.dead.has(entry[1])) return entry;
    this.collected.push(entry[0]);
    return undefined;
  }

  peek(key: unknown): unknown {
    const entries: [unknown, unknown][] = [...this.front, ...this.tail];
    const value = entries.find(([each]) => sameValueZero(each, key))?.[1];
    return this.dead.has(value) ? undefined : value;
  }

  has(key: unknown): boolean {
    return this.peek(key) !== undefined || this.front.some(([each]) => sameValueZero(each, key));
  }

  get(key: unknown): unknown {
    const entry = this.#take(this.front, key) ?? this.#takeBehind(key);
    if (entry === undefined) {
      this.misses++;
      return undefined;
    }
    this.hits++;
    this.#put(key, entry[1]);
    return entry[1];
  }

  set(key: unknown, value: unknown): void {
    this.#take(this.front, key);
    this.#takeBehind(key);
    this.#put(key, value);
  }

  delete(key: unknown): boolean {
    const entry = this.#take(this.front, key) ?? this.#takeBehind(key);
    return entry !== undefined;
  }

  clear(): void {
    this.sweep();
    this.front = [];
    this.tail = [];
  }

  sweep(): void {
    const dead = this.tail.filter(([, value]) => this.dead.has(value));
    for (const [key] of dead) this.delete(key);
  }

  live(): [unknown, unknown][] {
    return [...this.front, ...this.tail].filter(([, value]) => !this.dead.has(value));
  }
}

type Step =
  | { readonly kind: "set"; readonly key: unknown; readonly value: number }
  | { readonly kind: "get" | "peek" | "has" | "delete" | "getOrInsert"; readonly key: unknown }
  | { readonly kind: "collect"; readonly which: number }
  | { readonly kind: "clear" | "iterate" | "endJob" | "sweep" };

const key = fc.oneof(
  { weight: 6, arbitrary: fc.nat(8) as fc.Arbitrary<unknown> },
  { weight: 1, arbitrary: fc.constantFrom(...TRICKY_KEYS) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("set" as const), key, value: fc.nat(12) }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constantFrom("get", "peek", "has", "delete", "getOrInsert"),
      key,
    }) as fc.Arbitrary<Step>,
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("collect" as const), which: fc.nat(99) }) },
  {
    weight: 5,
    arbitrary: fc.constantFrom<Step>({ kind: "endJob" }, { kind: "iterate" }, { kind: "sweep" }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: "clear" }) },
);

describe("A WeakCache against the model, with collection at any point", () => {
  it.each([0, 1, 3, 6])("agrees with a front of %i", (max) => {
    checkProperty(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => run(max, steps)),
      { runs: 250 },
    );
  });

  it("has a front that is what LRUCache is", () => {
    const front = new LRUCache<unknown, unknown>({ max: 3 });
    const model = new Model(3);
    for (const each of [1, 2, 3, 4, 2, 5]) {
      front.set(each, each);
      model.set(each, each);
    }
    expect([...front]).toEqual(model.front);
  });
});

/** Runs the steps on both, and compares everything after each. */
function run(max: number, steps: readonly Step[]): void {
  const collected: unknown[] = [];
  const cache = new WeakCache<unknown, unknown>({
    strong: { max },
    onCollect: (each) => collected.push(each),
  });
  const model = new Model(max);
  const made: Thing[] = [];
  const things: Thing[] = [];
  /** A value of which 12 are alive at a time, so that one value is under several keys; some are primitives. */
  const valueOf = (id: number): unknown => {
    if (max > 0 && id > 10) return [undefined, null, 5][made.length % 3];
    if (things[id] === undefined || model.dead.has(things[id])) {
      things[id] = heap().track({ id });
      made.push(things[id]);
    }
    return things[id];
  };
  for (const each of steps) {
    perform(each, cache, model, valueOf, made);
    compare(cache, model, collected);
  }
  heap().endJob();
  for (const value of made) if (!isStrong(model, value)) kill(model, value);
  sweep(cache, model);
  compare(cache, model, collected);
  expect(model.tail.every(([, value]) => isStrong(model, value))).toBe(true);
  cache[Symbol.dispose]();
}

function perform(
  each: Step,
  cache: WeakCache<unknown, unknown>,
  model: Model,
  valueOf: (id: number) => unknown,
  made: readonly Thing[],
): void {
  switch (each.kind) {
    case "set": {
      const value = valueOf(each.value);
      cache.set(each.key, value);
      model.set(each.key, value);
      break;
    }
    case "getOrInsert": {
      const value = valueOf(1);
      const had = model.has(each.key);
      const expected = model.get(each.key);
      if (!had) model.set(each.key, value);
      expect(cache.getOrInsert(each.key, value)).toBe(had ? expected : value);
      break;
    }
    case "get":
    case "peek":
    case "has":
    case "delete":
      expect(cache[each.kind](each.key)).toBe(model[each.kind](each.key));
      break;
    case "collect": {
      const value = made[each.which % made.length];
      if (value !== undefined && !isStrong(model, value)) kill(model, value);
      break;
    }
    case "clear":
      cache.clear();
      model.clear();
      break;
    case "iterate":
      expect(sorted(cache)).toEqual(sorted(model.live()));
      break;
    case "endJob":
      heap().endJob();
      break;
    case "sweep":
      sweep(cache, model);
  }
}

function sweep(cache: WeakCache<unknown, unknown>, model: Model): void {
  heap().majorCollection();
  heap().runCallbacks();
  vi.runAllTimers();
  heap().endJob();
  model.sweep();
  expect(cache.size).toBe(model.front.length + model.tail.length);
}

function isStrong(model: Model, value: Thing): boolean {
  return model.front.some(([, each]) => each === value);
}

function kill(model: Model, value: Thing): void {
  if (heap().collect(value)) model.dead.add(value);
}

function compare(
  cache: WeakCache<unknown, unknown>,
  model: Model,
  collected: readonly unknown[],
): void {
  expect(cache.size).toBe(model.front.length + model.tail.length);
  expect(sorted(collected.map((each) => [each, 0]))).toEqual(
    sorted(model.collected.map((each) => [each, 0])),
  );
  const { hits, misses, collections } = cache.stats();
  expect([hits, misses, collections]).toEqual([model.hits, model.misses, model.collected.length]);
}

/** Entries in an order of their own: the tail has none. */
function sorted(entries: Iterable<readonly [unknown, unknown]>): unknown[] {
  const orderOf = (each: unknown): string => {
    const at = TRICKY_KEYS.findIndex((tricky) => sameValueZero(tricky, each));
    return at < 0 ? String(each) : `tricky ${at}`;
  };
  return Array.from(entries, ([each, value]) => [orderOf(each), value]).sort((a, b) =>
    String(a[0]) < String(b[0]) ? -1 : 1,
  );
}
