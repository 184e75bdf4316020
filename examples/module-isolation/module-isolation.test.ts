import { join } from "node:path";
import { assertNoGrowth } from "@heapwise/leaks";
import { expect, it, onTestFinished } from "vitest";
import { runFiles } from "./run-files.ts";

const root = join(import.meta.dirname, "suite");

it("each file gets fresh modules, in any order, and nothing of them is left", async () => {
  for (const files of [
    ["first.cjs", "second.cjs"],
    ["second.cjs", "first.cjs", "first.cjs"],
  ]) {
    const results = await runFiles(root, files);
    expect(results.map(({ file }) => file)).toEqual(files);
    for (const { passed, failed, heldBy } of results) {
      expect([...failed]).toEqual([]);
      expect(passed.length).toBeGreaterThan(0);
      expect(heldBy).toEqual([]);
    }
  }
});

it("a file that leaves its code behind is named, with what holds it", async () => {
  onTestFinished(() => void Reflect.deleteProperty(globalThis, "countUp"));
  const [leaking, next] = await runFiles(root, ["leaking.cjs", "first.cjs"]);
  expect(leaking!.passed).toHaveLength(1);
  expect(leaking!.heldBy.join("\n")).toContain("countUp");
  expect([...next!.failed]).toEqual([]);
  expect(next!.heldBy).toEqual([]);
});

it("runs leave nothing in memory", async () => {
  await assertNoGrowth(async () => void (await runFiles(root, ["first.cjs", "second.cjs"])));
});
