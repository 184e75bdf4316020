import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import { GROUPS } from "./consumers/harness/groups.ts";
import { Project } from "./consumers/harness/project.ts";
import { readResults, writeResults, type Result } from "./consumers/harness/results.ts";
import type { Setup, SetupGroup } from "./consumers/harness/setup.ts";
import { replaceTable, tableOf } from "./consumers/harness/table.ts";
import { packAll } from "./consumers/harness/tarballs.ts";
import { fetchRuntime } from "./runtimes/fetch-runtime.ts";

// Installs the tarballs of all published packages into small projects with other tools, and runs
// them: `npm run test:consumers`, with names of set-ups, or the first words of names, to run only
// some. It needs the registry of npm, or a cache of it. The projects are in
// scripts/consumers/projects/.

const USAGE = `npm run test:consumers -- [--list] [--fast] [--write] [--keep] [name ...]
  --list   only prints the names
  --fast   only the set-ups that \`npm run check\` runs
  --write  puts the results into docs/where-it-works.md
  --keep   leaves the folders of the projects`;

const root = resolve(import.meta.dirname, "..");
const document = join(root, "docs/where-it-works.md");
const resultsPath = join(root, "scripts/consumers/results.json");

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: "boolean" },
    fast: { type: "boolean" },
    write: { type: "boolean" },
    keep: { type: "boolean" },
    help: { type: "boolean" },
  },
});
const isCalled = ({ name }: Setup, wanted: string): boolean =>
  name === wanted || name.startsWith(`${wanted}-`);
const isNamed = (setup: Setup): boolean =>
  positionals.length === 0 || positionals.some((wanted) => isCalled(setup, wanted));
const groups = GROUPS.map((group) => ({
  ...group,
  setups: group.setups.filter((each) => isNamed(each) && (each.isFast || !flags.fast)),
})).filter(({ setups }) => setups.length > 0);
const chosen = groups.flatMap(({ setups }) => setups);
const unknown = positionals.filter((wanted) => !chosen.some((each) => isCalled(each, wanted)));
if (unknown.length > 0) {
  const kind = flags.fast ? "a set-up of --fast" : "a name that --list shows, or its first words";
  console.error(`Cannot test ${unknown.join(", ")}: expected ${kind}\n${USAGE}`);
  process.exit(1);
}

if (flags.help) console.log(USAGE);
else if (flags.list) {
  for (const { name, title } of chosen) {
    console.log(`${name.padEnd(26)} ${title}`);
  }
} else await runAll();

async function runAll(): Promise<void> {
  const start = Date.now();
  const folder = mkdtempSync(join(tmpdir(), "tarballs-"));
  const results: Record<string, Result> = {};
  const failed: string[] = [];
  try {
    const tarballs = packAll(root, folder);
    for (const group of groups) {
      await runGroup(group, tarballs, results, failed);
      if (flags.write) await write(results);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const seconds = Math.round((Date.now() - start) / 1000);
  const count = groups.flatMap(({ setups }) => setups).length;
  const verdict = failed.length > 0 ? `not as expected: ${failed.join(", ")}` : "all as expected";
  console.log(`test:consumers: ${count} set-ups, ${verdict}, ${seconds} s`);
  if (failed.length > 0) process.exitCode = 1;
}

/**
 * Installs a group, and runs its set-ups. Adds a result to `results` if it is as expected, else to
 * `failed`.
 */
async function runGroup(
  group: SetupGroup,
  tarballs: Readonly<Record<string, string>>,
  results: Record<string, Result>,
  failed: string[],
): Promise<void> {
  const project = new Project(group, tarballs);
  try {
    const start = Date.now();
    project.install(group);
    console.log(`${group.variant ?? group.folder}: installed, ${secondsSince(start)}`);
    for (const setup of group.setups) await runSetup(setup, project, results, failed);
  } catch (error) {
    console.error(`${group.variant ?? group.folder}: NOT INSTALLED\n${messageOf(error)}`);
    failed.push(...group.setups.map(({ name }) => name));
  } finally {
    if (flags.keep) console.log(`${group.variant ?? group.folder}: ${project.folder}`);
    else rmSync(project.folder, { recursive: true, maxRetries: 3 });
  }
}

async function runSetup(
  setup: Setup,
  project: Project,
  results: Record<string, Result>,
  failed: string[],
): Promise<void> {
  const start = Date.now();
  const { name, title, tools, failing, runtime } = setup;
  project.node = runtime?.startsWith("node") ? fetchRuntime(runtime) : process.execPath;
  let problem: string | undefined;
  try {
    await setup.run(project);
    if (failing !== undefined) problem = `it works, expected ${failing.error}`;
  } catch (error) {
    if (failing === undefined || !failing.error.test(messageOf(error))) problem = messageOf(error);
  }
  const known = failing === undefined ? "works" : "fails, as known";
  const verdict = problem === undefined ? known : "NOT AS EXPECTED";
  console.log(`${name}: ${verdict}, ${secondsSince(start)}`);
  if (problem !== undefined) {
    console.error(problem);
    failed.push(name);
    return;
  }
  results[name] = {
    title,
    date: new Date().toISOString().slice(0, "2026-11-30".length),
    runtime: versionOf(runtime === undefined ? process.execPath : fetchRuntime(runtime)),
    tools: Object.fromEntries(
      tools.map((tool) => [tool.replace(/-[\d.]+$/, ""), project.versionOf(tool)]),
    ),
    ...(failing && { remedy: failing.remedy }),
  };
}

/** Adds the results to the results of earlier runs, and writes the table. */
async function write(results: Readonly<Record<string, Result>>): Promise<void> {
  const names = GROUPS.flatMap(({ setups }) => setups.map(({ name }) => name));
  const all = { ...readResults(resultsPath), ...results };
  writeResults(resultsPath, all, names);
  const text = replaceTable(readFileSync(document, "utf8"), tableOf(readResults(resultsPath)));
  const options = await resolveConfig(document);
  writeFileSync(document, await format(text, { ...options, parser: "markdown" }));
}

function versionOf(program: string): string {
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  const version = /\d+[.-]\d+[.-]\d+/.exec(stdout)?.[0] ?? "";
  if (stdout.startsWith("v")) return `Node ${version}`;
  const [word = ""] = stdout.split(" ");
  const names: Readonly<Record<string, string>> = { deno: "Deno", workerd: "workerd" };
  return `${names[word] ?? "Bun"} ${version}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function secondsSince(start: number): string {
  return `${((Date.now() - start) / 1000).toFixed(1)} s`;
}
