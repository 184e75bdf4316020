import { LRUCache } from "@heapwise/lru";
import {
  BoundedCacheModel,
  checkSame,
  followVictims,
  type Removal,
  type Subject,
} from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { POLICIES } from "../logged-cache.ts";

type Model = BoundedCacheModel<unknown, unknown>;
type Step = readonly [
  label: string,
  onCache: (cache: LRUCache<unknown, unknown>) => void,
  onModel: (model: Model) => void,
];

const STEPS: readonly Step[] = [
  ...["a", "b", "c"].map((key): Step => [
    `set ${key}`,
    (cache) => void cache.set(key, key),
    (model) => model.set(key, key),
  ]),
  ["set a new", (cache) => void cache.set("a", "new"), (model) => model.set("a", "new")],
  ["get a", (cache) => void cache.get("a"), (model) => void model.get("a")],
  ["get b", (cache) => void cache.get("b"), (model) => void model.get("b")],
  ["delete a", (cache) => void cache.delete("a"), (model) => void model.delete("a")],
  ["evict", (cache) => void cache.evict(), (model) => void model.evict()],
  ["clear", (cache) => cache.clear(), (model) => model.clear()],
];

function check(
  steps: readonly Step[],
  create: (
    onRemoval: (...removal: Removal<unknown, unknown>) => void,
  ) => LRUCache<unknown, unknown>,
  strict: boolean,
): void {
  const removals: Removal<unknown, unknown>[] = [];
  const cache = create((...removal) => removals.push(removal));
  const subject: Subject = { cache, removals, known: new Set(["a", "b", "c"]), strict };
  const model: Model = new BoundedCacheModel({
    max: 2,
    victim: strict
      ? undefined
      : followVictims(
          () => subject,
          () => model,
        ),
  });
  for (const [, onCache, onModel] of steps) {
    onCache(cache);
    onModel(model);
  }
  try {
    checkSame(model, subject);
  } catch (error) {
    throw new Error(steps.map(([label]) => label).join(", "), { cause: error });
  }
}

/**
 * All sequences of one length. A prefix is a sequence too, so that a check at the end is enough.
 */
function forEachSequence(length: number, visit: (steps: readonly Step[]) => void): void {
  const total = STEPS.length ** length;
  for (let code = 0; code < total; code++) {
    const steps: Step[] = [];
    for (let i = 0, rest = code; i < length; i++, rest = Math.floor(rest / STEPS.length)) {
      steps.push(STEPS[rest % STEPS.length] as Step);
    }
    visit(steps);
  }
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, i) =>
    permutations(items.filter((_, at) => at !== i)).map((rest) => [item, ...rest]),
  );
}

describe.each(POLICIES)("Every sequence with %s", (name, create) => {
  it.each([1, 2, 3, 4])("of %i operations agrees with the model", (length) => {
    forEachSequence(length, (steps) =>
      check(
        steps,
        (onRemoval) => new LRUCache({ max: 2, policy: create(), seed: 1, onRemoval }),
        name === "lru",
      ),
    );
  });
});

describe("Strict LRU, exhaustively", () => {
  it("agrees with the model in every sequence of 5 operations", () => {
    forEachSequence(5, (steps) =>
      check(steps, (onRemoval) => new LRUCache({ max: 2, onRemoval }), true),
    );
  });

  it("evicts five entries in every order in which they were used", () => {
    for (const order of permutations(["a", "b", "c", "d", "e"])) {
      const cache = new LRUCache<string, number>({ max: 5 });
      for (const key of ["a", "b", "c", "d", "e"]) cache.set(key, 0);

      for (const key of order) cache.get(key);

      const evicted = Array.from({ length: 5 }, () => cache.evict()?.[0]);
      expect(evicted).toEqual(order);
    }
  });

  it("keeps the order of the other entries, whichever entries are deleted", () => {
    const keys = ["a", "b", "c", "d", "e"];
    for (let subset = 0; subset < 32; subset++) {
      for (const order of permutations(keys.filter((_, i) => (subset & (1 << i)) !== 0))) {
        const cache = new LRUCache<string, number>({ max: 5 });
        for (const key of keys) cache.set(key, 0);

        for (const key of order) cache.delete(key);

        const rest = keys.filter((key) => !order.includes(key)).reverse();
        expect([...cache.keys()]).toEqual(rest);
        expect(cache.hottest(5).map(([key]) => key)).toEqual(rest);
      }
    }
  });
});
