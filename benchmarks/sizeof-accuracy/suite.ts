import type { Cell, RunOptions, Step, Suite } from "../suite.ts";
import type { AccuracyAnswer, AccuracyTask } from "./measure-sizeof-accuracy.ts";
import { tabulateAccuracy } from "./tabulate-sizeof-accuracy.ts";
import { VALUES } from "./values.ts";

export type AccuracyCell = Cell<AccuracyTask, AccuracyAnswer>;

/**
 * Number of cases that share a process, because starting a process takes longer than measuring a
 * case.
 */
const CASES = 20;

function plan({ nodes }: RunOptions): Step<AccuracyTask>[] {
  const names = Object.keys(VALUES);
  const groups = Array.from({ length: Math.ceil(names.length / CASES) }, (_, at) =>
    names.slice(at * CASES, (at + 1) * CASES),
  );
  return [process.execPath, ...nodes].flatMap((execPath, at) =>
    groups.map((group) => ({
      label: `${at === 0 ? "this Node" : execPath}, from ${group[0]}`,
      task: { names: group },
      execPath,
      // Heaps are measured, not time.
      isShared: true,
    })),
  );
}

/** Sizes as packages report them, compared with measured sizes. */
export const sizeofAccuracy: Suite<AccuracyTask, AccuracyAnswer> = {
  name: "sizeof-accuracy",
  title: "Accuracy of sizes",
  takesNodes: true,
  module: new URL("./measure-sizeof-accuracy.js", import.meta.url),
  plan,
  tabulate: tabulateAccuracy,
  draw: async (cells) => (await import("./draw-sizeof-accuracy.ts")).drawAccuracy(cells),
};
