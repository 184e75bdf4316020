import { renderBars } from "../rendering/bars.ts";
import type { Cell, Chart } from "../suite.ts";
import type { LoadingResult, LoadingTask } from "./measure-loading.ts";
import { nameWorkload } from "./tabulate-loading.ts";

/** A longer bar would leave no room for the others. The label still has the value. */
const MOST_SHOWN = 4;

/** The chart of the loading suite. */
export function drawLoading(cells: readonly Cell<LoadingTask, LoadingResult[]>[]): Chart[] {
  const title = "Time of a call that loads";
  const bars = cells.flatMap(({ task, answer }) =>
    answer.map(({ arm, ratio }) => ({
      arm,
      group: nameWorkload(task),
      value: Math.min(MOST_SHOWN, ratio.median),
      label: `${ratio.median.toFixed(2)}×`,
    })),
  );
  return [
    {
      title,
      note: "Divided by the time of lru-cache in the same rounds, or of dataloader. Lower is better. Bars end at 4.",
      html: renderBars(title, "ratio to lru-cache", bars),
    },
  ];
}
