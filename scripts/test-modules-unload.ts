import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { arch, availableParallelism, cpus, platform } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { experiments } from "../packages/modules/test/proof/experiments.ts";
import { fetchRuntime, NODES } from "./runtimes/fetch-runtime.ts";

// Runs the experiments of `@heapwise/modules` with their full counts, and its table of ways to hold
// a module, on several versions of Node: `npm run test:modules-unload`. `-- --short --node current`
// is a short run; `--only TEXT` runs the rows whose names have the text; `--write` stores the
// result.

const root = resolve(import.meta.dirname, "..");
const resultPath = join(root, "packages/modules/test/proof/unload.json");
const WAYS = "ways to hold a module, shared and scoped";

/** One experiment on one Node. */
interface Row {
  readonly node: string;
  readonly name: string;
  readonly holds: boolean;
  readonly text: string;
  readonly seconds: number;
}

const { values } = parseArgs({
  options: {
    node: { type: "string", default: "20,22,24,26" },
    only: { type: "string", default: "" },
    short: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const nodes = values.node.split(",");
if (!nodes.every((name) => name === "current" || NODES.some((each) => each === `node${name}`))) {
  throw new RangeError(
    `Cannot run the experiments: --node is ${values.node}, expected some of ${NODES.map((name) => name.slice(4)).join(",")},current`,
  );
}

const rows: Row[] = [];
for (const name of nodes) {
  const node = name === "current" ? process.execPath : fetchRuntime(nameOf(name));
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim().slice(1);
  console.log(`\nNode ${version}`);
  for (const { name: title, counts, run } of experiments) {
    if (!title.includes(values.only)) continue;
    const count = values.short ? counts.short : counts.full;
    await add(version, title, () => run(count, node));
  }
  if (WAYS.includes(values.only)) await add(version, WAYS, () => testWays(node));
}
const wrong = rows.filter(({ holds }) => !holds);
console.log(
  `\ntest:modules-unload: ${wrong.length > 0 ? `${wrong.length} of ${rows.length} rows failed` : `all ${rows.length} rows hold`}`,
);
if (wrong.length > 0) process.exitCode = 1;

function nameOf(node: string): (typeof NODES)[number] {
  return NODES.find((name) => name === `node${node}`)!;
}

async function add(
  node: string,
  name: string,
  run: () => Promise<Pick<Row, "holds" | "text">>,
): Promise<void> {
  const start = performance.now();
  const { holds, text } = await run();
  const seconds = Math.round((performance.now() - start) / 1000);
  rows.push({ node, name, holds, text, seconds });
  console.log(`  ${holds ? "holds " : "FAILED"}  ${name}: ${text} (${seconds} s)`);
  // After each row, so that a run that is ended leaves its result.
  if (values.write) writeResult();
}

/** Runs the test of the ways by another Node. */
function testWays(node: string): Promise<Pick<Row, "holds" | "text">> {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const file = "packages/modules/test/proof/ways.gc.test.ts";
  const { status, stdout } = spawnSync(node, [vitest, "run", "--project", "gc", file], {
    cwd: root,
    encoding: "utf8",
  });
  const verdict = /\d+ passed, \d+ failed/.exec(stdout)?.[0] ?? "no verdict";
  const failures = stdout.split("\n").filter((line) => line.includes(" FAIL "));
  return Promise.resolve({ holds: status === 0, text: [verdict, ...failures].join("\n") });
}

/** Stores the rows with the command, the commit and the machine that they come from. */
function writeResult(): void {
  const { stdout } = spawnSync("git", ["rev-parse", "--short=10", "HEAD"], {
    cwd: root,
    encoding: "utf8",
  });
  const result = {
    command: `npm run test:modules-unload -- ${process.argv.slice(2).join(" ")}`,
    commit: stdout.trim(),
    date: new Date().toISOString().slice(0, 10),
    machine: `${platform()} ${arch()}, ${availableParallelism()} x ${cpus()[0]?.model.trim() ?? ""}`,
    rows,
  };
  writeFileSync(resultPath, `${JSON.stringify(result, undefined, 2)}\n`);
}
