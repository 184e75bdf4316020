import { basename, join } from "node:path/posix";
import { binsOf, entriesOf, nameOfEntry } from "../packaging/entries.ts";
import { madeFields } from "../packaging/manifest.ts";
import { onlyReExports, onlyStarts } from "./source-text.ts";
import type { Finding, Rule, Tree } from "./tree.ts";
import { isTest, workspacesOf, type Manifest, type Workspace } from "./workspaces.ts";

const budgets = "scripts/check-size.ts";

/**
 * Packages look alike: the same fields, the same files, one source file for each entry and each
 * command, a use on all runtimes and from a tarball, and a budget of bytes.
 */
export const keepManifests: Rule = (tree) =>
  workspacesOf(tree)
    .filter(({ folder }) => folder.startsWith("packages/"))
    .flatMap((workspace) => [
      ...entryFindings(tree, workspace),
      ...barrelFindings(tree, workspace),
      ...binFindings(tree, workspace),
      ...(workspace.published ? fieldFindings(tree, workspace) : []),
    ]);

function entryFindings(tree: Tree, { folder, manifest, published }: Workspace): Finding[] {
  const path = `${folder}/package.json`;
  const findings: Finding[] = [];
  const exports = manifest.exports ?? {};
  for (const entry of entriesOf(exports)) {
    const name = nameOfEntry(entry);
    const wanted = `./src/${name}.ts`;
    if (!published && exports[entry] !== wanted) {
      findings.push({ path, message: `exports["${entry}"] is not "${wanted}"` });
    }
    const source = `${folder}/src/${name}.ts`;
    if (!tree.paths.includes(source)) {
      findings.push({ path, message: `exports["${entry}"] has no file ${source}` });
    } else if (!onlyReExports(tree.read(source))) {
      findings.push({ path: source, message: "an entry holds code, expected only re-exports" });
    }
  }
  return findings;
}

function barrelFindings(tree: Tree, { folder, manifest, sources }: Workspace): Finding[] {
  const entries = Object.keys(manifest.exports ?? {}).map(
    (entry) => `${folder}/src/${nameOfEntry(entry)}.ts`,
  );
  return sources
    .filter((path) => !entries.includes(path) && !isTest(path) && onlyReExports(tree.read(path)))
    .map((path) => ({ path, message: "only re-exports, but is no entry of the package" }));
}

/** A command is a file that starts a function of another file, so that tests can call it too. */
function binFindings(tree: Tree, { folder, manifest }: Workspace): Finding[] {
  return binsOf(manifest.bin ?? {}, manifest.exports ?? {}).flatMap((name) => {
    const source = `${folder}/src/${name}.ts`;
    if (!tree.paths.includes(source)) {
      return [{ path: `${folder}/package.json`, message: `bin has no file ${source}` }];
    }
    if (onlyStarts(tree.read(source))) return [];
    const message = "a command holds code, expected the line for Node, an import, and a call of it";
    return [{ path: source, message }];
  });
}

function fieldFindings(tree: Tree, { folder, manifest }: Workspace): Finding[] {
  const path = `${folder}/package.json`;
  const root = JSON.parse(tree.read("package.json")) as Manifest;
  const findings: Finding[] = [];
  for (const [field, value] of Object.entries(madeFields({ folder, manifest, root }))) {
    if (JSON.stringify(manifest[field as keyof Manifest]) !== JSON.stringify(value)) {
      const message = `${field} is not what npm run manifests writes`;
      findings.push({ path, message });
    }
  }
  for (const file of ["README.md", "LICENSE", "tsconfig.json", "tsconfig.build.json"]) {
    if (!tree.paths.includes(join(folder, file))) {
      findings.push({ path, message: `${folder} has no ${file}` });
    }
  }
  const stem = basename(folder);
  for (const file of [`scripts/smoke/${stem}.ts`, `scripts/consumers/${stem}.ts`]) {
    if (!tree.paths.includes(file)) findings.push({ path, message: `no ${file} uses ${folder}` });
  }
  if (!tree.paths.includes(budgets) || !tree.read(budgets).includes(`"${manifest.name}"`)) {
    findings.push({ path, message: `${budgets} has no budget for ${folder}` });
  }
  return findings;
}
