import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ModuleHost, ModuleLoadError, type BackendName } from "@heapwise/modules";
import { describe, expect, test } from "vitest";
import { DIFFERENCES } from "./differences.ts";
import type { Graph } from "./graph.ts";
import { GRAPHS } from "./graphs.ts";
import { askNode } from "./oracle.ts";
import { describeError, describeValue, type Outcome } from "./outcome.ts";

const BACKENDS: readonly BackendName[] = ["function"];
const NODE = Number(process.versions.node.split(".")[0]);

const folder = realpathSync(mkdtempSync(join(tmpdir(), "heapwise-conformance-")));
const entries = GRAPHS.map((graph, i) => writeGraph(graph, join(folder, String(i))));
const expected = askNode(
  folder,
  GRAPHS.map(({ isRequired = false }, i) => ({ entry: entries[i]!, isRequired })),
);

describe.each(BACKENDS)("%s", (backend) => {
  test.each(GRAPHS.map(({ name }, i) => [name, i] as const))("%s", async (name, i) => {
    const outcome = await runGraph(GRAPHS[i]!, entries[i]!, backend);
    const difference = DIFFERENCES.find(
      (row) =>
        row.graph === name &&
        row.backend === backend &&
        NODE >= (row.since ?? 0) &&
        NODE < (row.before ?? Infinity),
    );
    if (difference === undefined) expect(outcome).toEqual(expected[i]);
    else expect(outcome, "a row of the table of differences").not.toEqual(expected[i]);
  });
});

test("the table of differences names graphs that exist, and each once", () => {
  const names = new Set(GRAPHS.map(({ name }) => name));
  expect(names.size).toBe(GRAPHS.length);
  expect(GRAPHS.length).toBeGreaterThanOrEqual(60);
  for (const { graph } of DIFFERENCES) expect(names).toContain(graph);
});

/** Writes the files of a graph, and returns the path of the first one. */
function writeGraph({ files, links = {} }: Graph, root: string): string {
  // Without a package.json, Node would look in the folders above.
  for (const [path, text] of Object.entries({ "package.json": "{}", ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(root, path));
  return join(root, Object.keys(files)[0]!);
}

async function runGraph(graph: Graph, entry: string, backend: BackendName): Promise<Outcome> {
  const log: string[] = [];
  const global = globalThis as { log?: unknown };
  global.log = (...values: unknown[]) => void log.push(values.map(String).join(" "));
  const root = join(folder, String(GRAPHS.indexOf(graph)));
  const shared = [...(graph.shared ?? [])];
  const host = new ModuleHost({ root, backend, shared });
  const outcome: { log: string[]; exports?: unknown; error?: unknown } = { log };
  try {
    const { exports } = await host.load<{ done?: unknown } | undefined>(entry);
    await exports?.done;
    outcome.exports = describeValue(exports);
  } catch (error) {
    const cause: unknown = error instanceof ModuleLoadError ? error.cause : error;
    outcome.error = describeError(cause);
  }
  // Modules next to one that failed go on for some microtasks.
  await new Promise((resolve) => setImmediate(resolve));
  await host[Symbol.asyncDispose]();
  return JSON.parse(JSON.stringify(outcome)) as Outcome;
}
