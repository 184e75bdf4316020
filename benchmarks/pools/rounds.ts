import { ratioOf, spreadOf, type Spread } from "../statistics.ts";
import { createRandom, shuffle } from "../workloads/random.ts";

/** A piece of work that is timed. It runs `count` times. */
export interface TimedArm {
  readonly name: string;
  run(count: number): unknown;
}

/** Time of one arm. */
export interface ArmTime {
  readonly arm: string;
  /** Time of a round divided by the time of the baseline in the same round. */
  readonly ratio: Spread;
  readonly nanoseconds: number;
}

const WARM_UP_ROUNDS = 4;
const ROUNDS_AT_LEAST = 7;

/** Times the arms in rounds. Each round runs all of them in random order. */
export async function timeRounds(
  arms: readonly TimedArm[],
  { count, seconds, baseline }: { count: number; seconds: number; baseline: string },
): Promise<ArmTime[]> {
  const random = createRandom(1);
  const times = new Map<string, number[]>(arms.map(({ name }) => [name, []]));
  const round = async (isTimed: boolean): Promise<void> => {
    for (const arm of shuffle([...arms], random)) {
      globalThis.gc!({ type: "minor" });
      const start = performance.now();
      await arm.run(count);
      if (isTimed) times.get(arm.name)!.push(performance.now() - start);
    }
  };
  for (let i = 0; i < WARM_UP_ROUNDS; i += 1) await round(false);
  const start = performance.now();
  for (let i = 0; i < ROUNDS_AT_LEAST || performance.now() - start < seconds * 1_000; i += 1) {
    await round(true);
  }
  const base = times.get(baseline)!;
  return arms.map(({ name }) => ({
    arm: name,
    ratio: ratioOf(times.get(name)!, base),
    nanoseconds: (spreadOf(times.get(name)!).median * 1e6) / count,
  }));
}
