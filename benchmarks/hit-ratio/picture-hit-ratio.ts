import { BASELINE, FLOOR } from "../adapters/catalogue.ts";
import { formatPercent } from "../rendering/format.ts";
import type { Cell, PictureSource } from "../suite.ts";
import type { HitsAnswer, HitsTask } from "./measure-hit-ratio.ts";
import { OPT } from "./opt.ts";
import { planTraces } from "./plan-traces.ts";
import { armsOf, byTrace, meanHitRatio } from "./tabulate-hit-ratio.ts";

/** Names of arms that a reader would not understand, or would misjudge. */
const NAMES: Readonly<Record<string, string>> = {
  [OPT]: "best possible",
  "quick-lru": "quick-lru (2x size)",
};

/** The mean hit ratio of all caches. */
export const pictureOfHitRatio: PictureSource<HitsTask, HitsAnswer> = {
  plan: ({ ours, rivals }) =>
    planTraces([OPT, BASELINE, ...ours, ...rivals.filter((name) => name !== FLOOR)]),
  draw: (cells: readonly Cell<HitsTask, HitsAnswer>[]) => {
    const traces = [...byTrace(cells).values()];
    return {
      name: "hit-ratio",
      title: "Hit ratio",
      better: "higher",
      note: `Share of requests that find their key, in percent: the mean of ${traces.length} traces with five cache sizes each. "Best possible" knows the future. quick-lru may hold twice its size.`,
      groups: [
        {
          title: "",
          bars: armsOf(cells).map((arm) => {
            const value = meanHitRatio(traces, arm);
            const name = NAMES[arm];
            return { arm, value, label: formatPercent(value), ...(name !== undefined && { name }) };
          }),
        },
      ],
    };
  },
};
