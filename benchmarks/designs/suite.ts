import { OURS } from "../adapters/catalogue.ts";
import type { RunOptions, Step, Suite } from "../suite.ts";
import type { RoundsResult } from "../throughput/measure-rounds.ts";
import { nameKeys, type KeyKind, type KeyShape } from "../workloads/keys.ts";
import { THROUGH_INTERFACE } from "./catalogue.ts";
import { tabulateDesigns } from "./tabulate-designs.ts";
import type { DesignsTask } from "./task.ts";

type Part = Pick<DesignsTask, "question" | "arms" | "capacity" | "shape"> & Partial<DesignsTask>;

// The designs hash tails, as the index did at the time of the comparison.
const STRING: KeyShape = { kind: "string", length: 17, differsLast: true };
const INTEGER: KeyShape = { kind: "integer", length: 17 };

const sizesOf = (full: boolean, ...sizes: number[]): number[] =>
  sizes.filter((size) => full || size < 1_000_000);

/** The part of a string that is hashed. */
function strings(): Part[] {
  const arms = ["tail of 4", "sample of 8", "all, multiply", "all, HalfSipHash"];
  return (["string", "fresh"] as const).flatMap((kind) =>
    [8, 17, 40, 120, 1_000].flatMap((length) =>
      [1_000, 100_000].map((capacity) => ({
        question: "strings" as const,
        arms,
        capacity,
        shape: { kind, length, differsLast: true },
      })),
    ),
  );
}

/** A table of our own or a `Map`. */
function index({ full }: RunOptions): Part[] {
  return (["string", "fresh", "integer", "object"] as const).flatMap((kind: KeyKind) =>
    sizesOf(full, 100, 1_000, 4_000, 100_000, 1_000_000).map((capacity) => ({
      question: "index" as const,
      arms: ["hash table", "Map to slot"],
      capacity,
      shape: { kind, length: 17, differsLast: true },
    })),
  );
}

/** Numbers of a slot in one record, or in a column each. */
function columns(): Part[] {
  return [STRING, INTEGER].flatMap((shape) =>
    [1_000, 100_000, 1_000_000].map((capacity) => ({
      question: "columns" as const,
      arms: ["one record", "separate columns"],
      capacity,
      shape,
    })),
  );
}

/** Chains of the table per entry: two if the cache is small, one if it is large. */
function chains({ full }: RunOptions): Part[] {
  const arms = ["0.5 chains", "1 chain", "2 chains", "4 chains"];
  return [STRING, INTEGER].flatMap((shape) =>
    sizesOf(full, 1_000, 100_000, 1_000_000).map((capacity) => ({
      question: "chains" as const,
      arms,
      baseline: capacity <= 1_000 ? "2 chains" : "1 chain",
      capacity,
      shape,
    })),
  );
}

/** Integers as they are, or mixed. */
function integers({ full }: RunOptions): Part[] {
  return (["serial", "integer"] as const).flatMap((kind: KeyKind) =>
    sizesOf(full, 1_000, 100_000, 1_000_000).map((capacity) => ({
      question: "integers" as const,
      arms: ["identity", "mixed"],
      capacity,
      shape: { kind, length: 17 },
    })),
  );
}

/**
 * The policy called by its class, or through its interface with 1, 2 and all classes alive. With
 * more than 4 classes V8 looks methods up.
 */
function policyInterface({ ours, full }: RunOptions): Part[] {
  const others = ours.filter((name) => name !== OURS);
  const companies = [[], others.slice(0, 1), others];
  return [STRING, INTEGER].flatMap((shape) =>
    sizesOf(full, 1_000, 100_000, 1_000_000).flatMap((capacity) =>
      companies.map((alive) => ({
        question: "interface" as const,
        arms: [OURS, THROUGH_INTERFACE],
        capacity,
        shape,
        alive,
      })),
    ),
  );
}

function plan(options: RunOptions): Step<DesignsTask>[] {
  const parts = [strings, index, columns, chains, integers, policyInterface].flatMap((question) =>
    question(options),
  );
  return parts.map((part) => {
    const baseline = part.baseline ?? part.arms[0]!;
    const task: DesignsTask = {
      alive: [],
      workloads: ["hit-uniform", "insert"],
      seconds: options.full ? 6 : 1,
      seed: 1,
      ...part,
      baseline,
      arms: [baseline, baseline, ...part.arms.filter((arm) => arm !== baseline)],
    };
    const company = part.alive && `, classes: ${part.alive.length + 1}`;
    const entries = part.capacity.toLocaleString("en");
    const label = `${part.question}, ${nameKeys(part.shape)} keys, ${entries} entries${company ?? ""}`;
    return { label, task };
  });
}

/**
 * The designs that were chosen for the index, and the designs that lost. Each is a small strict
 * LRU.
 */
export const designs: Suite<DesignsTask, RoundsResult[]> = {
  name: "designs",
  title: "Designs",
  isOnlyFull: true,
  module: new URL("../throughput/measure-rounds.js", import.meta.url),
  plan,
  tabulate: tabulateDesigns,
  draw: async () => [],
};
