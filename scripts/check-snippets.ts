import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { moduleOf, snippetsOf } from "./snippets/snippet.ts";
import { readTree } from "./tidy/tree.ts";

const root = resolve(import.meta.dirname, "..");
const folder = join(root, ".snippets");
const tree = readTree(root);
const pages = tree.paths.filter((path) =>
  /^(?:README|CONTRIBUTING)\.md$|^packages\/[^/]+\/README\.md$|^docs\/.*\.md$|^packages\/[^/]+\/src\/.*\.ts$/.test(
    path,
  ),
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
const failures = [check("types", process.execPath, [tsc, "-p", folder, "--pretty", "false"])];
for (const [name, place] of modules) {
  const flags = ["--conditions=@heapwise/source", "--import", "tsx"];
  failures.push(check(place, process.execPath, [...flags, join(folder, name)]));
}
const count = failures.filter((failed) => failed).length;
console.log(`snippets: ${modules.size} in ${pages.length} files, ${count} failures`);
if (count > 0 || modules.size === 0) process.exitCode = 1;
else rmSync(folder, { recursive: true });

/** Runs a program for at most a minute. Says where it failed, and answers whether it did. */
function check(place: string, command: string, args: string[]): boolean {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    timeout: 60_000,
  });
  if (status === 0) return false;
  const output = [...modules].reduce(
    (text, [name, origin]) => text.replaceAll(`.snippets/${name}`, origin.replace(/:\d+$/, "")),
    `${stdout}${stderr}`,
  );
  console.error(`${place} failed:\n${output}`);
  return true;
}
