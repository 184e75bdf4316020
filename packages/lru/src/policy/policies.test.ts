import { checkProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as policies from "../policies.ts";
import { CHAIN, HASH, LINKS, SlotStore } from "../store/slot-store.ts";
import type { EvictionPolicy, PolicyFactory, Slot } from "./policy.ts";

interface Bounds {
  readonly max: number;
  readonly maxWeight: number;
}

/** Plays the cache towards a policy, with the real store and a naive set of what is tracked. */
class TrackedSet {
  readonly store: SlotStore<number, undefined>;
  readonly policy: EvictionPolicy;
  readonly slots = new Map<number, Slot>();
  readonly victims: number[] = [];

  constructor(factory: PolicyFactory, { max, maxWeight }: Bounds, seed = 1) {
    this.store = new SlotStore(max, maxWeight, seed);
    this.policy = factory(this.store);
  }

  get weight(): number {
    let sum = 0;
    for (const slot of this.slots.values()) sum += this.store.weight(slot);
    return sum;
  }

  set(key: number, weight = 1): void {
    const { store, policy } = this;
    const known = this.slots.get(key);
    if (known !== undefined) {
      const oldWeight = store.weight(known);
      if (store.weights) store.weights[known] = weight;
      policy.update(known, oldWeight);
    } else {
      if (store.isFull) {
        store.grow();
        policy.grow(store.length);
      }
      const slot = store.take(key, undefined);
      store.links[slot * LINKS + HASH] = key;
      store.links[slot * LINKS + CHAIN] = 0;
      if (store.weights) store.weights[slot] = weight;
      this.slots.set(key, slot);
      policy.add(slot, key);
    }
    this.evictOverBound();
  }

  get(key: number): boolean {
    const slot = this.slots.get(key);
    if (slot !== undefined) this.policy.access(slot);
    return slot !== undefined;
  }

  delete(key: number): void {
    const slot = this.slots.get(key);
    if (slot === undefined) return;
    this.policy.remove(slot);
    this.store.release(slot);
    this.slots.delete(key);
  }

  evict(): void {
    if (this.slots.size === 0) return;
    const slot = this.policy.evict();
    const key = this.store.key(slot);
    if (this.slots.get(key) !== slot)
      throw new Error(`evict() returns ${slot}, which is not tracked`);
    this.store.release(slot);
    this.slots.delete(key);
    this.victims.push(key);
  }

  evictOverBound(): void {
    const { max, weights, capacity } = this.store;
    while (this.slots.size > max || (weights !== undefined && this.weight > capacity)) this.evict();
  }

  shrink(): void {
    this.store.shrink((from, to) => {
      this.slots.set(this.store.key(to), to);
      this.policy.move(from, to);
    });
    this.policy.grow(this.store.length);
  }

  resize(max: number, capacity: number): void {
    this.store.bound(max, this.store.weights === undefined ? Infinity : capacity);
    this.policy.resize();
    this.evictOverBound();
  }

  clear(storeFirst: boolean): void {
    if (storeFirst) this.store.clear();
    this.policy.clear();
    if (!storeFirst) this.store.clear();
    this.policy.grow(this.store.length);
    this.slots.clear();
  }

  /** Throws unless both walks visit all that is tracked and nothing else, in opposite orders. */
  checkWhole(): void {
    const { policy, slots } = this;
    const wanted = new Set(slots.values());
    let before = 0;
    for (let slot = policy.colder(0); slot !== 0; slot = policy.colder(slot)) {
      if (!wanted.delete(slot))
        throw new Error(`colder() visits ${slot}, tracked is ${[...slots]}`);
      if (policy.hotter(slot) !== before) throw new Error(`hotter(${slot}) is not ${before}`);
      before = slot;
    }
    if (policy.hotter(0) !== before) throw new Error(`hotter(0) is not ${before}`);
    if (wanted.size > 0) throw new Error(`colder() does not visit ${[...wanted]}`);
  }
}

type Step = (set: TrackedSet) => void;

function steps(bounds: Bounds): fc.Arbitrary<Step[]> {
  const most = Math.min(bounds.max, 40);
  const key = fc.oneof(fc.nat(most), fc.nat(4 * most), fc.integer());
  const weight = bounds.maxWeight === Infinity ? fc.constant(1) : fc.nat(bounds.maxWeight);
  const step = fc.oneof(
    {
      weight: 40,
      arbitrary: fc.tuple(key, weight).map(
        ([k, w]): Step =>
          (set) =>
            set.set(k, w),
      ),
    },
    {
      weight: 30,
      arbitrary: key.map(
        (k): Step =>
          (set) =>
            set.get(k),
      ),
    },
    {
      weight: 6,
      arbitrary: key.map(
        (k): Step =>
          (set) =>
            set.delete(k),
      ),
    },
    { weight: 6, arbitrary: fc.constant<Step>((set) => set.evict()) },
    { weight: 2, arbitrary: fc.constant<Step>((set) => set.shrink()) },
    {
      weight: 1,
      arbitrary: fc.boolean().map(
        (first): Step =>
          (set) =>
            set.clear(first),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 90 })).map(
        ([max, capacity]): Step =>
          (set) =>
            set.resize(max, capacity),
      ),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.nat(9), fc.integer({ min: 1, max: 80 }))
        .map(([from, length]): Step => (set) => {
          for (let k = from; k < from + length; k++) if (!set.get(k)) set.set(k);
        }),
    },
  );
  return fc.array(step, { maxLength: 120, size: "max" });
}

const shapes: readonly Bounds[] = [
  { max: 1, maxWeight: Infinity },
  { max: 2, maxWeight: Infinity },
  { max: 3, maxWeight: Infinity },
  { max: 5, maxWeight: Infinity },
  { max: 7, maxWeight: Infinity },
  { max: 64, maxWeight: Infinity },
  { max: Infinity, maxWeight: Infinity },
  { max: Infinity, maxWeight: 1 },
  { max: Infinity, maxWeight: 30 },
  { max: 5, maxWeight: 30 },
  { max: 40, maxWeight: 60 },
];

describe.each(Object.entries(policies))("%s", (_name, create) => {
  it.each(shapes)(
    "tracks what it was given and nothing else, max $max, weight $maxWeight",
    (bounds) => {
      checkProperty(
        fc.property(steps(bounds), fc.integer(), (run, seed) => {
          const set = new TrackedSet(create(), bounds, seed);
          for (const step of run) {
            step(set);
            set.checkWhole();
          }
          while (set.slots.size > 0) set.evict();
          set.checkWhole();
        }),
        { runs: 60 },
      );
    },
  );

  it("chooses the same victims for the same seed", () => {
    const victims = [1, 2].map(() => {
      const set = new TrackedSet(create(), { max: 50, maxWeight: Infinity }, 7);
      for (let i = 0; i < 5000; i++) {
        const key = Math.imul(i, i) % 211;
        if (!set.get(key)) set.set(key);
      }
      return set.victims;
    });
    expect(victims[0]).toEqual(victims[1]);
    expect(victims[0]!.length).toBeGreaterThan(100);
  });

  it("keeps what is used all the time while others come and go once", () => {
    const set = new TrackedSet(create(), { max: 100, maxWeight: Infinity });
    let hits = 0;
    for (let i = 0; i < 20_000; i++) {
      for (const key of [i % 10, 1000 + i]) {
        if (set.get(key)) hits++;
        else set.set(key);
      }
    }
    expect(hits).toBeGreaterThan(19_900);
  });
});
