import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";

const LINES = ["last made", "makes one more", "made at exit", "first made"];
const programAt = (name: string): URL => new URL(`programs/${name}`, import.meta.url);

describe("The end of a program", () => {
  it.each([
    ["main", 0],
    ["explicit", 3],
    ["worker", 0],
  ])("runs what is left, last in, first out: %s", async (way, expected) => {
    const { code, stdout, stderr } = await runProgram(programAt("exit.ts"), { args: [way] });
    expect(stdout.trim().split("\n")).toEqual(LINES);
    if (way !== "worker") expect(stderr).toContain("thrown at exit");
    expect(code).toBe(expected);
  });

  it("takes steps in proportion to the finalizers, though each makes more", async () => {
    const { code, stdout } = await runProgram(programAt("many-finalizers.ts"), { args: ["2000"] });
    const { steps, length, first } = JSON.parse(stdout) as Record<string, unknown>;
    expect([code, length]).toEqual([0, 6000]);
    expect(first).toEqual(["1999", "1999a", "1999b", "1998", "1998a", "1998b"]);
    expect(steps).toBeLessThan(20_000);
  });

  it("does not wait for sentinels, sweeps and timers", async () => {
    const { code, stdout, stderr } = await runProgram(programAt("idle.ts"));
    expect([code, stdout, stderr]).toEqual([0, "done\n", ""]);
  });

  it("does not hang while coverage is taken, which collects at exit", async () => {
    const folder = mkdtempSync(join(tmpdir(), "coverage-"));
    try {
      for (const program of ["idle.ts", "exit.ts"]) {
        const { code } = await runProgram(programAt(program), {
          env: { NODE_V8_COVERAGE: folder },
        });
        expect(code).toBe(0);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
