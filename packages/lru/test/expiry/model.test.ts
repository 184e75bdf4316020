import { LRUCache, REMOVE, type LRUCacheOptions } from "@heapwise/lru";
import {
  anyValue,
  BoundedCacheModel,
  cacheCommands,
  FakeClock,
  followExpired,
  followVictims,
  skewedKey,
  weighAny,
  type Removal,
  type Subject,
} from "@heapwise/testkit";
import { checkProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { describe, it } from "vitest";
import { POLICIES } from "../logged-cache.ts";

interface Chosen {
  readonly max?: number;
  readonly maxWeight?: number;
  readonly ttl?: number;
  readonly idleTtl?: number;
}

const max = fc.integer({ min: 1, max: 8 });
const maxWeight = fc.integer({ min: 1, max: 30 });
const span = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 100 }) },
  { weight: 1, arbitrary: fc.constantFrom(64, 4096, 262_144, 2 ** 31, 3e12) },
);
const ttl = span;
const idleTtl = span;

const KINDS: readonly (readonly [title: string, chosen: fc.Arbitrary<Chosen>])[] = [
  ["ttl", fc.record({ max, ttl })],
  ["idleTtl", fc.record({ max, idleTtl })],
  ["ttl, idleTtl and weights", fc.record({ max, maxWeight, ttl, idleTtl })],
  ["the ttl of single entries alone", fc.record({ max })],
  ["an idleTtl, and weights alone", fc.record({ maxWeight, idleTtl })],
];

describe.each(POLICIES)("LRUCache in time with %s against the model", (name, create) => {
  const strict = name === "lru";

  it.each(KINDS)("agrees with %s, with a timer and without", (_title, kinds) => {
    const commands = cacheCommands({
      key: skewedKey(8),
      value: anyValue(12),
      remove: REMOVE,
      bounds: fc.record({ max }),
      time: {
        advance: fc.oneof(fc.constant(0), span),
        ttl: fc.oneof({ weight: 9, arbitrary: span }, fc.constant(Infinity)),
      },
    });
    const run = (
      chosen: Chosen,
      seed: number,
      hasTimer: boolean,
    ): { model: Model; real: Subject } => {
      const clock = new FakeClock();
      const removals: Removal<unknown, unknown>[] = [];
      const weigh = chosen.maxWeight === undefined ? {} : { weigh: weighAny };
      const options: LRUCacheOptions<unknown, unknown> = {
        ...chosen,
        ...weigh,
        policy: create(),
        seed,
        clock: hasTimer ? clock : { now: clock.now },
        onRemoval: (...removal) => removals.push(removal),
      };
      const cache = new LRUCache(options);
      // Ages are known from the first entry on that needs the time.
      cache.set("time", 1, { ttl: 1 });
      cache.clear();
      cache.resetStats();
      removals.length = 0;
      const real: Subject = {
        cache,
        removals,
        known: new Set(),
        strict,
        advance: (ms) => clock.advance(ms),
      };
      const model: Model = new BoundedCacheModel<unknown, unknown>({
        ...chosen,
        ...weigh,
        expired: followExpired(
          () => real,
          () => model,
        ),
        victim: strict
          ? undefined
          : followVictims(
              () => real,
              () => model,
            ),
      });
      return { model, real };
    };
    checkProperty(
      fc.property(kinds, fc.integer(), fc.boolean(), commands, (chosen, seed, hasTimer, steps) => {
        fc.modelRun(() => run(chosen, seed, hasTimer), steps);
      }),
      { runs: strict ? 150 : 50 },
    );
  });
});

type Model = BoundedCacheModel<unknown, unknown>;
