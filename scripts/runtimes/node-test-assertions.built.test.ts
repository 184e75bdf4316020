import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { fetchRuntime } from "./fetch-runtime.ts";

// Node 20 has no `t.assert`, so that the runner's own test skips this part of the spec there.
test("the matchers of leaks are assertions of node:test in a newer Node", () => {
  const folder = resolve(import.meta.dirname, "../../packages/leaks/test/runners/node-test");
  const { status, stdout } = spawnSync(fetchRuntime("node24"), ["--test", "passes.spec.mjs"], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], NO_COLOR: "1" },
  });
  expect(stdout).toContain("registered");
  expect(stdout).toMatch(/pass 6\b/);
  expect(status).toBe(0);
});
