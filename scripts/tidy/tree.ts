import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The files of the repository as the rules see them: paths with forward slashes, and their text.
 */
export interface Tree {
  readonly paths: readonly string[];
  read(path: string): string;
}

/** One place that breaks a rule, in words that say what is expected. */
export interface Finding {
  readonly path: string;
  readonly message: string;
}

/** Checks one rule of the house over the whole tree. */
export type Rule = (tree: Tree) => Finding[];

/** What git tracks or would track below `root`, read from the disk when a rule asks for it. */
export function readTree(root: string): Tree {
  const listing = execFileSync("git", ["ls-files", "-coz", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  const paths = [...new Set(listing.split("\0"))].filter(
    (path) => path !== "" && existsSync(join(root, path)),
  );
  const texts = new Map<string, string>();
  return {
    paths: paths.sort(),
    read(path) {
      let text = texts.get(path);
      if (text === undefined) {
        text = readFileSync(join(root, path), "utf8");
        texts.set(path, text);
      }
      return text;
    },
  };
}
