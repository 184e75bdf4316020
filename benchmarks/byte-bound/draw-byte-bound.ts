import { renderBars } from "../rendering/bars.ts";
import type { Cell, Chart } from "../suite.ts";
import type { BoundAnswer, BoundTask } from "./task.ts";
import { percentOf, titleOf } from "./tabulate-byte-bound.ts";

const MOST_SHOWN = 500;

/** The chart of the byte-bound suite. */
export function drawBound(cells: readonly Cell<BoundTask, BoundAnswer>[]): Chart[] {
  const title = titleOf(cells);
  const bars = cells.map((cell) => ({
    arm: cell.task.arm,
    group: cell.task.kind,
    value: Math.min(MOST_SHOWN, (100 * cell.answer.grownBytes) / cell.task.budget),
    label: percentOf(cell),
  }));
  return [
    {
      title,
      note: "In percent of the bound: 100 is exact.",
      html: renderBars(title, "percent", bars),
    },
  ];
}
