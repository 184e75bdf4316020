import { LRUCache } from "lru-cache";
import { describe, expect, test } from "vitest";
import type { RoundsResult } from "../throughput/measure-rounds.ts";
import { createKeys } from "../workloads/keys.ts";
import type { KeyKind } from "../workloads/keys.ts";
import { createRandom } from "../workloads/random.ts";
import { DESIGNS, loadDesign } from "./catalogue.ts";
import {
  hashIdentity,
  hashMixed,
  hashMultiplied,
  hashSampleOf8,
  hashSip,
  hashTailOf4,
  hashTailOf8,
} from "./key-hashes.ts";
import type { DesignsTask } from "./task.ts";
import { designs } from "./suite.ts";

const OPTIONS = { full: true, rivals: [], ours: ["heapwise lru", "heapwise sieve"], nodes: [] };
const SEED = 7;

/** Kinds of keys that a design is measured with. */
const kindsOf = (design: string): Set<KeyKind> => {
  const tasks = designs.plan(OPTIONS).map(({ task }) => task);
  const kinds = tasks
    .filter(({ arms }) => arms.includes(design))
    .map(({ shape }): KeyKind => shape.kind);
  return new Set(kinds.length > 0 ? kinds : (["string", "integer"] as const));
};

describe.each(DESIGNS)("%s", (name) => {
  test.each([...kindsOf(name)])("agrees with lru-cache on %s keys", async (kind) => {
    const design = await loadDesign(name);
    const random = createRandom(SEED);
    for (const max of [1, 2, 50, 300]) {
      const keys = createKeys({ kind, length: 17, differsLast: true }, 2 * max);
      const cache = design!.create<unknown, number>(max);
      const model = new LRUCache<{}, number>({ max });
      for (let step = 0; step < 20 * max; step += 1) {
        const [key] = keys.of(Uint32Array.of(Math.floor(random() * 2 * max)));
        const what = `seed ${SEED}, max ${max}, step ${step}`;
        if (random() < 0.5) {
          expect(cache.get(key), what).toBe(model.get(key as {}));
        } else {
          cache.set(key, step);
          model.set(key as {}, step);
        }
      }
      const all = keys.of(Uint32Array.from({ length: 2 * max }, (_, id) => id));
      expect(all.map((key) => cache.has(key))).toEqual(all.map((key) => model.has(key as {})));
    }
  });
});

describe("designs", () => {
  test("have new code each time they are loaded", async () => {
    const [first, second] = await Promise.all([loadDesign("hash table"), loadDesign("hash table")]);

    expect(first!.create(1).constructor).not.toBe(second!.create(1).constructor);
  });

  test("that do not exist are undefined", async () => {
    expect(await loadDesign("linked list")).toBeUndefined();
  });

  test("are all measured, and the chosen one twice", () => {
    const tasks = designs.plan(OPTIONS).map(({ task }) => task);
    const measured = new Set(tasks.flatMap(({ arms }) => arms));

    // Growing designs are arms of the growth suite.
    const expected = DESIGNS.filter((name) => !name.startsWith("doubled"));
    expect([...measured].sort()).toEqual(["heapwise lru", ...expected].sort());
    for (const { arms, baseline } of tasks) expect(arms.slice(0, 2)).toEqual([baseline, baseline]);
  });

  test("have a table for each question", () => {
    const ratio = { median: 1.5, lower: 1.25, upper: 1.75 };
    const answer = ({ workloads, arms }: DesignsTask): RoundsResult[] =>
      workloads.map((workload) => ({
        workload,
        node: "20.0.0",
        rounds: 9,
        operationsPerRound: 100,
        arms: arms.map((arm, i) => ({
          arm: arms.indexOf(arm) === i ? arm : `${arm} again`,
          ratio,
          nanosecondsPerOperation: 12.5,
          hitRatio: 1,
        })),
      }));
    const cells = designs.plan(OPTIONS).map(({ task }) => ({ task, answer: answer(task) }));
    const tables = designs.tabulate(cells);

    expect(tables.map(({ title }) => title)).toEqual([
      "How much of a string is hashed",
      "Hash table or Map",
      "One record per slot or separate columns",
      "Chains for each entry",
      "Integers as they are or mixed",
      "Strict LRU called by its class or through the interface",
    ]);
    for (const { columns, rows } of tables) {
      for (const row of rows) expect(row).toHaveLength(columns.length);
    }
    expect(tables[2]!.rows[0]).toEqual([
      "hit-uniform",
      "string 17",
      "1k",
      "1",
      "1.50 (1.25–1.75)",
      "1.50 (1.25–1.75)",
      "12.5",
    ]);
  });
});

describe("key hashes", () => {
  const TEXTS = Array.from({ length: 70 }, (_, length) => "abcdefg".repeat(10).slice(0, length));

  test.each([
    ["multiply", hashMultiplied, "a"],
    ["HalfSipHash", hashSip, "a"],
    ["sample of 8", hashSampleOf8, "defghi"],
    ["tail of 8", hashTailOf8, "bcdefghi"],
    ["tail of 4", hashTailOf4, "fghi"],
  ])("%s reads the characters in its name", (_, hash, read) => {
    const key = "abcdefghi".padStart(40, "-");
    const changes = [...read].map((char) => hash(key.replace(char, "#")));

    expect(new Set([...changes, hash(key)]).size).toBe(read.length + 1);
    expect(changes.every(Number.isInteger)).toBe(true);
  });

  test("differ for texts of different lengths", () => {
    for (const hash of [hashMultiplied, hashSip, hashSampleOf8, hashTailOf8, hashTailOf4]) {
      expect(new Set(TEXTS.map(hash)).size).toBe(TEXTS.length);
    }
  });

  test("of integers are all different", () => {
    for (const hash of [hashIdentity, hashMixed]) {
      const hashes = new Set(Array.from({ length: 10_000 }, (_, i) => hash(i * 4_096)));
      expect(hashes.size).toBe(10_000);
    }
  });
});
