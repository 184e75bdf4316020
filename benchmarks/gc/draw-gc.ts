import { BASELINE } from "../adapters/catalogue.ts";
import { renderBars } from "../rendering/bars.ts";
import { formatEntries, formatMs } from "../rendering/format.ts";
import type { Cell, Chart } from "../suite.ts";
import type { CollectionsAnswer, CollectionsTask } from "./measure-gc.ts";
import { joinRuns } from "./tabulate-gc.ts";

/** The chart of the gc suite. */
export function drawCollections(
  cells: readonly Cell<CollectionsTask, CollectionsAnswer>[],
): Chart[] {
  const title = "Time in full collections";
  const bars = joinRuns(cells).map(({ arm, keys, fullMs, ratio }) => ({
    arm,
    group: `${keys} keys`,
    value: fullMs,
    label: `${formatMs(fullMs)} ms, ${ratio.median.toFixed(2)}×`,
  }));
  return [
    {
      title,
      note: `With ${formatEntries(cells[0]?.task.entries ?? 0)} live entries under churn; × is the ratio to ${BASELINE}. Lower is better. "nothing" is the cost of the process and the keys without a cache.`,
      html: renderBars(title, "milliseconds", bars),
    },
  ];
}
