import { LRUCache } from "@heapwise/lru";
import { randomStream, skewedKey } from "@heapwise/testkit";
import { announceSeed, checkProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { LRUCache as Peer } from "lru-cache";
import { describe, expect, it } from "vitest";
import { HAS_TIME } from "../logged-cache.ts";

type Key = number | string;

/**
 * Draws objects only, because the peer stores neither undefined nor null. Each object is fresh,
 * because the peer does not weigh the same object again.
 */
interface Value {
  readonly size: number;
}

type Operation =
  | { readonly name: "set"; readonly key: Key; readonly size: number }
  | { readonly name: "get" | "peek" | "has" | "delete"; readonly key: Key }
  | { readonly name: "evict" | "clear" };

interface Bounds {
  readonly max?: number;
  readonly maxWeight?: number;
  readonly maxEntryWeight?: number;
}

const REASONS: Readonly<Record<string, string>> = {
  evict: "evicted",
  set: "replaced",
  delete: "deleted",
};

/** Both caches with the same bounds, and one log of removals for each. */
class Pair {
  readonly logs: { readonly ours: unknown[]; readonly theirs: unknown[] } = {
    ours: [],
    theirs: [],
  };
  readonly refused = new Set<Value>();
  readonly ours: LRUCache<Key, Value>;
  readonly theirs: Peer<Key, Value>;

  constructor({ max, maxWeight, maxEntryWeight }: Bounds) {
    this.ours = new LRUCache<Key, Value>({
      ...(max === undefined ? {} : { max }),
      ...(maxWeight === undefined ? {} : { maxWeight, weigh: ({ size }) => size }),
      ...(maxEntryWeight === undefined ? {} : { maxEntryWeight }),
      // The peer reports nothing for a newcomer that is too heavy.
      onRemoval: (key, value, cause) =>
        this.refused.has(value) || this.logs.ours.push([key, value, cause]),
    });
    this.theirs = new Peer<Key, Value>({
      ...(max === undefined ? {} : { max }),
      ...(maxWeight === undefined
        ? {}
        : { maxSize: maxWeight, sizeCalculation: ({ size }: Value) => size }),
      ...(maxEntryWeight === undefined ? {} : { maxEntrySize: maxEntryWeight }),
      dispose: (value, key, reason) => this.logs.theirs.push([key, value, REASONS[reason]]),
    } as ConstructorParameters<typeof Peer<Key, Value>>[0]);
  }

  run(operation: Operation, heaviest: number): void {
    switch (operation.name) {
      case "set": {
        const value = { size: operation.size };
        if (operation.size > heaviest) this.refused.add(value);
        this.ours.set(operation.key, value);
        this.theirs.set(operation.key, value);
        return;
      }
      case "evict":
        expect(this.ours.evict()?.[1]).toBe(this.theirs.pop());
        return;
      case "clear":
        this.ours.clear();
        this.theirs.clear();
        return;
      default:
        expect(this.ours[operation.name](operation.key)).toBe(
          this.theirs[operation.name](operation.key),
        );
    }
  }

  compare(isWeighed: boolean): void {
    expect([...this.ours.entries()]).toEqual([...this.theirs.entries()]);
    expect([...this.ours.keys()]).toEqual([...this.theirs.keys()]);
    expect([...this.ours.values()]).toEqual([...this.theirs.values()]);
    expect(this.ours.size).toBe(this.theirs.size);
    if (isWeighed) expect(this.ours.weight).toBe(this.theirs.calculatedSize);
    expect(this.logs.ours).toEqual(this.logs.theirs);
    for (const [i, removal] of this.logs.ours.entries()) {
      expect((removal as unknown[])[1]).toBe((this.logs.theirs[i] as unknown[])[1]);
    }
    this.logs.ours.length = this.logs.theirs.length = 0;
  }
}

const max = fc.integer({ min: 1, max: 12 });
const maxWeight = fc.integer({ min: 1, max: 30 });

describe("Strict LRU equals lru-cache, entry for entry and in order", () => {
  it.each<[string, fc.Arbitrary<Bounds>]>([
    ["max", fc.record({ max })],
    ["maxWeight", fc.record({ maxWeight })],
    ["max and maxWeight", fc.record({ max, maxWeight })],
    [
      "maxEntryWeight",
      fc.record({
        max,
        maxWeight: fc.constant(30),
        maxEntryWeight: fc.integer({ min: 1, max: 30 }),
      }),
    ],
  ])("bounded by %s", (_title, bounds) => {
    const key = skewedKey(16);
    const set = fc.record({
      name: fc.constant("set" as const),
      key,
      size: fc.integer({ min: 1, max: 14 }),
    });
    const named = fc.record({
      name: fc.constantFrom("get", "get", "peek", "has", "delete" as const),
      key,
    });
    const whole = fc.record({ name: fc.constantFrom("evict", "evict", "evict", "clear" as const) });
    const operation: fc.Arbitrary<Operation> = fc.oneof(
      { weight: 10, arbitrary: set },
      { weight: 10, arbitrary: named },
      { weight: 1, arbitrary: whole },
    );
    checkProperty(
      fc.property(
        bounds,
        fc.array(operation, { maxLength: 150, size: "max" }),
        (chosen, operations) => {
          const pair = new Pair(chosen);
          for (const next of operations) {
            pair.run(next, chosen.maxEntryWeight ?? chosen.maxWeight ?? Infinity);
            pair.compare(chosen.maxWeight !== undefined);
          }
        },
      ),
      { runs: 60 },
    );
  });

  it.each([["", {}], ...(HAS_TIME ? [[" and a ttl", { ttl: 3_600_000 }] as const] : [])] as const)(
    "bounded by so many entries that victims are fetched ahead%s",
    (_title, time) => {
      const random = randomStream(announceSeed());
      const size = 2 ** 16;
      const ours: unknown[] = [];
      const theirs: unknown[] = [];
      const cache = new LRUCache<{}, number>({
        max: size,
        ...time,
        onRemoval: (key) => ours.push(key),
      });
      const peer = new Peer<{}, number>({ max: size, dispose: (_value, key) => theirs.push(key) });
      const objects = Array.from({ length: size }, (_, id) => ({ id }));
      for (let i = 0; i < 4 * size; i++) {
        const id = Math.floor(random() * 2 * size);
        // Victims and newcomers in the table and in its `Map`.
        const key = objects[id] ?? (id % 2 === 0 ? `key ${id}` : id);
        if (random() < 0.3) expect(cache.get(key)).toBe(peer.get(key));
        else {
          cache.set(key, i);
          peer.set(key, i);
        }
      }
      expect(cache.size).toBe(size);
      expect(ours).toEqual(theirs);
      expect(Array.from(cache.entries())).toEqual(Array.from(peer.entries()));
    },
  );
});
