import { renderBars } from "../rendering/bars.ts";
import { formatMs } from "../rendering/format.ts";
import type { Cell, Chart } from "../suite.ts";
import type { GrowthAnswer, GrowthTask } from "./measure-growth.ts";
import { joinGrowth } from "./tabulate-growth.ts";

/** The chart of the growth suite. */
export function drawGrowth(cells: readonly Cell<GrowthTask, GrowthAnswer>[]): Chart[] {
  const title = "The longest single insert while growing to 1M entries";
  const bars = joinGrowth(cells).map(({ arm, keys, longestOwnMs }) => ({
    arm,
    group: `${keys} keys`,
    value: longestOwnMs,
    label: `${formatMs(longestOwnMs)} ms`,
  }));
  return [
    {
      title,
      note: "Without the time of garbage collection. Lower is better.",
      html: renderBars(title, "milliseconds", bars),
    },
  ];
}
