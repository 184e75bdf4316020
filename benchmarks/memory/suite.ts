import { BASELINE, OURS } from "../adapters/catalogue.ts";
import type { Cell, RunOptions, Step, Suite } from "../suite.ts";
import type { MemoryAnswer, MemoryTask } from "./measure-memory.ts";
import { pictureOfMemory } from "./picture-memory.ts";
import { tabulateMemory } from "./tabulate-memory.ts";

export type MemoryCell = Cell<MemoryTask, MemoryAnswer>;

const ENTRIES = 1_000_000;

function plan({ full, ours, rivals }: RunOptions): Step<MemoryTask>[] {
  const all = [...ours, BASELINE, ...rivals];
  const few = [OURS, BASELINE];
  // Strings take the longest: if they were last, one of the two processes would be idle.
  const cells = [
    ...(full ? all : few).map((arm) => ({ arm, kind: "string" as const })),
    ...all.map((arm) => ({ arm, kind: "integer" as const })),
  ];
  return cells.map(({ arm, kind }) => ({
    label: `${arm}, ${kind} keys`,
    task: { arm, shape: { kind, length: 17 }, entries: ENTRIES },
    isShared: true,
  }));
}

/** Bytes that a cache keeps for itself. */
export const memory: Suite<MemoryTask, MemoryAnswer> = {
  name: "memory",
  title: "Memory",
  module: new URL("./measure-memory.js", import.meta.url),
  plan,
  tabulate: tabulateMemory,
  draw: async (cells) => (await import("./draw-memory.ts")).drawMemory(cells),
  picture: pictureOfMemory,
};
