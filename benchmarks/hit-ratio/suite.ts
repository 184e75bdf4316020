import { fileURLToPath } from "node:url";
import { BASELINE, FLOOR } from "../adapters/catalogue.ts";
import { PACKAGE_FOLDER } from "../package-folder.ts";
import type { Cell, RunOptions, Step, Suite } from "../suite.ts";
import { drawHits } from "./draw-hits.ts";
import { GENERATED_TRACES } from "./generated-traces.ts";
import type { HitsAnswer, HitsTask } from "./measure-hits.ts";
import { OPT } from "./opt.ts";
import { listTraces, readTrace } from "./read-trace.ts";
import { tabulateHits } from "./tabulate-hits.ts";

export type HitsCell = Cell<HitsTask, HitsAnswer>;

const OWN_TRACES = fileURLToPath(new URL("traces", PACKAGE_FOLDER));

function plan({ traces, rivals, ours, full }: RunOptions): Step<HitsTask>[] {
  const files = listTraces(traces ?? OWN_TRACES);
  // Reads each trace of others now, so that a bad one is reported before hours of work.
  if (traces !== undefined) files.forEach(readTrace);
  // All strict LRU caches have the same hits; the baseline stands for them unless time does not matter.
  const others = rivals.filter((name) => full && name !== FLOOR);
  const arms = [OPT, BASELINE, ...ours, ...others];
  const recorded = files.map((file) => ({ trace: file.name, title: file.title, file }));
  const generated = GENERATED_TRACES.map(({ name, title }) => ({ trace: name, title }));
  return [...recorded, ...(traces === undefined ? generated : [])].flatMap((trace) =>
    arms.map((arm) => ({
      label: `${trace.trace}, ${arm}`,
      task: { arm, ...trace },
      isShared: true,
    })),
  );
}

/** Hits of the real caches on recorded and generated streams. */
export const hitRatio: Suite<HitsTask, HitsAnswer> = {
  name: "hit-ratio",
  module: new URL("./measure-hits.js", import.meta.url),
  plan,
  tabulate: tabulateHits,
  draw: drawHits,
};
