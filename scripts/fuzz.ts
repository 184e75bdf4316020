import { parseArgs } from "node:util";
import { ConservationWalk } from "../packages/lru/test/removal/conservation.ts";
import {
  describeFailure,
  firstSteps,
  runWalk,
  type WalkPlan,
} from "../packages/pool/test/walks/walk.ts";

// Runs random walks over the caches that dispose of values, and over the pools, for any time. `npm
// run fuzz` runs all of them, `npm run fuzz -- --pool keyed --steps 20000000 --seed 7` one. The
// first error ends the run, and prints its steps and the command to replay it.

const WALKS = ["exact", "free"] as const;
const POOLS = ["resource", "keyed"] as const;
/** Steps of each walk. `--steps` changes it. */
const STEPS = { caches: 1_000_000, resource: 1_000_000, keyed: 100_000 };

const { values } = parseArgs({
  options: {
    steps: { type: "string" },
    seed: { type: "string" },
    length: { type: "string" },
    pool: { type: "string" },
    walk: { type: "string" },
    only: { type: "string" },
  },
});
const first = Number(values.seed ?? 1);
const length = Number(values.length ?? 150);
const steps = values.steps === undefined ? undefined : Number(values.steps);
const isChoice = (value: string | undefined, choices: readonly string[]): boolean =>
  value === undefined || choices.includes(value);
if (
  !(length > 0 && Number.isSafeInteger(first) && (steps === undefined || steps > 0)) ||
  !isChoice(values.pool, [...POOLS, "none"]) ||
  !isChoice(values.walk, WALKS)
) {
  throw new RangeError(
    `Cannot fuzz: expected numbers for --steps, --seed and --length, --pool ${POOLS.join(" | ")} | none, --walk ${WALKS.join(" | ")}`,
  );
}

process.on("unhandledRejection", (error) => {
  throw error;
});

if (values.pool === undefined || values.pool === "none") await walkCaches(steps ?? STEPS.caches);
for (const pool of POOLS.filter((name) => (values.pool ?? name) === name)) {
  for (const walk of WALKS.filter((name) => (values.walk ?? name) === name)) {
    if (values.only === undefined) await walkPools(walk, pool, steps ?? STEPS[pool]);
    else await replay({ walk, pool, seed: first }, values.only.split(",").map(Number));
  }
}

async function walkCaches(goal: number): Promise<void> {
  const total = { steps: 0, made: 0, loads: 0, handed: 0, leased: 0 };
  let seed = first;
  let told = 0;
  for (; total.steps < goal; seed++) {
    const walk = new ConservationWalk(seed);
    const report = await walk.run(length);
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += report[name];
    if (report.errors.length > 0) {
      console.log(walk.log.slice(-100).join("\n"));
      console.log(report.errors.join("\n"));
      console.log(
        `Replay: npm run fuzz -- --pool none --seed ${seed} --steps 1 --length ${length}`,
      );
      process.exit(1);
    }
    if (total.steps - told < goal / 10) continue;
    told = total.steps;
    console.log(`fuzz: caches, ${total.steps} of ${goal} steps`);
  }
  console.log(
    `fuzz: seeds ${first} to ${seed - 1}, ${total.steps} steps, ${total.loads} loads; of ${total.made} values ` +
      `that were made, each was disposed of once; ${total.handed} were handed out and ${total.leased} leased`,
  );
}

async function walkPools(
  walk: WalkPlan["walk"],
  pool: WalkPlan["pool"],
  goal: number,
): Promise<void> {
  let [seed, taken, loans, told] = [first, 0, 0, 0];
  for (; taken < goal; seed++) {
    const plan = { walk, pool, seed };
    const report = await runWalk(plan, firstSteps(length));
    taken += report.steps;
    loans += report.loans;
    if (report.errors.length > 0) {
      console.log(await describeFailure(plan, report.steps));
      process.exit(1);
    }
    if (taken - told < goal / 10) continue;
    told = taken;
    console.log(`fuzz: ${walk} walk over ${pool} pools, ${taken} of ${goal} steps`);
  }
  console.log(
    `fuzz: ${walk} walk over ${pool} pools, seeds ${first} to ${seed - 1}, ${taken} steps, ${loans} loans`,
  );
}

async function replay(plan: WalkPlan, only: readonly number[]): Promise<void> {
  const { log, errors } = await runWalk(plan, only);
  console.log(log.join("\n"));
  if (errors.length > 0) process.exit(1);
}
