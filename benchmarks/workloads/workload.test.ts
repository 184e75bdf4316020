import { describe, expect, test } from "vitest";
import { createKeys, type KeyKind } from "./keys.ts";
import { createRandom } from "./random.ts";
import { createWorkload, WORKLOADS } from "./workload.ts";

/** Replays ids on a naive LRU that starts with some content, and counts the hits. */
function replay(resident: Uint32Array, ids: Uint32Array): number {
  const held = new Set(resident);
  const capacity = resident.length;
  let hits = 0;
  for (const id of ids) {
    if (held.delete(id)) hits += 1;
    else if (held.size === capacity) held.delete(held.values().next().value!);
    held.add(id);
  }
  return hits;
}

describe("workloads", () => {
  test.each(WORKLOADS)("%s begins with a full cache of different keys", (name) => {
    const { resident, count, next } = createWorkload(name, 1_000, createRandom(1));

    expect(new Set(resident).size).toBe(1_000);
    expect(Math.max(...resident, ...next(10_000))).toBeLessThan(count);
  });

  test.each(["hit-uniform", "hit-zipf"] as const)("%s only reads stored keys", (name) => {
    const { resident, next } = createWorkload(name, 1_000, createRandom(1));

    expect(replay(resident, next(20_000))).toBe(20_000);
  });

  test("insert never finds its key", () => {
    const { resident, next } = createWorkload("insert", 100, createRandom(1));

    expect(replay(resident, next(500_000))).toBe(0);
  });

  test.each([{ capacity: 100 }, { capacity: 1_000 }, { capacity: 100_000 }])(
    "read-through hits 65% at $capacity entries from the first request on",
    ({ capacity }) => {
      const { resident, next } = createWorkload("read-through", capacity, createRandom(1));

      expect(replay(resident, next(100_000)) / 100_000).toBeCloseTo(0.65, 2);
    },
  );

  test("read-through knows its universe for some capacities only", () => {
    expect(() => createWorkload("read-through", 5, createRandom(1))).toThrow(
      "Cannot create read-through: capacity = 5, expected 100, 1000, 100000, 1000000",
    );
  });
});

describe("keys", () => {
  const ids = Uint32Array.from({ length: 5_000 }, (_, id) => id);

  test.each(["string", "fresh", "joined", "slice", "integer", "serial", "object"] as const)(
    "%s keys tell ids apart",
    (kind) => {
      expect(new Set(createKeys({ kind, length: 17 }, 5_000).of(ids)).size).toBe(5_000);
    },
  );

  test("integers collide in a table as often as random numbers", () => {
    const keys = createKeys({ kind: "integer", length: 17 }, 5_000).of(ids) as number[];
    const empty = 1 - new Set(keys.map((key) => key & 4_095)).size / 4_096;

    expect(empty).toBeCloseTo(Math.exp(-5_000 / 4_096), 1);
    expect(keys.every((key) => Number.isInteger(key) && key >= 0 && key < 2 ** 30)).toBe(true);
  });

  test("texts differ in the middle, or in their last characters", () => {
    const inside = createKeys({ kind: "string", length: 40 }, 5_000).of(ids) as string[];
    const last = createKeys({ kind: "string", length: 40, differsLast: true }, 5_000).of(ids);

    expect(new Set(inside.map((key) => key.slice(-20))).size).toBe(1);
    expect(new Set((last as string[]).map((key) => key.slice(0, -7))).size).toBe(1);
    expect(new Set(last).size).toBe(5_000);
  });

  test("strings of all kinds are equal texts", () => {
    const textsOf = (kind: KeyKind): unknown[] =>
      createKeys({ kind, length: 17, set: "locks" }, 5_000).of(ids);

    for (const kind of ["fresh", "joined", "slice"] as const) {
      expect(textsOf(kind)).toEqual(textsOf("string"));
    }
  });

  test.each([8, 17, 40, 120, 1_000])("text has %i characters", (length) => {
    const keys = createKeys({ kind: "string", length }, 5_000).of(ids) as string[];

    expect(new Set(keys.map((key) => key.length))).toEqual(new Set([length]));
    expect(new Set(keys).size).toBe(5_000);
  });

  test("an id always has an equal key", () => {
    for (const kind of ["string", "fresh", "joined", "slice", "integer", "serial"] as const) {
      for (const set of [undefined, "e-mail addresses"]) {
        const keys = createKeys({ kind, length: 17, ...(set !== undefined && { set }) }, 5_000);
        expect(keys.of(ids)).toEqual(keys.of(ids));
      }
    }
    const objects = createKeys({ kind: "object", length: 17 }, 5_000);
    expect(objects.of(ids)[7]).toBe(objects.of(ids)[7]);
  });

  test("text of fewer than 8 characters is an error", () => {
    expect(() => createKeys({ kind: "string", length: 7 }, 1)).toThrow(
      "Cannot make string keys: length = 7, expected an integer of at least 8",
    );
  });
});
