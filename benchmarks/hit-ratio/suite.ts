import { BASELINE, FLOOR } from "../adapters/catalogue.ts";
import type { AdviceParagraph, Cell, RunOptions, Step, Suite } from "../suite.ts";
import { paragraphsOf } from "./advice/paragraphs.ts";
import type { HitsAnswer, HitsTask } from "./measure-hit-ratio.ts";
import { OPT } from "./opt.ts";
import { pictureOfHitRatio } from "./picture-hit-ratio.ts";
import { planTraces } from "./plan-traces.ts";
import { planOwn, refineOwn } from "./own-steps.ts";
import { byTrace, tabulateHits } from "./tabulate-hit-ratio.ts";

export type HitsCell = Cell<HitsTask, HitsAnswer>;

function plan({ own, rivals, ours, full }: RunOptions): Step<HitsTask>[] {
  // All strict LRU caches have the same hits. Without `--full` only the baseline is measured.
  const others = rivals.filter((name) => full && name !== FLOOR);
  if (own) return planOwn(own.traces, [OPT, ...ours, ...(full ? [BASELINE] : []), ...others]);
  return planTraces([OPT, BASELINE, ...ours, ...others]);
}

function refine(cells: readonly HitsCell[], { own }: RunOptions): Step<HitsTask>[] {
  return own ? refineOwn(own.traces, byTrace(cells)) : [];
}

function advise(cells: readonly HitsCell[], { own }: RunOptions): AdviceParagraph[] {
  return own ? paragraphsOf(byTrace(cells), own) : [];
}

/** Hits of the real caches on recorded and generated streams. */
export const hitRatio: Suite<HitsTask, HitsAnswer> = {
  name: "hit-ratio",
  title: "Hit ratio",
  takesTraces: true,
  module: new URL("./measure-hit-ratio.js", import.meta.url),
  plan,
  refine,
  advise,
  tabulate: tabulateHits,
  draw: async (cells) => (await import("./draw-hit-ratio.ts")).drawHits(cells),
  picture: pictureOfHitRatio,
};
