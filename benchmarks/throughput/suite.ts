import { BASELINE, FLOOR, OURS, TIMED_BASELINE, TIMED_OURS } from "../adapters/catalogue.ts";
import { onEachNode, type Cell, type RunOptions, type Step, type Suite } from "../suite.ts";
import { nameKeys, type KeyShape } from "../workloads/keys.ts";
import type { WorkloadName } from "../workloads/workload.ts";
import { WORKLOADS } from "../workloads/workload.ts";
import type { RoundsResult, RoundsTask, Surroundings } from "./measure-rounds.ts";
import { pictureOfThroughput } from "./picture-throughput.ts";
import { tabulateThroughput } from "./tabulate-throughput.ts";

export type ThroughputCell = Cell<RoundsTask, RoundsResult[]>;

const HITS: readonly WorkloadName[] = ["hit-uniform", "hit-zipf"];
const STRING: KeyShape = { kind: "string", length: 17 };
const INTEGER: KeyShape = { kind: "integer", length: 17 };
const SIZES = [1_000, 100_000, 1_000_000];
/** With a million entries in each cache, filling the caches takes most of the time. */
const LARGEST = 1_000_000;
const QUICK_SIZES = SIZES.filter((size) => size !== LARGEST);
// Small enough for a policy to treat it as a small cache.
const TINY = 100;

type Part = Pick<RoundsTask, "section" | "arms" | "shape" | "capacity"> & Partial<RoundsTask>;

/** Strict LRU against every rival. */
function strict({ rivals, full }: RunOptions): Part[] {
  const few = rivals.filter((name) => name === FLOOR);
  return [STRING, INTEGER].flatMap((shape) =>
    SIZES.map((capacity) => {
      const isShort = !full && capacity === LARGEST;
      return {
        section: "strict" as const,
        arms: [BASELINE, BASELINE, OURS, ...(isShort ? few : rivals)],
        shape,
        capacity,
        ...(isShort && { workloads: ["hit-uniform", "insert"] as const }),
      };
    }),
  );
}

/** Strict LRU in surroundings like those of programs, and not alone in a loop. */
function amongOthers({ rivals, full }: RunOptions): Part[] {
  const all: readonly Surroundings[] = [
    "objects as values",
    "keys of 50 caches in turn",
    "call sites that see all classes",
    "after churn",
    "in a worker",
  ];
  // A cache that turns keys into property names would change the keys of the others.
  const company = rivals.filter((name) => name !== FLOOR && name !== "tiny-lru");
  return (full ? [STRING, INTEGER] : [STRING]).flatMap((shape) =>
    (full ? [1_000, 10_000, 100_000] : [10_000]).flatMap((capacity) =>
      all.map((around) => ({
        section: "surroundings" as const,
        arms: [
          BASELINE,
          BASELINE,
          OURS,
          ...(around === "call sites that see all classes" ? company : []),
        ],
        shape,
        capacity,
        surroundings: around,
        workloads: ["hit-uniform", "insert"] as const,
      })),
    ),
  );
}

/** Keys of other kinds. The suite "keys" also has strings that are new in every call. */
function keyKinds({ rivals, full }: RunOptions): Part[] {
  const kinds = full ? (["fresh", "object", "serial"] as const) : (["object"] as const);
  return kinds.flatMap((kind) => {
    // All objects have the same property name.
    const taking = kind === "object" ? rivals.filter((name) => name !== "tiny-lru") : rivals;
    const arms = [
      BASELINE,
      BASELINE,
      OURS,
      ...(full ? taking : taking.filter((name) => name === FLOOR)),
    ];
    const shape = { kind, length: 17 };
    return (full ? SIZES : [100_000]).map((capacity) => ({
      section: "keys" as const,
      arms,
      shape,
      capacity,
      ...(!full && { workloads: ["hit-uniform", "insert"] as const }),
    }));
  });
}

/** Short and long text. */
function lengths({ rivals, full }: RunOptions): Part[] {
  if (!full) return [];
  return (["string", "fresh"] as const).flatMap((kind) =>
    [8, 17, 40, 120, 1_000].flatMap((length) =>
      [1_000, 100_000].map((capacity) => ({
        section: "lengths" as const,
        arms: [BASELINE, BASELINE, OURS, ...rivals],
        shape: { kind, length },
        capacity,
      })),
    ),
  );
}

/** The cost of time options, relative to the baseline with a ttl. */
function time({ full }: RunOptions): Part[] {
  const untimed = full ? [BASELINE, OURS] : [BASELINE];
  const arms = [TIMED_BASELINE, TIMED_BASELINE, ...untimed, ...TIMED_OURS];
  return [STRING, INTEGER].flatMap((shape) =>
    (full ? SIZES : shape === STRING ? QUICK_SIZES : [1_000]).map((capacity) => ({
      section: "time" as const,
      arms,
      baseline: TIMED_BASELINE,
      shape,
      capacity,
      ...(!full && { workloads: ["hit-uniform", "insert"] as const }),
    })),
  );
}

/** Each of our policies in a process of its own. */
function policies({ ours, full }: RunOptions): Part[] {
  return ours.flatMap((name) =>
    (full ? [STRING, INTEGER] : [STRING]).flatMap((shape) =>
      (full ? SIZES : [100_000]).map((capacity) => ({
        section: "policies" as const,
        arms: [BASELINE, name],
        shape,
        capacity,
        ...(!full && { workloads: ["hit-zipf", "read-through"] as const }),
      })),
    ),
  );
}

/** All of our policies in one process. They run before the first measurement. */
function together({ ours, full }: RunOptions): Part[] {
  return (full ? [STRING, INTEGER] : [INTEGER]).flatMap((shape) =>
    (full ? SIZES : [100_000]).map((capacity) => ({
      section: "together" as const,
      arms: [BASELINE, ...ours],
      shape,
      capacity,
      alive: ours,
      ...(!full && { workloads: ["hit-uniform", "insert"] as const }),
    })),
  );
}

/** A hit in a very small cache. */
function tiny({ ours, full }: RunOptions): Part[] {
  return (full ? ours : ours.slice(0, 2)).flatMap((name) =>
    [STRING, INTEGER].map((shape) => ({
      section: "tiny" as const,
      arms: [BASELINE, name],
      shape,
      capacity: TINY,
      workloads: HITS,
    })),
  );
}

function labelOf({ section, surroundings, shape, capacity, arms }: Part): string {
  const who = section === "policies" || section === "tiny" ? ` ${arms[1]}` : "";
  return `${surroundings ?? section}${who}, ${nameKeys(shape)} keys, ${capacity.toLocaleString("en")} entries`;
}

function plan(options: RunOptions): Step<RoundsTask>[] {
  const parts = [strict, amongOthers, time, keyKinds, lengths, policies, together, tiny].flatMap(
    (section) => section(options),
  );
  const steps = parts.map((part) => {
    // Enough for about 24 rounds of small caches. At least seven rounds are run.
    const quickSeconds = part.section === "strict" ? 1 : part.section === "keys" ? 0.6 : 0.3;
    const task: RoundsTask = {
      workloads: WORKLOADS,
      alive: [],
      seconds: options.full ? 8 : quickSeconds,
      seed: 1,
      ...part,
    };
    return { label: labelOf(part), task };
  });
  return onEachNode(steps, options.nodes);
}

/** Time per operation, as the ratio to the baseline in the same rounds. */
export const throughput: Suite<RoundsTask, RoundsResult[]> = {
  name: "throughput",
  title: "Throughput",
  takesNodes: true,
  module: new URL("./measure-rounds.js", import.meta.url),
  plan,
  tabulate: tabulateThroughput,
  draw: async (cells) => (await import("./draw-throughput.ts")).drawThroughput(cells),
  picture: pictureOfThroughput,
};
