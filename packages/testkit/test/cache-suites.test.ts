import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  anyKey,
  anyValue,
  BoundedCacheModel,
  cacheCommands,
  followVictims,
  weighAny,
  type Removal,
  type Subject,
} from "../src/index.ts";
import {
  checkProperty,
  commonCases,
  describeCache,
  removalCases,
  strictLruCases,
} from "../src/vitest.ts";
import { BROKEN_CACHES } from "./broken-caches.ts";
import { REMOVE, ReferenceCache, type ReferenceOptions } from "./reference-cache.ts";

type Create = (options: ReferenceOptions) => ReferenceCache;

const createReference: Create = (options) => new ReferenceCache(options);

function modelProperty(create: Create, strict: boolean): fc.IProperty<unknown[]> {
  const bounds = fc.record({
    max: fc.integer({ min: 1, max: 6 }),
    maxWeight: fc.integer({ min: 1, max: 20 }),
  });
  const commands = cacheCommands({ key: anyKey(8), value: anyValue(12), remove: REMOVE, bounds });
  return fc.property(bounds, commands, ({ max, maxWeight }, sequence) => {
    const removals: Removal<unknown, unknown>[] = [];
    const cache = create({
      max,
      maxWeight,
      weigh: weighAny,
      onRemoval: (...removal) => removals.push(removal),
    });
    const subject: Subject = { cache, removals, known: new Set(), strict };
    const model: BoundedCacheModel<unknown, unknown> = new BoundedCacheModel({
      max,
      maxWeight,
      weigh: weighAny,
      victim: strict
        ? undefined
        : followVictims(
            () => subject,
            () => model,
          ),
    });
    fc.modelRun(() => ({ model, real: subject }), sequence);
  });
}

describeCache("The reference cache", {
  create: createReference,
  supports: { strictLru: true, removals: true },
});

describe("the model suite", () => {
  it("passes the reference cache, with its exact order and with its victims", () => {
    checkProperty(modelProperty(createReference, true), { runs: 100 });
    checkProperty(modelProperty(createReference, false), { runs: 100 });
  });

  it("passes another policy if the model follows its victims", () => {
    const create: Create = (options) =>
      new ReferenceCache({ ...options, victim: (keys) => keys.at(-1) });
    checkProperty(modelProperty(create, false), { runs: 100 });
  });

  it.each(Object.keys(BROKEN_CACHES))("catches a cache that %s", (name) => {
    const outcome = fc.check(modelProperty(BROKEN_CACHES[name] as Create, true), {
      seed: 1,
      numRuns: 300,
    });
    expect(outcome.failed).toBe(true);
  });

  it.each([
    "holds one entry too many",
    "does not store undefined",
    "reports an eviction twice",
    "shows a deleted key",
  ])("catches a cache that %s, without knowing its order", (name) => {
    const outcome = fc.check(modelProperty(BROKEN_CACHES[name] as Create, false), {
      seed: 1,
      numRuns: 300,
    });
    expect(outcome.failed).toBe(true);
  });
});

describe("the cache contract", () => {
  const weightOnly = [
    "holds one unit of weight too many",
    "keeps the old weight of a replaced entry",
  ];
  const names = Object.keys(BROKEN_CACHES).filter((name) => !weightOnly.includes(name));

  it.each(names)("catches a cache that %s", (name) => {
    const create = BROKEN_CACHES[name] as Create;
    const cases = [...commonCases, ...strictLruCases, ...removalCases];
    const failed = cases.filter(({ run }) => {
      try {
        run({ create });
        return false;
      } catch {
        return true;
      }
    });
    expect(failed).not.toEqual([]);
  });
});
