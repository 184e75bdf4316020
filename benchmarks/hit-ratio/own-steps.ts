import type { Step } from "../suite.ts";
import { sizeOfInterest } from "./advice/advise-on.ts";
import type { Answers } from "./advice/advise-on.ts";
import type { HitsTask } from "./measure-hit-ratio.ts";
import { sizesAround } from "./own-sizes.ts";
import type { OwnTrace } from "./own-traces.ts";

/** Number of replayed requests in one step: some ten seconds, so that the progress is visible. */
const REPLAYS_PER_STEP = 40_000_000;

function stepsAt(
  { spooled }: OwnTrace,
  arm: string,
  capacities: readonly number[],
  which = "",
): Step<HitsTask>[] {
  const { name, title, requests } = spooled;
  const atOnce = Math.max(1, Math.floor(REPLAYS_PER_STEP / requests));
  const steps: Step<HitsTask>[] = [];
  for (let at = 0; at < capacities.length; at += atOnce) {
    const some = capacities.slice(at, at + atOnce);
    const sizes = some.length === capacities.length ? which : `, ${some.join(" and ")} entries`;
    steps.push({
      label: `${name}, ${arm}${sizes}`,
      task: { arm, trace: name, title, own: { spooled, capacities: some } },
      isShared: true,
    });
  }
  return steps;
}

/** The measurements of the user's own traces. */
export function planOwn(traces: readonly OwnTrace[], arms: readonly string[]): Step<HitsTask>[] {
  return traces.flatMap((trace) => arms.flatMap((arm) => stepsAt(trace, arm, trace.capacities)));
}

/** The measurements around the knees of the measured curves. */
export function refineOwn(
  traces: readonly OwnTrace[],
  answers: ReadonlyMap<string, Answers>,
): Step<HitsTask>[] {
  return traces.flatMap((trace) => {
    const arms = answers.get(trace.spooled.name);
    if (!arms || trace.aroundKnee === 0) return [];
    const sizes = sizesAround(sizeOfInterest(arms), trace.capacities, trace.aroundKnee);
    return [...arms.keys()].flatMap((arm) => stepsAt(trace, arm, sizes, ", around the knee"));
  });
}
