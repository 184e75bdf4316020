import { settle } from "../collection/collect-garbage.ts";
import { bodyOf, HeapGraph } from "../heap-graph/heap-graph.ts";
import { findPathsByRoot } from "../paths/find-paths.ts";
import type { RetainingPath } from "../paths/retaining-path.ts";
import { withMarkers, type HeapwiseProbeBox } from "./heapwise-probe-box.ts";

/** What a snapshot says about an object. */
export interface Explanation {
  /** Whether the object is in the snapshot. */
  readonly isFound: boolean;
  /** What holds the object; empty if it is not in the snapshot. */
  readonly paths: readonly RetainingPath[];
  readonly retainedBytes: number;
}

/**
 * Takes one snapshot and finds what holds each of the objects, `count` paths with different
 * beginnings of each. Waits for two macrotasks before it, because the engine holds an object that a
 * job has looked at to the end of that job, and would be the nearest holder.
 *
 * @throws {SnapshotTooLargeError} if the snapshot would not fit into memory.
 */
export async function explainBoxes(
  boxes: readonly HeapwiseProbeBox[],
  count: number,
  ignore?: (path: RetainingPath) => boolean,
): Promise<Explanation[]> {
  await settle();
  const { taken: graph, find } = await withMarkers(boxes, () => HeapGraph.capture());
  const body = bodyOf(graph);
  return find(body).map((node) => {
    if (node === undefined) return { isFound: false, paths: [], retainedBytes: 0 };
    return {
      isFound: true,
      paths: findPathsByRoot(body, node, { count, ignore, isLive: true }),
      retainedBytes: body.dominance.retainedBytes[node]!,
    };
  });
}
