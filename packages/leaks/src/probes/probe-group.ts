import { print, readOptions, refuse } from "../checks/arguments.ts";
import type { RetainingPath } from "../paths/retaining-path.ts";
import { explainBoxes } from "./explain-boxes.ts";
import type { HeapwiseProbeBox } from "./heapwise-probe-box.ts";
import { judge, type Verdict } from "./judge.ts";
import { EXPLAIN_CHECKS, Probe, type ExplainOptions } from "./track.ts";

/**
 * The verdicts about many objects by the same collections, in the order of the probes: see
 * `Probe.status`.
 *
 * @throws {TypeError} if an element is not a probe.
 *
 * @example
 * ```ts
 * import { statusOfProbes, track } from "@heapwise/leaks";
 *
 * const kept = {};
 * const make = () => [track(kept), track({})];
 * await statusOfProbes(make()); // => ["live", "collected"]
 * ```
 */
export async function statusOfProbes(probes: Iterable<Probe>): Promise<Verdict[]> {
  return await judge(boxesOf("judge objects", probes));
}

/**
 * What holds each of many objects, by one heap snapshot, in the order of the probes; empty lists
 * for those that are collected. `paths` and `ignore` are those of `Probe.explain`.
 *
 * @throws {TypeError} if an element is no probe, or an option has the wrong type or is not known.
 * @throws {RangeError} if `paths` is not an integer from 1.
 * @throws {SnapshotTooLargeError} if the snapshot would not fit into memory.
 *
 * @example
 * ```ts
 * import { explainProbes, track } from "@heapwise/leaks";
 *
 * const sessions = new Map<string, object>([["ada", {}]]);
 * const probe = track(sessions.get("ada")!);
 * const [paths] = await explainProbes([probe]);
 * paths!.length > 0; // => true
 * ```
 */
export async function explainProbes(
  probes: Iterable<Probe>,
  options: ExplainOptions = {},
): Promise<RetainingPath[][]> {
  const { paths = 3, ignore } = readOptions("explain objects", options, EXPLAIN_CHECKS);
  const boxes = boxesOf("explain objects", probes);
  if (boxes.length === 0) return [];
  return (await explainBoxes(boxes, paths, ignore)).map((found) => [...found.paths]);
}

function boxesOf(action: string, probes: Iterable<Probe>): HeapwiseProbeBox[] {
  return [...probes].map((probe) => {
    if (probe instanceof Probe) return Probe.boxOf(probe);
    return refuse(action, `one of them is ${print(probe)}`, "probes made by track");
  });
}
