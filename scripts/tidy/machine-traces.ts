import { homedir } from "node:os";
import { dirname } from "node:path";
import type { Finding, Rule, Tree } from "./tree.ts";

const lockfile = "package-lock.json";
const binaryFile = /\.(?:gz|png|ico|woff2?)$/;
const registryHost = /\bregistry\.(?:npmjs|yarnpkg)\.\w+/;
const homeFolder = /(?:^|[\s"'`(=])(?:\/home\/\w|\/Users\/\w|\/root\/|[A-Za-z]:\\Users\\)/;

/**
 * Nothing tracked tells of the machine that it was made on: no path, no address of a registry. The
 * lockfile names the native packages of every system, so that it installs on all of them.
 */
export function keepNoMachineTraces(root: string): Rule {
  const paths = [root, homedir(), dirname(root)].filter((path) => path.length > 1);
  const ofThisMachine = new RegExp(
    `(?<![\\w.*/\\\\@$})-])(?:${paths.map((path) => path.replace(/\W/g, "\\$&")).join("|")})[/\\\\]`,
  );
  return (tree) => {
    const findings: Finding[] = [];
    for (const path of tree.paths.filter((each) => !binaryFile.test(each))) {
      for (const [index, line] of tree.read(path).split("\n").entries()) {
        const report = (message: string): void =>
          void findings.push({ path: `${path}:${index + 1}`, message });
        if (ofThisMachine.test(line) || homeFolder.test(line)) report("a path of one machine");
        if (registryHost.test(line)) report("the name of a registry host");
        if (path === lockfile && /"resolved": "http/.test(line)) report("a download address");
      }
    }
    return [...findings, ...missingSystems(tree)];
  };
}

function missingSystems(tree: Tree): Finding[] {
  if (!tree.paths.includes(lockfile)) return [];
  const lock = JSON.parse(tree.read(lockfile)) as { packages: Record<string, unknown> };
  const names = Object.keys(lock.packages);
  const families = new Set(
    names.flatMap((name) => /^(.*?)linux-(?:x64|64)(?:-gnu)?$/.exec(name)?.[1] ?? []),
  );
  const findings: Finding[] = [];
  for (const family of families) {
    for (const system of ["darwin-arm64", "win"]) {
      if (!names.some((name) => name.startsWith(family + system))) {
        findings.push({ path: lockfile, message: `${family}* lacks its ${system} package` });
      }
    }
  }
  return findings;
}
