import { parseArgs } from "node:util";
import { ConservationWalk } from "../packages/lru/test/leases/conservation.ts";

// Random walks over the caches that dispose of values, for as long as one likes: `npm run fuzz`, or
// `npm run fuzz -- --steps 20000000 --seed 7`. The first error ends it, with what led to it.

const { values } = parseArgs({
  options: { steps: { type: "string" }, seed: { type: "string" }, length: { type: "string" } },
});
const goal = Number(values.steps ?? 1_000_000);
const first = Number(values.seed ?? 1);
const length = Number(values.length ?? 150);
if (!(goal > 0 && length > 0 && Number.isSafeInteger(first))) {
  throw new RangeError("Cannot fuzz: expected --steps N, --seed N and --length N, all numbers");
}

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
    console.log(`Replay: npm run fuzz -- --seed ${seed} --steps 1 --length ${length}`);
    process.exit(1);
  }
  if (total.steps - told < goal / 10) continue;
  told = total.steps;
  console.log(`fuzz: ${total.steps} of ${goal} steps`);
}
console.log(
  `fuzz: seeds ${first} to ${seed - 1}, ${total.steps} steps, ${total.loads} loads; of ${total.made} values ` +
    `that were made, each was disposed of once; ${total.handed} were handed out and ${total.leased} leased`,
);
