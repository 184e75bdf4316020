import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";

const PROGRAM = new URL("all-verbs.ts", import.meta.url);
const EXPECTED = [
  "collectGarbage: gc inspector",
  "assertCollected: LEAK Session true",
  "countInstances: 1",
  "track: collected live",
  "assertNoGrowth: LEAK Session true",
  "leakScope: LEAK Session true",
];

describe("All verbs", () => {
  it("give their verdicts without a flag and without a word on the standard error", async () => {
    const { stdout, stderr } = await runProgram(PROGRAM);
    expect([stderr, ...stdout.trim().split("\n")]).toEqual(["", ...EXPECTED]);
  });

  it("give them with --expose-gc, under coverage and beside a debugger", async () => {
    const folder = mkdtempSync(join(tmpdir(), "coverage-"));
    try {
      const flags = ["--expose-gc", "--inspect=127.0.0.1:0"];
      const { stdout } = await runProgram(PROGRAM, { flags, env: { NODE_V8_COVERAGE: folder } });
      expect(stdout.trim().split("\n")).toEqual(EXPECTED);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
