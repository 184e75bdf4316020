import type { RetainingPath } from "../paths/retaining-path.ts";
import { explainBoxes } from "../probes/explain-boxes.ts";
import type { HeapwiseProbeBox } from "../probes/heapwise-probe-box.ts";
import { MOST_PATHS, type Leak } from "./leak-error.ts";

/** Leaks, and the notes below them. */
export interface ExplainedLeaks {
  readonly leaks: readonly Leak[];
  readonly notes: readonly string[];
}

const NO_PATH =
  "What has no path is held by no reference of the program that a heap snapshot shows.";

/** The leak of an object that was not collected. */
export function leakOf(
  { label, className }: HeapwiseProbeBox,
  verdict: Leak["verdict"],
  paths: readonly RetainingPath[] = [],
  retainedBytes?: number,
): Leak {
  return {
    className,
    verdict,
    paths,
    ...(label !== undefined && { label }),
    ...(retainedBytes !== undefined && { retainedBytes }),
  };
}

/**
 * Takes a snapshot and finds the holders of the objects. An object that its collection has freed is
 * no leak. If there can be no snapshot, the leaks have no paths, and a note says why.
 */
export async function explainLive(boxes: readonly HeapwiseProbeBox[]): Promise<ExplainedLeaks> {
  try {
    const explanations = await explainBoxes(boxes, MOST_PATHS);
    const leaks = boxes.flatMap((box, i) => {
      const { isFound, paths, retainedBytes } = explanations[i]!;
      if (isFound) return [leakOf(box, "live", paths, retainedBytes)];
      return box.isLive() ? [leakOf(box, "live")] : [];
    });
    return { leaks, notes: leaks.every(({ paths }) => paths.length > 0) ? [] : [NO_PATH] };
  } catch (error) {
    return { leaks: boxes.map((box) => leakOf(box, "live")), notes: [whyNoPaths(error)] };
  }
}

/** Why there is no path. Numbers are rounded, so that the text is the same in each run. */
export function whyNoPaths(error: unknown): string {
  const { code, estimatedBytes, message } = error as {
    code?: unknown;
    estimatedBytes?: number;
    message?: unknown;
  };
  if (code !== "SNAPSHOT_TOO_LARGE" || estimatedBytes === undefined) {
    return `No paths: ${String(message ?? error)}`;
  }
  const megabytes = Number((estimatedBytes / 1e6).toPrecision(1));
  return `No paths: a heap snapshot would need about ${megabytes} MB, which is too much here.`;
}
