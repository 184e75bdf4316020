import { expect, it } from "vitest";
import { describeFailure, firstSteps, runWalk, type WalkPlan } from "./walk.ts";

const first = Number(process.env["HEAPWISE_SEED"] ?? 1);

// `npm run fuzz` takes longer walks with other seeds.
it.each([
  { walk: "exact", pool: "resource" },
  { walk: "exact", pool: "keyed" },
  { walk: "free", pool: "resource" },
  { walk: "free", pool: "keyed" },
] as const)("The $walk walk over a $pool pool finds nothing", async ({ walk, pool }) => {
  let loans = 0;
  for (let seed = first; seed < first + 100; seed++) {
    const plan: WalkPlan = { walk, pool, seed };
    const report = await runWalk(plan, firstSteps(80));
    loans += report.loans;
    if (report.errors.length > 0) expect.fail(await describeFailure(plan, report.steps));
  }
  // A walk is useful only if it has many loans.
  expect(loans).toBeGreaterThan(250);
});
