import { expect, it } from "vitest";
import { readOutcome } from "./read-outcome.ts";

const passed = { fullName: "a leak by a Map", status: "passed", meta: { runs: 20, wrong: 0 } };
const failed = { fullName: "a leak by a Set", status: "failed", meta: { runs: 20, wrong: 3 } };

it("counts programs, runs and wrong verdicts", () => {
  const other = { fullName: "a probe explains it", status: "passed" };
  const assertionResults = [passed, failed, other];
  const file = { name: "/a/planted.test.ts", message: "", status: "failed", assertionResults };
  expect(readOutcome({ testResults: [file] })).toEqual({
    programs: 2,
    runs: 40,
    wrong: 3,
    failures: ["a leak by a Set: 3 of 20"],
  });
});

it("takes a file that could not be loaded for a failure", () => {
  const file = { name: "/a/planted.test.ts", message: "SyntaxError: no\n  at x", status: "failed" };
  const { failures, programs } = readOutcome({ testResults: [{ ...file, assertionResults: [] }] });
  expect(failures).toEqual(["planted.test.ts: SyntaxError: no"]);
  expect(programs).toBe(0);
});
