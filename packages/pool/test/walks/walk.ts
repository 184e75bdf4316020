import { ExactWalk } from "./exact-walk.ts";
import { PoolWalk } from "./pool-walk.ts";
import type { PoolKind } from "./pool-under-test.ts";
import type { WalkReport } from "./walk-report.ts";

export interface WalkPlan {
  /** `exact`: compared with a model. `free`: with all options, checked from outside. */
  readonly walk: "exact" | "free";
  readonly pool: PoolKind;
  readonly seed: number;
}

/** Takes these steps of a walk. */
export function runWalk(
  { walk, pool, seed }: WalkPlan,
  steps: readonly number[],
): Promise<WalkReport> {
  return (walk === "exact" ? new ExactWalk(pool, seed) : new PoolWalk(pool, seed)).run(steps);
}

/** The first steps of a walk. */
export function firstSteps(length: number): number[] {
  return Array.from({ length }, (_, step) => step);
}

/** The kind of a failure: its text without numbers. */
function kindOf({ errors }: WalkReport): string | undefined {
  return errors[0]?.replace(/-?\d+(\.\d+)?/g, "#");
}

/** Omits steps as long as the walk still fails alike, and returns the remaining steps. */
async function shrinkWalk(plan: WalkPlan, steps: readonly number[]): Promise<number[]> {
  let left = [...steps];
  const kind = kindOf(await runWalk(plan, left));
  for (let size = Math.ceil(left.length / 2); ;) {
    for (let from = 0; from < left.length;) {
      const fewer = [...left.slice(0, from), ...left.slice(from + size)];
      if (kindOf(await runWalk(plan, fewer)) === kind) left = fewer;
      else from += size;
    }
    if (size === 1) return left;
    size = Math.ceil(size / 2);
  }
}

/**
 * Describes a failed walk with as few steps as show the failure, and with the command that replays
 * it.
 */
export async function describeFailure(plan: WalkPlan, length: number): Promise<string> {
  const steps = await shrinkWalk(plan, firstSteps(length));
  const { log, errors } = await runWalk(plan, steps);
  const { walk, pool, seed } = plan;
  const options = `--walk ${walk} --pool ${pool} --seed ${seed}`;
  return [
    errors[0],
    ...log.slice(-100),
    `Replay: npm run fuzz -- ${options} --only ${steps.join()}`,
  ].join("\n");
}
