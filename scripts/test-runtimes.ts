import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { join as joinUrl } from "node:path/posix";
import { buildSync, type BuildOptions } from "esbuild";
import { findChromium, visit, type Site } from "./runtimes/chromium.ts";
import { fetchRuntime, RUNTIMES_FOLDER } from "./runtimes/fetch-runtime.ts";
import { askWorker } from "./runtimes/workerd.ts";
import { conditionsOf, nameOfEntry } from "./packaging/entries.ts";
import type { Report } from "./smoke/check.ts";
import { readTree } from "./tidy/tree.ts";
import { workspacesOf } from "./tidy/workspaces.ts";

// Runs scripts/smoke/ with the built packages in every supported runtime: `npm run test:runtimes`,
// with names to run only some of them. Nodes, Bun, Deno and workerd come from npm; Chromium must be
// installed.

const TIMEOUT = 180_000;
const root = resolve(import.meta.dirname, "..");
const smoke = (name: string): string => join(import.meta.dirname, "smoke", name);
const built = (name: string): string => join(RUNTIMES_FOLDER, "smoke", name);

type Answer = Report & { readonly profile: string };
type Answers = Readonly<Record<string, Answer>>;

const RUNS: Readonly<Record<string, () => Answers | Promise<Answers>>> = {
  current: () => onServer(process.execPath, ["--expose-gc"], "v8"),
  node24: () => onServer(fetchRuntime("node24"), ["--expose-gc"], "v8"),
  node26: () => onServer(fetchRuntime("node26"), ["--expose-gc"], "v8"),
  bun: () => onServer(fetchRuntime("bun"), [], "jsc"),
  deno: () => onServer(fetchRuntime("deno"), ["run", "-A", "--v8-flags=--expose-gc"], "v8"),
  workerd: inWorkerd,
  chromium: inChromium,
};

const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (name in RUNS) continue;
  throw new RangeError(`Cannot test on ${name}: expected ${Object.keys(RUNS).join(", ")}`);
}
const failed: string[] = [];
bundle({ entryPoints: ["on-server.ts", "in-request.ts"].map(smoke), packages: "external" });
for (const name of wanted.length > 0 ? wanted : Object.keys(RUNS)) {
  try {
    const answers = await RUNS[name]!();
    for (const [part, answer] of Object.entries(answers))
      if (!printReport(part, answer)) failed.push(part);
  } catch (error) {
    console.log(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    failed.push(name);
  }
}
console.log(
  `test:runtimes: ${failed.length > 0 ? `failed on ${failed.join(", ")}` : "all passed"}`,
);
process.exitCode = failed.length > 0 ? 1 : 0;

/** Prints the result of a run. Returns whether all checks passed. */
function printReport(
  part: string,
  { profile, passed, failed: failures, skipped }: Answer,
): boolean {
  const messages = Object.entries(failures).map(([name, text]) => `\n  ${name}: ${text}`);
  const left = skipped.map(
    (name) => `\n  ${name}: did not run, because the runtime cannot force a collection`,
  );
  console.log(
    `${part}: ${passed.length} passed, ${messages.length} failed, sizes of ${profile}` +
      [...messages, ...left].join(""),
  );
  return messages.length + left.length === 0 && passed.length > 0;
}

function bundle(options: BuildOptions): void {
  buildSync({
    bundle: true,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    outdir: built(""),
    logLevel: "warning",
    ...options,
  });
}

/**
 * Runs the checks in a program, which must end by itself and then run its finalizer. Also runs the
 * checks of a request that is the first to import the packages.
 */
function onServer(program: string, flags: readonly string[], profile: string): Answers {
  const { answer, rest } = answerOf(program, [...flags, built("on-server.js")]);
  if (rest !== "finalized") throw new Error(`expected the finalizer to run at exit\n${rest}`);
  if (answer.profile !== profile) throw new Error(`sizes of ${answer.profile}, not of ${profile}`);
  const inRequest = answerOf(program, [...flags, built("in-request.js")]);
  const version = versionOf(program);
  return { [version]: answer, [`${version}, imported in a request`]: inRequest.answer };
}

/** Runs a script. Returns the answer in its first line, and the rest of its output. */
function answerOf(program: string, args: readonly string[]): { answer: Answer; rest: string } {
  const env = { ...process.env, NO_COLOR: "1" };
  const { stdout, stderr, status, signal } = spawnSync(program, args, {
    cwd: root,
    env,
    encoding: "utf8",
    timeout: TIMEOUT,
  });
  const [line = "", ...rest] = stdout.trim().split("\n");
  if (status !== 0 || !line.startsWith("{")) {
    throw new Error(`ended with ${signal ?? status}\n${stdout}${stderr}`);
  }
  return { answer: JSON.parse(line) as Answer, rest: rest.join("\n") };
}

function versionOf(program: string): string {
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  const [version = ""] = stdout.split("\n");
  if (version.startsWith("v")) return `Node ${version.slice(1)}`;
  const [, deno] = /^deno (\S+)/.exec(version) ?? [];
  return deno === undefined ? `Bun ${version}` : `Deno ${deno}`;
}

/**
 * Runs the checks in a worker of workerd: with a compatibility date from before `WeakRef` and
 * `MessageChannel`, with a recent date, and with a recent date and the modules of Node.
 */
async function inWorkerd(): Promise<Answers> {
  const program = fetchRuntime("workerd");
  bundle({ entryPoints: [smoke("in-workerd.ts")], absWorkingDir: root });
  const script = readFileSync(built("in-workerd.js"), "utf8");
  const kinds: readonly (readonly [string, readonly string[]])[] = [
    ["2024-01-01", []],
    ["2026-06-01", []],
    ["2026-06-01", ["nodejs_compat"]],
  ];
  const answers: Record<string, Answer> = {};
  for (const [compatibilityDate, compatibilityFlags] of kinds) {
    const worker = { script, compatibilityDate, compatibilityFlags };
    const parts = await askWorker(program, built("workerd"), worker, ["/first", "/second"]);
    for (const [i, part] of (parts as Answer[]).entries()) {
      if (part.profile !== "v8-compressed") throw new Error(`sizes of ${part.profile}`);
      const kind = [compatibilityDate, ...compatibilityFlags].join(", ");
      answers[`workerd as of ${kind}, request ${i + 1}`] = part;
    }
  }
  return answers;
}

/**
 * Runs the checks in a page, which loads the built modules directly, in a worker, which loads a
 * bundle, and in a worker without `Symbol.dispose`, like older browsers.
 */
async function inChromium(): Promise<Answers> {
  const program = findChromium();
  const entryPoints = [smoke("in-browser.ts")];
  bundle({ entryPoints, packages: "external" });
  const worker = `import { run } from "./in-browser.ts"; postMessage(await run());`;
  const stdin = { contents: worker, resolveDir: smoke(""), loader: "ts" } as const;
  const whole: BuildOptions = { stdin, target: "es2022", absWorkingDir: root };
  bundle({ ...whole, outfile: built("worker.js"), outdir: "" });
  const define = { "Symbol.dispose": "undefined", "Symbol.asyncDispose": "undefined" };
  bundle({ ...whole, outfile: built("older.js"), outdir: "", define });
  const { imports, files } = modules();
  const page = readFileSync(smoke("page.html"), "utf8");
  const scripts = ["in-browser.js", "worker.js", "older.js"];
  const site: Site = {
    "/": { text: page.replace("IMPORT_MAP", JSON.stringify({ imports })) },
    ...Object.fromEntries(scripts.map((name) => [`/${name}`, { path: built(name) }])),
    ...files,
  };
  const answers = (await visit(program, site, TIMEOUT)) as Answers;
  for (const { profile } of Object.values(answers)) {
    if (profile !== "v8-compressed") throw new Error(`sizes of ${profile}, not of v8-compressed`);
  }
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  const version = /\d+\.\d+/.exec(stdout)?.[0] ?? "";
  return Object.fromEntries(
    Object.entries(answers).map(([part, answer]) => [`Chromium ${version}, ${part}`, answer]),
  );
}

/** The built modules of all packages by their addresses, and the import map that names them. */
function modules(): { imports: Record<string, string>; files: Site } {
  const imports: Record<string, string> = {};
  const files: Record<string, { path: string }> = {};
  for (const { folder, manifest } of workspacesOf(readTree(root)).filter(
    (each) => each.published,
  )) {
    for (const [entry, target] of Object.entries(manifest.exports ?? {})) {
      if (typeof target === "string") continue;
      imports[manifest.name + entry.slice(1)] = joinUrl(
        "/",
        folder,
        conditionsOf(nameOfEntry(entry)).import.default,
      );
    }
    for (const name of readdirSync(join(root, folder, "dist"))) {
      if (name.endsWith(".js")) {
        files[`/${folder}/dist/${name}`] = { path: join(root, folder, "dist", name) };
      }
    }
  }
  return { imports, files };
}
