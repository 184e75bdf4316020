import { settle } from "../collection/collect-garbage.ts";
import { collectAsLastResort } from "../collection/last-resort.ts";
import { plainCollector } from "../collection/plain-collector.ts";
import { macrotask } from "../host/macrotask.ts";
import { Controls } from "./controls.ts";
import type { HeapwiseProbeBox } from "./heapwise-probe-box.ts";

/**
 * What became of an object: `collected` by a plain collection; `collected-lazily`, only by a
 * last-resort one, so that nothing of the program holds it; `live`; or `inconclusive`, if a control
 * object has the wrong verdict.
 */
export type Verdict = "collected" | "collected-lazily" | "live" | "inconclusive";

/** A chain of finalizers frees one link with each collection. */
const PLAIN_ROUNDS = 3;
const LAST_ROUNDS = 2;
/** A conservative scan of the stack can hold an object by chance, but hardly through ten. */
const MOST_ROUNDS = 10;

/**
 * Collects, gently first, until all objects are gone or no means is left. The verdicts are in the
 * order of the boxes. No job of this function looks at an object and collects after it, since the
 * look keeps the object alive to the end of its job.
 */
export async function judge(
  boxes: readonly HeapwiseProbeBox[],
  controls: Pick<Controls, "areRight"> = new Controls(),
): Promise<Verdict[]> {
  const verdicts = boxes.map((): Verdict => "live");
  /** Says what became of those that are gone now, and whether all is known. */
  const note = (verdict: Verdict): boolean => {
    let isDone = true;
    for (const [i, box] of boxes.entries()) {
      if (verdicts[i] !== "live") continue;
      if (box.isLive()) isDone = false;
      else verdicts[i] = verdict;
    }
    return isDone;
  };

  await settle();
  const collect = plainCollector();
  let areRight = false;
  if (collect !== undefined) {
    for (let round = 1; round <= (areRight ? PLAIN_ROUNDS : MOST_ROUNDS); round++) {
      collect();
      const isDone = note("collected");
      areRight = controls.areRight();
      if (isDone && areRight) return verdicts;
      await macrotask();
    }
  }
  for (let round = 1; round <= LAST_ROUNDS; round++) {
    await macrotask();
    if ((await collectAsLastResort()) === undefined) {
      if (collect === undefined) return verdicts.map(() => "inconclusive");
      break;
    }
    const isDone = note("collected-lazily");
    areRight = controls.areRight();
    if (isDone && areRight) return verdicts;
  }
  return areRight ? verdicts : verdicts.map(() => "inconclusive");
}
