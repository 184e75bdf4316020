import { execFile } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve as resolvePath } from "node:path";
import { moduleOf, snippetsOf } from "./snippets/snippet.ts";
import { readTree } from "./tidy/tree.ts";

const root = resolvePath(import.meta.dirname, "..");
const folder = join(root, ".snippets");
const inTurn = join(root, "scripts/snippets/run-in-turn.ts");
/** Pages to check: paths, or the start of paths. The default is all pages. */
const wanted = process.argv.slice(2);
const tree = readTree(root);
const pages = tree.paths.filter(
  (path) =>
    /^(?:README|CONTRIBUTING)\.md$|^packages\/[^/]+\/README\.md$|^docs\/.*\.md$|^packages\/[^/]+\/src\/.*\.ts$/.test(
      path,
    ) &&
    (wanted.length === 0 || wanted.some((start) => path.startsWith(start))),
);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
cpSync(join(root, "scripts/snippets/assertions.ts"), join(folder, "assertions.ts"));
/** Page and line of each snippet by the name of its module. */
const modules = new Map<string, string>();
for (const page of pages) {
  for (const snippet of snippetsOf(tree.read(page))) {
    const name = `${page.replace(/\W/g, "-")}-${snippet.line}.ts`;
    modules.set(name, `${page}:${snippet.line}`);
    writeFileSync(join(folder, name), moduleOf(snippet));
  }
}

writeFileSync(
  join(folder, "tsconfig.json"),
  JSON.stringify({
    extends: "../tsconfig.check.json",
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
    files: [...modules.keys()],
  }),
);

const tsc = join(root, "node_modules/typescript/bin/tsc");
const flags = ["--conditions=@heapwise/source", "--import", "tsx"];
const names = [...modules.keys()];
const workers = availableParallelism();
// Starting a process takes most of the time of a snippet. Many run in one process; if one of them
// fails, each runs alone, and only that result counts.
const batches = Array.from({ length: workers }, (_, worker) =>
  names.filter((_name, index) => index % workers === worker),
);
const [types, ...outcomes] = await Promise.all([
  run([tsc, "-p", folder, "--pretty", "false"]),
  ...batches.map((batch) => run([...flags, inTurn, ...batch.map((name) => join(folder, name))])),
]);
let failures = report("types", types);
for (const [index, outcome] of outcomes.entries()) {
  if (outcome === undefined) continue;
  for (const name of batches[index]!) {
    failures += report(modules.get(name)!, await run([...flags, join(folder, name)]));
  }
}
console.log(`snippets: ${modules.size} in ${pages.length} files, ${failures} failures`);
if (failures > 0 || modules.size === 0) process.exitCode = 1;
else rmSync(folder, { recursive: true });

/**
 * Runs a program of Node for at most five minutes. Returns its output if it fails, else undefined.
 */
function run(args: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { cwd: root, timeout: 300_000, maxBuffer: 64 << 20 };
    execFile(process.execPath, args, options, (error, stdout, stderr) =>
      resolve(error === null ? undefined : `${stdout}${stderr}` || error.message),
    );
  });
}

/** Prints the output of a failed program, with the places in pages. Returns how many failed. */
function report(place: string, output: string | undefined): number {
  if (output === undefined) return 0;
  const text = [...modules].reduce(
    (all, [name, origin]) => all.replaceAll(`.snippets/${name}`, origin.replace(/:\d+$/, "")),
    output,
  );
  console.error(`${place} failed:\n${text}`);
  return 1;
}
