import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ModuleHost } from "@heapwise/modules";
import { expect, test } from "vitest";

test("loads, unloads, and proves", async () => {
  const root = mkdtempSync(join(tmpdir(), "heapwise-modules-"));
  writeFileSync(
    join(root, "b.js"),
    "const a = require('./a.js'); exports.a = a; exports.b = () => a;",
  );
  writeFileSync(
    join(root, "a.js"),
    "exports.early = 1; exports.b = require('./b.js'); exports.late = 2; exports.f = () => exports;",
  );
  const host = new ModuleHost({ root });
  const held = await host.load("./a.js");
  expect(held.exports).toHaveProperty("late", 2);
  expect(await host.unload("a.js")).toMatchObject({ reclaimed: "plainly" });
  const f = ((await host.load("./a.js")).exports as { f: unknown }).f;
  const report = await host.unload("a.js");
  expect(report.reclaimed).toBe(false);
  console.log(String(report.retained[0]), f);
});
