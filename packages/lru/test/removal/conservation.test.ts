import { expect, it } from "vitest";
import { ConservationWalk, type WalkReport } from "./conservation.ts";

const first = Number(process.env["HEAPWISE_SEED"] ?? 1);

// `npm run fuzz` continues with other seeds.
it("Each value that was ever made is disposed of once, and is open for its holders", async () => {
  const total = { made: 0, handed: 0, leased: 0 };
  const errors: string[] = [];
  for (let seed = first; seed < first + 400; seed++) {
    const report: WalkReport = await new ConservationWalk(seed).run(120);
    errors.push(...report.errors);
    for (const name of ["made", "handed", "leased"] as const) total[name] += report[name];
  }
  expect(errors).toEqual([]);
  // The walk proves something only if it makes, hands out and leases many values.
  for (const count of Object.values(total)) expect(count).toBeGreaterThan(1000);
});
