import { bodyOf, HeapGraph } from "../heap-graph/heap-graph.ts";
import { learnTypes } from "./type-series.ts";

let isWarm = false;

/**
 * Takes a heap snapshot. The first one of a process makes objects of Node that stay, for streams
 * and the like, which would show as growth in the second: it is thrown away, and another one is
 * taken.
 */
export async function captureSteadily(): Promise<HeapGraph> {
  if (!isWarm) await warmUp();
  isWarm = true;
  return HeapGraph.capture();
}

/** In a frame of its own, so that nothing holds the first snapshot while the second is taken. */
async function warmUp(): Promise<void> {
  learnTypes(bodyOf(await HeapGraph.capture()));
}
