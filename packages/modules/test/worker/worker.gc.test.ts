import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HandleCensus, statusOfProbes, track, type Probe } from "@heapwise/leaks";
import type { ModuleHost } from "@heapwise/modules";
import { expect, test } from "vitest";
import { Program } from "../lifecycle/program.ts";

const ROUNDS = 10;

/** Loads, uses and unloads a module. Returns a probe of its data, and keeps nothing else. */
async function round(host: ModuleHost): Promise<Probe> {
  const { exports } = await host.load<{ data: number[]; sum(): Promise<number> }>("./a.mjs");
  const probe = track(exports.data, "data");
  expect(await exports.sum()).toBe(100_000);
  await host.unload("a.mjs", { verify: false });
  return probe;
}

function makeProgram(): Program {
  return new Program(
    {
      "a.mjs": `setInterval(() => {}, 1000);
        export const data = new Array(100_000).fill(1);
        export const sum = () => data.reduce((a, b) => a + b);`,
    },
    { backend: "worker" },
  );
}

test("nothing is left of workers after unload", async () => {
  const { host } = makeProgram();
  const probes: Probe[] = [];
  for (let i = 0; i < ROUNDS; i++) probes.push(await round(host));
  expect(await statusOfProbes(probes)).toEqual(probes.map(() => "collected"));
  await host.load("./a.mjs");
  const report = await host.unload("a.mjs");
  expect(report).toMatchObject({ reclaimed: "plainly", leftBehind: [], retained: [] });
  expect(host.zombies()).toEqual([]);
});

test("no handle is open after unload", async () => {
  const { host } = makeProgram();
  using census = new HandleCensus();
  await census.run(() => round(host));
  expect(await census.settle()).toEqual([]);
});

test("a worker runs in a process that ends while the module is loaded and has timers", () => {
  const folder = mkdtempSync(join(tmpdir(), "heapwise-modules-"));
  writeFileSync(
    join(folder, "a.mjs"),
    "setInterval(() => {}, 1000); console.log('loaded'); export const f = () => 1;",
  );
  const program = `import { ModuleHost } from "@heapwise/modules";
    const host = new ModuleHost({ root: ${JSON.stringify(folder)}, backend: "worker" });
    const module = await host.load("./a.mjs");
    console.log(await module.call("f"), module.state);`;
  const args = ["--conditions=@heapwise/source", "--import", "tsx", "--input-type=module"];
  const { stdout, stderr } = spawnSync(process.execPath, [...args, "--eval", program], {
    cwd: import.meta.dirname,
    encoding: "utf8",
    timeout: 60_000,
  });
  rmSync(folder, { recursive: true });
  expect(stderr).toBe("");
  expect(stdout.split("\n").sort()).toEqual(["", "1 active", "loaded"]);
});
