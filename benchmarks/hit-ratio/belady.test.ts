import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { beladyHits, nextUses } from "./belady.ts";
import { PositionSet } from "./position-set.ts";
import { traceOf } from "./trace.ts";

/**
 * Tries every choice: after each request the cache may keep any of its entries and the newcomer.
 */
function bestByTrying(ids: readonly number[], capacity: number): number {
  let states = new Map<string, { held: readonly number[]; hits: number }>([
    ["", { held: [], hits: 0 }],
  ]);
  for (const id of ids) {
    const after: typeof states = new Map();
    const keep = (held: readonly number[], hits: number): void => {
      const sorted = [...held].sort((a, b) => a - b);
      const name = sorted.join();
      if ((after.get(name)?.hits ?? -1) < hits) after.set(name, { held: sorted, hits });
    };
    for (const { held, hits } of states.values()) {
      if (held.includes(id)) {
        keep(held, hits + 1);
      } else {
        keep(held, hits);
        if (held.length < capacity) keep([...held, id], hits);
        for (const victim of held) keep([...held.filter((other) => other !== victim), id], hits);
      }
    }
    states = after;
  }
  return Math.max(...[...states.values()].map(({ hits }) => hits));
}

describe("belady", () => {
  test("equals the best of all choices", () => {
    const streams = fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 14 });

    fc.assert(
      fc.property(streams, fc.integer({ min: 1, max: 4 }), (ids, capacity) => {
        const trace = traceOf("random", Uint32Array.from(ids));

        const hits = beladyHits(nextUses(trace.ids, trace.keys), capacity);

        expect(hits).toBe(bestByTrying(ids, capacity));
      }),
      { numRuns: 300 },
    );
  });

  test("a loop larger than the cache still has hits", () => {
    const ids = Uint32Array.from({ length: 100 }, (_, i) => i % 10);

    expect(beladyHits(nextUses(ids, 10), 9)).toBe(81);
    expect(beladyHits(nextUses(ids, 10), 10)).toBe(90);
  });
});

describe("position set", () => {
  test("has the members of a Set, and finds the greatest", () => {
    const limit = 40_000;
    const actions = fc.array(
      fc.tuple(fc.constantFrom("add", "delete", "greatest"), fc.nat({ max: limit - 1 })),
      {
        maxLength: 200,
      },
    );

    fc.assert(
      fc.property(actions, (steps) => {
        const set = new PositionSet(limit);
        const model = new Set<number>();
        for (const [action, position] of steps) {
          if (action === "add") {
            set.add(position);
            model.add(position);
          } else if (action === "delete") {
            expect(set.delete(position)).toBe(model.delete(position));
          } else if (model.size > 0) {
            set.deleteGreatest();
            model.delete(Math.max(...model));
          }
          expect(set.size).toBe(model.size);
        }
        for (const position of model) expect(set.delete(position)).toBe(true);
        expect(set.size).toBe(0);
      }),
    );
  });
});
