import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BASELINE, FLOOR } from "../adapters/catalogue.ts";
import { PACKAGE_FOLDER } from "../package-folder.ts";
import type { AdviceParagraph, Cell, RunOptions, Step, Suite } from "../suite.ts";
import { paragraphsOf } from "./advice/paragraphs.ts";
import { GENERATED_TRACES } from "./generated-traces.ts";
import type { HitsAnswer, HitsTask } from "./measure-hit-ratio.ts";
import { OPT } from "./opt.ts";
import { planOwn, refineOwn } from "./own-steps.ts";
import type { TraceFile } from "./trace-source.ts";
import { byTrace, tabulateHits } from "./tabulate-hit-ratio.ts";

export type HitsCell = Cell<HitsTask, HitsAnswer>;

const TRACES = new URL("traces/", PACKAGE_FOLDER);

/** The recorded traces of the repo. */
function listRecorded(): TraceFile[] {
  const text = readFileSync(new URL("manifest.json", TRACES), "utf8");
  const { traces } = JSON.parse(text) as { traces: (TraceFile & { file: string })[] };
  return traces.map(({ name, file, title, requests, capacities }) => ({
    name,
    path: fileURLToPath(new URL(file, TRACES)),
    title,
    ...(requests !== undefined && { requests }),
    ...(capacities && { capacities }),
  }));
}

function plan({ own, rivals, ours, full }: RunOptions): Step<HitsTask>[] {
  // All strict LRU caches have the same hits; the baseline stands for them unless time does not matter.
  const others = rivals.filter((name) => full && name !== FLOOR);
  if (own) return planOwn(own.traces, [OPT, ...ours, ...(full ? [BASELINE] : []), ...others]);
  const arms = [OPT, BASELINE, ...ours, ...others];
  const recorded = listRecorded().map((file) => ({
    trace: file.name,
    title: file.title,
    file,
  }));
  const generated = GENERATED_TRACES.map(({ name, title }) => ({ trace: name, title }));
  return [...recorded, ...generated].flatMap((trace) =>
    arms.map((arm) => ({
      label: `${trace.trace}, ${arm}`,
      task: { arm, ...trace },
      isShared: true,
    })),
  );
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
};
