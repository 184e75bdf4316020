import { LRUCache, REMOVE, type LRUCacheOptions } from "@heapwise/lru";
import {
  anyKey,
  anyValue,
  BoundedCacheModel,
  cacheCommands,
  followVictims,
  weighAny,
  type Removal,
  type Subject,
} from "@heapwise/testkit";
import { checkProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { describe, it } from "vitest";
import { POLICIES } from "../logged-cache.ts";

interface Bounds {
  max?: number;
  maxWeight?: number;
  maxEntryWeight?: number;
}

const max = fc.integer({ min: 1, max: 6 });
const maxWeight = fc.integer({ min: 1, max: 20 });
const maxEntryWeight = fc.integer({ min: 0, max: 8 });

const KINDS: readonly (readonly [
  title: string,
  bounds: fc.Arbitrary<Bounds>,
  resized: fc.Arbitrary<Bounds>,
])[] = [
  ["max", fc.record({ max }), fc.record({ max })],
  ["maxWeight", fc.record({ maxWeight }), fc.record({ maxWeight })],
  [
    "max and maxWeight",
    fc.record({ max, maxWeight }),
    fc.oneof(fc.record({ max, maxWeight }), fc.record({ max }), fc.record({ maxWeight })),
  ],
  [
    "maxWeight and maxEntryWeight",
    fc.record({ maxWeight: maxWeight.map((weight) => weight + 8), maxEntryWeight }),
    fc.record({ maxWeight: maxWeight.map((weight) => weight + 8) }),
  ],
];

describe.each(POLICIES)("LRUCache with %s against the model", (name, create) => {
  const strict = name === "lru";

  it.each(KINDS)("agrees when bounded by %s", (_title, bounds, resized) => {
    const commands = cacheCommands({
      key: anyKey(8),
      value: anyValue(12),
      remove: REMOVE,
      bounds: resized,
    });
    checkProperty(
      fc.property(bounds, fc.integer(), commands, (chosen, seed, sequence) => {
        const isWeighed = chosen.maxWeight !== undefined;
        const weigh = isWeighed ? { weigh: weighAny } : {};
        const removals: Removal<unknown, unknown>[] = [];
        const options: LRUCacheOptions<unknown, unknown> = {
          ...chosen,
          ...weigh,
          policy: create(),
          seed,
          onRemoval: (...removal) => removals.push(removal),
        };
        const subject: Subject = {
          cache: new LRUCache(options),
          removals,
          known: new Set(),
          strict,
        };
        const model: BoundedCacheModel<unknown, unknown> = new BoundedCacheModel({
          ...chosen,
          ...weigh,
          victim: strict
            ? undefined
            : followVictims(
                () => subject,
                () => model,
              ),
        });
        fc.modelRun(() => ({ model, real: subject }), sequence);
      }),
      { runs: strict ? 300 : 120 },
    );
  });
});
