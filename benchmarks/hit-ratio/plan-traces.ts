import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PACKAGE_FOLDER } from "../package-folder.ts";
import type { Step } from "../suite.ts";
import { GENERATED_TRACES } from "./generated-traces.ts";
import type { HitsTask } from "./measure-hit-ratio.ts";
import type { TraceFile } from "./trace-source.ts";

const TRACES = new URL("traces/", PACKAGE_FOLDER);

/** The recorded traces of the repository. */
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

/**
 * Plans one step for each trace and each arm. The traces are the recorded traces of the repository
 * and the generated traces.
 */
export function planTraces(arms: readonly string[]): Step<HitsTask>[] {
  const recorded = listRecorded().map((file) => ({ trace: file.name, title: file.title, file }));
  const generated = GENERATED_TRACES.map(({ name, title }) => ({ trace: name, title }));
  return [...recorded, ...generated].flatMap((trace) =>
    arms.map((arm) => ({
      label: `${trace.trace}, ${arm}`,
      task: { arm, ...trace },
      isShared: true,
    })),
  );
}
