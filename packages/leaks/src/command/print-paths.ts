import type { HeapGraph } from "../heap-graph/heap-graph.ts";
import type { RetainingPath } from "../paths/retaining-path.ts";
import type { Call, OptionTexts } from "./call.ts";
import { chosenNodes } from "./chosen-nodes.ts";
import { readSnapshotFile } from "./snapshot-file.ts";
import { countOf, cutMiddle, printBytes, printCount } from "./table.ts";
import { visible } from "../paths/visible.ts";
import type { Terminal } from "./terminal.ts";

/** How many objects of a type are looked at by default. */
const SAMPLE = 10;
/** Letters of a name in a title. */
const MOST_OF_NAME = 120;

/** Options of `paths`. */
export const pathsOptions: OptionTexts = {
  type: { value: "NAME", text: "look at objects of this type" },
  sample: { value: "N", text: `look at N objects, spread over the type (default: ${SAMPLE})` },
  count: { value: "N", text: "print N holders (default: 5)" },
};

/** What keeps some objects of a type alive, in the same way. */
export interface Holder {
  /** How many of the objects it keeps alive. */
  readonly count: number;
  /** The id of one of them. */
  readonly id: number;
  /** The path to it. */
  readonly path: RetainingPath;
}

/** `paths FILE`: who keeps objects alive. */
export async function printPaths(call: Call, terminal: Terminal): Promise<number> {
  const most = call.integer("count", 1) ?? 5;
  const sample = call.integer("sample", 1) ?? SAMPLE;
  const graph = await readSnapshotFile(call.words[0]!, terminal);
  const { name, count, ids } = chosenNodes(call, graph, sample);
  const all = holdersOf(graph, ids, most, (done) =>
    terminal.showProgress(`Looking for holders of ${name}: ${done} of ${ids.length}`),
  );
  const holders = all.slice(0, most);
  if (call.has("json")) {
    terminal.printJson({ name, count, sampled: ids.length, holders: holders.map(dataOf) }, 2);
    return 0;
  }
  terminal.print(headOf(graph, name, count, ids));
  if (holders.length === 0) {
    terminal.print("", "No reference of the program keeps it: it is garbage, or the engine's own.");
  }
  for (const [index, holder] of holders.entries()) {
    const share = ids.length > 1 ? `, ${holder.count} of ${ids.length}` : "";
    const title = `${index + 1}. ${holder.path.root}${share} (@${holder.id})`;
    terminal.print("", terminal.bold(title), ...linesOf(holder.path));
  }
  return 0;
}

/**
 * The distinct holders of some nodes, those of most nodes first. Paths that differ only in an index
 * or a key count as one.
 */
export function holdersOf(
  graph: HeapGraph,
  ids: readonly number[],
  count: number,
  onProgress: (done: number) => void,
): Holder[] {
  const groups = new Map<string, Holder>();
  for (const [index, id] of ids.entries()) {
    onProgress(index);
    const seen = new Set<string>();
    for (const path of graph.pathsByRoot(id, { count })) {
      const key = shapeOf(path);
      if (seen.has(key)) continue;
      seen.add(key);
      const group = groups.get(key) ?? { count: 0, id, path };
      groups.set(key, { ...group, count: group.count + 1 });
    }
  }
  return [...groups.values()].sort((one, other) => other.count - one.count);
}

/** The lines of a path, without the characters that a terminal would obey. */
export function linesOf(path: RetainingPath): string[] {
  return String(path)
    .split("\n")
    .map((line) => `   ${visible(line)}`);
}

/** A holder as JSON has it. */
export function dataOf({ count, id, path: { root, steps } }: Holder): object {
  return { root, count, id, steps };
}

function headOf(graph: HeapGraph, name: string, count: number, ids: readonly number[]): string {
  if (name.startsWith("@")) {
    const { type, retainedBytes } = graph.node(ids[0]!);
    return `${printName(type)} ${name}, retains ${printBytes(retainedBytes)}`;
  }
  const sampled =
    ids.length < count ? `, of which ${printCount(ids.length)} are looked at (--sample)` : "";
  return `${printName(name)}: ${countOf(count, "object")}${sampled}`;
}

/** A name in a title: some are megabytes long. */
function printName(name: string): string {
  return cutMiddle(visible(name), MOST_OF_NAME);
}

/** Whether a path goes through what another path leads to, in the same way. */
export function goesThrough(path: RetainingPath, other: RetainingPath): boolean {
  return path.steps.length > other.steps.length && shapeOf(path).startsWith(shapeOf(other));
}

/** A path without what differs between objects that are kept in the same way. */
function shapeOf({ root, steps }: RetainingPath): string {
  const last = steps.length - 1;
  const texts = steps.map(({ edge, node }, index) => (index === last ? edge : `${edge} ${node}`));
  return [root, ...texts]
    .join("\n")
    .replace(/"(?:\\.|[^"\\])*"/g, '""')
    .replace(/\[[^\]\n]*\]/g, "[]")
    .replace(/\(-?[\d.]+\)/g, "()");
}
