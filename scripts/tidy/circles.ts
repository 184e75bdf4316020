import { dirname, join } from "node:path/posix";
import { importsOf } from "./source-text.ts";
import type { Finding, Rule } from "./tree.ts";

/**
 * No file imports itself through others, not even for a type: then each file can be read before the
 * files that use it.
 */
export const keepNoCircles: Rule = (tree) => {
  const files = new Set(tree.paths.filter((path) => /\.m?ts$/.test(path)));
  const imports = new Map<string, string[]>();
  for (const path of files) {
    const targets = importsOf(tree.read(path))
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => join(dirname(path), specifier))
      .filter((target) => target !== path);
    imports.set(
      path,
      targets.filter((target) => files.has(target)),
    );
  }
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const path of files) {
    if (seen.has(path)) continue;
    const circle = shortestCircle(path, imports);
    for (const each of circle) seen.add(each);
    if (circle.length > 0) {
      const names = [...circle, path].join(" -> ");
      findings.push({ path, message: `a circle of imports: ${names}` });
    }
  }
  return findings;
};

/** The files on the shortest way from a file through others and back; empty if there is none. */
function shortestCircle(start: string, imports: ReadonlyMap<string, string[]>): string[] {
  const importer = new Map<string, string>();
  const queue = [start];
  for (const path of queue) {
    for (const target of imports.get(path) ?? []) {
      if (target === start) {
        const circle = [path];
        while (circle[0] !== start) circle.unshift(importer.get(circle[0]!)!);
        return circle;
      }
      if (importer.has(target)) continue;
      importer.set(target, path);
      queue.push(target);
    }
  }
  return [];
}
