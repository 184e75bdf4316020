import { basename } from "node:path/posix";
import { nameOfEntry } from "../packaging/entries.ts";
import { linesIn, withoutComments } from "./source-text.ts";
import type { Finding, Rule, Tree } from "./tree.ts";
import { isTest, workspacesOf } from "./workspaces.ts";

const maxLines = 1000;
const maxCodeLines = 600;
const vagueName = /(?:^|-)(?:utils?|helpers?|common|managers?|misc)(?:\.|$)/;
/** Folders in which only the entries of the package stand beside the rooms. */
const entriesOnly = /^packages\/(?:lru|weak)\/src\/([^/]+)\.ts$/;
const kebabCase = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*\.m?ts$/;
const exported =
  /^export (?:default )?(?:abstract )?(?:async )?(class|function\*?|const|let|interface|type) (\w+)/gm;

/**
 * Names say what a file holds: a class or an only export names its file, a set of functions is
 * named after what they work on. A file is short enough to be read in one go: it has at most 600
 * lines of code, and at most 1,000 with its comments. If a package has rooms for its
 * files, only its entries stand beside them.
 */
export const keepFiles: Rule = (tree) => {
  const findings: Finding[] = [];
  const published = workspacesOf(tree).filter((workspace) => workspace.published);
  for (const path of tree.paths.filter((each) => /\.m?ts$/.test(each))) {
    const report = (message: string): void => void findings.push({ path, message });
    const text = tree.read(path);
    const name = basename(path);
    if (path.split("/").some((part) => vagueName.test(part))) {
      report("a vague name, expected the name of what it holds");
    }
    if (!kebabCase.test(name)) report("not kebab-case");
    const atRoot = entriesOnly.exec(path)?.[1];
    if (atRoot !== undefined && !entryNames(tree, path).has(atRoot)) {
      report("not an entry, expected in the room of its subject");
    }
    const lines = linesIn(text);
    if (lines > maxLines) report(`${lines} lines, expected at most ${maxLines}`);
    const code = withoutComments(text).match(/^.*\S/gm)?.length ?? 0;
    if (code > maxCodeLines) report(`${code} lines of code, expected at most ${maxCodeLines}`);
    if (published.some(({ folder }) => path.startsWith(`${folder}/src/`)) && !isTest(path)) {
      const exports = [...withoutComments(text).matchAll(exported)];
      const names = exports.map(([, , each]) => each ?? "");
      const stem = name.replace(/s?\.m?ts$/, "").replace(/-/g, "");
      const hasMain = names.length === 1 || exports.some(([, kind]) => kind === "class");
      if (hasMain && !names.some((each) => each.toLowerCase().includes(stem))) {
        report(`not named after an export: ${names.join(", ")}`);
      }
    }
  }
  return findings;
};

function entryNames(tree: Tree, path: string): Set<string> {
  const folder = path.slice(0, path.indexOf("/src/"));
  const { manifest } = workspacesOf(tree).find((each) => each.folder === folder)!;
  return new Set(Object.keys(manifest.exports ?? {}).map(nameOfEntry));
}
