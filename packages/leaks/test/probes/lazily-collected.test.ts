import { runProgram } from "@heapwise/testkit";
import { expect, it } from "vitest";

it("tells what only a last-resort collection frees, without a word on the standard error", async () => {
  const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  const program = new URL("lazily-collected.ts", import.meta.url);
  const { stdout, stderr, code } = await runProgram(program, { flags });
  expect([stderr, code]).toEqual(["", 0]);
  expect(stdout.trim().split("\n")).toEqual([
    "collected-lazily",
    'Cannot collect Object "namespace": only a last-resort collection frees it, expected a plain collection to do so',
    '  Object "namespace": live',
    "What has no path was freed by a last-resort collection: a cache of the engine held it.",
  ]);
});
