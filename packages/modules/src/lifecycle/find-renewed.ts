import { readFile } from "node:fs/promises";
import type { ModuleInstance } from "../instances/module-instance.ts";
import { digestOf } from "../source/read-source.ts";
import type { HostParts } from "./host-parts.ts";

/** A dependency as a plan sees it: nothing here holds code, since a plan waits for files. */
interface Entry {
  readonly url: string;
  readonly file: string | undefined;
  readonly digest: string | undefined;
  readonly isInvalidated: boolean;
  readonly dependencies: readonly string[];
}

/**
 * The addresses of which a reload needs a new version: that of the module, those of its
 * dependencies whose text differs from that of their newest version or that `invalidate` named, and
 * those that import one of these.
 */
export async function findRenewed(
  parts: HostParts,
  roots: readonly ModuleInstance[],
): Promise<Set<string>> {
  const renewed = new Set(roots.map(({ spec }) => spec.url));
  const entries = listEntries(parts, roots);
  const isChanged = await Promise.all(
    entries.map(async (entry) => entry.isInvalidated || (await hasChanged(entry))),
  );
  entries.forEach(({ url }, i) => {
    if (isChanged[i] === true) renewed.add(url);
  });
  for (let size = -1; size !== renewed.size;) {
    size = renewed.size;
    for (const { url, dependencies } of entries) {
      if (dependencies.some((each) => renewed.has(each))) renewed.add(url);
    }
  }
  return renewed;
}

function listEntries({ graph }: HostParts, roots: readonly ModuleInstance[]): Entry[] {
  const seen = new Map<string, ModuleInstance>();
  const waiting = [...roots];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const { url } = at.spec;
    if (seen.has(url)) continue;
    const newest = graph.newest(url) ?? at;
    seen.set(url, newest);
    waiting.push(...newest.dependencies.values());
  }
  return [...seen.values()].map(({ spec, digest, dependencies }) => ({
    url: spec.url,
    file: spec.file,
    digest,
    isInvalidated: graph.isInvalidated(spec.url),
    dependencies: [...dependencies.keys()],
  }));
}

async function hasChanged({ file, digest }: Entry): Promise<boolean> {
  if (file === undefined || digest === undefined) return false;
  try {
    return digestOf(await readFile(file, "utf8")) !== digest;
  } catch {
    // The new version says so, if it still needs the file.
    return true;
  }
}
