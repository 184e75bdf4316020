import { renderBars } from "../rendering/bars.ts";
import type { Cell, Chart } from "../suite.ts";
import type { AccuracyAnswer, AccuracyTask } from "./measure-sizeof-accuracy.ts";
import { scoreOf } from "./score.ts";
import { armsOf, rowsByRuntime } from "./tabulate-sizeof-accuracy.ts";

/** The chart of the sizeof-accuracy suite. */
export function drawAccuracy(cells: readonly Cell<AccuracyTask, AccuracyAnswer>[]): Chart[] {
  const title = "Sizes within a tenth of the true size";
  const bars = [...rowsByRuntime(cells)].flatMap(([runtime, rows]) =>
    armsOf(rows).map(([arm, estimateOf]) => {
      const value = 100 * scoreOf(rows, estimateOf).within10;
      return { arm, group: runtime, value, label: value.toFixed(0) };
    }),
  );
  return [
    {
      title,
      note: "Share of the kinds of values whose size can be known, in percent: higher is better.",
      html: renderBars(title, "percent", bars),
    },
  ];
}
