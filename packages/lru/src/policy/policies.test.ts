import { checkProperty, PolicyHarness } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as policies from "../policies.ts";
import type { PolicyFactory, Slot } from "./policy.ts";

interface Bounds {
  readonly max: number;
  readonly maxWeight?: number;
}

/** A cache of keys over the harness, which throws if a policy breaks its contract. */
class KeyedHarness extends PolicyHarness {
  readonly #slots = new Map<number, Slot>();
  #heaviest: number;

  constructor(factory: PolicyFactory, bounds: Bounds, seed = 1) {
    super(factory, { ...bounds, seed });
    this.#heaviest = bounds.maxWeight ?? 1;
  }

  /** Whether the key is cached. If so, this is a read. */
  get(key: number): boolean {
    const slot = this.#slotOf(key);
    if (slot !== 0) this.access(slot);
    return slot !== 0;
  }

  set(key: number, anyWeight = 1): void {
    const slot = this.#slotOf(key);
    const weight = Math.min(anyWeight, this.#heaviest);
    if (slot !== 0) this.update(slot, weight);
    else this.#slots.set(key, this.insert(key, weight));
  }

  delete(key: number): void {
    const slot = this.#slotOf(key);
    if (slot !== 0) this.remove(slot);
  }

  override resize(bounds: { max?: number; maxWeight?: number }): void {
    this.#heaviest = bounds.maxWeight ?? this.#heaviest;
    super.resize(bounds);
  }

  /**
   * Since a key was given a slot, another key may have taken the slot, or the entry may have moved.
   */
  #slotOf(key: number): Slot {
    const slot = this.#slots.get(key) ?? 0;
    if (this.tracked.has(slot) && this.hashOf(slot) === key) return slot;
    for (const other of this.tracked.keys()) if (this.hashOf(other) === key) return other;
    return 0;
  }
}

interface Step {
  readonly kind: "set" | "get" | "delete" | "evict" | "shrink" | "clear" | "resize" | "scan";
  readonly key: number;
  readonly weight: number;
}

function steps({ max, maxWeight }: Bounds): fc.Arbitrary<Step[]> {
  const most = Math.min(max, 40);
  const kind = fc.constantFrom(
    ...Array<Step["kind"]>(20).fill("set"),
    ...Array<Step["kind"]>(15).fill("get"),
    ...(["delete", "delete", "evict", "evict", "scan", "scan"] as const),
    ...(["shrink", "resize", "clear"] as const),
  );
  const step = fc.record<Step>({
    kind,
    key: fc.oneof(fc.nat(most), fc.nat(4 * most), fc.integer()),
    weight: maxWeight === undefined ? fc.constant(1) : fc.nat(maxWeight),
  });
  return fc.array(step, { maxLength: 120, size: "max" });
}

function play(cache: KeyedHarness, { kind, key, weight }: Step, weighted: boolean): void {
  if (kind === "set") cache.set(key, weight);
  else if (kind === "get") cache.get(key);
  else if (kind === "delete") cache.delete(key);
  else if (kind === "evict" && cache.tracked.size > 0) cache.evict();
  else if (kind === "shrink") cache.shrink();
  else if (kind === "clear") cache.clear();
  else if (kind === "resize") {
    const bound = 1 + (Math.abs(key) % 60);
    cache.resize(weighted ? { max: bound, maxWeight: 2 * bound } : { max: bound });
  } else if (kind === "scan") {
    const from = Math.abs(key) % 10;
    for (let i = from; i < from + 50; i++) if (!cache.get(i)) cache.set(i);
  }
}

const shapes: readonly Bounds[] = [
  { max: 1 },
  { max: 2 },
  { max: 3 },
  { max: 5 },
  { max: 7 },
  { max: 64 },
  { max: Infinity },
  { max: Infinity, maxWeight: 1 },
  { max: Infinity, maxWeight: 30 },
  { max: 5, maxWeight: 30 },
  { max: 40, maxWeight: 60 },
];

describe.each(Object.entries(policies))("%s", (_name, create) => {
  it.each(shapes)(
    "tracks the added entries and no others, max $max, weight $maxWeight",
    (bounds) => {
      checkProperty(
        fc.property(steps(bounds), fc.integer(), (run, seed) => {
          const set = new KeyedHarness(create(), bounds, seed);
          for (const step of run) {
            play(set, step, bounds.maxWeight !== undefined);
            set.checkWalks();
          }
          while (set.tracked.size > 0) set.evict();
          set.checkWalks();
        }),
        { runs: 60 },
      );
    },
  );

  it("chooses the same victims for the same seed", () => {
    const victims = [1, 2].map(() => {
      const set = new KeyedHarness(create(), { max: 50 }, 7);
      for (let i = 0; i < 5000; i++) {
        const key = Math.imul(i, i) % 211;
        if (!set.get(key)) set.set(key);
      }
      return set.victims;
    });
    expect(victims[0]).toEqual(victims[1]);
    expect(victims[0]!.length).toBeGreaterThan(100);
  });

  it("keeps keys that are used all the time while others are used once", () => {
    const set = new KeyedHarness(create(), { max: 100 });
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
