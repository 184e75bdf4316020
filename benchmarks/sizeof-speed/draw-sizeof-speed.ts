import { renderBars } from "../rendering/bars.ts";
import type { Cell, Chart } from "../suite.ts";
import type { SpeedAnswer, SpeedTask } from "./measure-sizeof-speed.ts";
import { compare } from "./tabulate-sizeof-speed.ts";

/** The chart of the sizeof-speed suite. */
export function drawSpeed(cells: readonly Cell<SpeedTask, SpeedAnswer>[]): Chart[] {
  const title = "Time of sizing a value";
  const bars = compare(cells).flatMap(({ document, ratios }) =>
    [...ratios].map(([arm, { median }]) => ({
      arm,
      group: document,
      value: median,
      label: median.toFixed(2),
    })),
  );
  return [
    {
      title,
      note: "Divided by the time of the fastest rival. Lower is better.",
      html: renderBars(title, "ratio", bars),
    },
  ];
}
