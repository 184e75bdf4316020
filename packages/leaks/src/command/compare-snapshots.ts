import type { HeapGraph } from "../heap-graph/heap-graph.ts";
import type { Call, OptionTexts } from "./call.ts";
import { mistake } from "./mistake.ts";
import { nameFilter } from "./list-types.ts";
import { areOfOneProcess } from "./one-process.ts";
import { readSnapshotFile } from "./snapshot-file.ts";
import {
  countOf,
  printByteChange,
  printBytes,
  printChange,
  printCount,
  tableOf,
  type Column,
} from "./table.ts";
import { visible } from "../paths/visible.ts";
import type { Terminal } from "./terminal.ts";

/** Options of `diff`. */
export const diffOptions: OptionTexts = {
  top: { value: "N", text: "print N types (default: 20; with --json all)" },
  filter: { value: "TEXT", text: "look only at types whose names contain the text" },
  "fail-on-growth": { text: "exit with 1 if a class has more objects than before" },
  "at-least": { value: "N", text: "the growth that --fail-on-growth minds (default: 1 object)" },
};

/** A type and by how much it grew. */
interface Change {
  readonly type: string;
  /** Objects more than before. */
  readonly grown: number;
  readonly bytes: number;
}

/**
 * `diff BEFORE AFTER`: the types that grew or shrank. With a third file: the nodes that were made
 * between the first two snapshots and are alive in the third one.
 */
export async function compareSnapshots(call: Call, terminal: Terminal): Promise<number> {
  const top = call.integer("top", 1) ?? (call.has("json") ? undefined : 20);
  const least = call.integer("at-least", 1);
  if (least !== undefined && !call.has("fail-on-growth")) {
    throw mistake("Cannot use --at-least: expected --fail-on-growth with it");
  }
  const graphs: HeapGraph[] = [];
  for (const file of call.words) graphs.push(await readSnapshotFile(file, terminal));
  terminal.showProgress("Comparing the snapshots");
  warnOfProcesses(call.words, graphs, terminal);
  const changes =
    graphs.length === 3
      ? printLeft(call, terminal, graphs, top)
      : printDiff(call, terminal, graphs, top);
  if (!call.has("fail-on-growth")) return 0;
  const grown = changes.filter(({ type, grown: count }) => isClass(type) && count >= (least ?? 1));
  if (grown.length === 0) return 0;
  const [first] = [...grown].sort((one, other) => other.grown - one.grown);
  const others = grown.length === 1 ? "" : ` and ${grown.length - 1} more`;
  terminal.note(
    terminal.red(
      `heapwise-leaks: ${visible(first!.type)} (${printChange(first!.grown)})${others} grew`,
    ),
  );
  return 1;
}

/** Says on the error output if two snapshots seem to be of different processes. */
function warnOfProcesses(
  files: readonly string[],
  graphs: readonly HeapGraph[],
  terminal: Terminal,
): void {
  const at = graphs.findIndex((graph, i) => i > 0 && !areOfOneProcess(graphs[i - 1]!, graph));
  if (at < 0) return;
  const pair = `${visible(files[at - 1]!)} and ${visible(files[at]!)}`;
  const reason = "the same ids are of different objects";
  terminal.note(`Warning: ${pair} seem to be of different processes, as ${reason}.`);
}

/** Whether a type is that of a class, not one of the engine's kinds such as `(closure)`. */
export function isClass(type: string): boolean {
  return !type.startsWith("(");
}

/** The classes of a list first, and then the engine's kinds, each in the order of the list. */
function classesFirst<Row extends { readonly type: string }>(rows: readonly Row[]): Row[] {
  return [
    ...rows.filter(({ type }) => isClass(type)),
    ...rows.filter(({ type }) => !isClass(type)),
  ];
}

function printDiff(
  call: Call,
  terminal: Terminal,
  [before, after]: readonly HeapGraph[],
  top: number | undefined,
): Change[] {
  const all = after!.diff(before!).filter(nameFilter(call.text("filter")));
  const bytes = after!.totalBytes - before!.totalBytes;
  if (call.has("json")) {
    const nodes = after!.nodeCount - before!.nodeCount;
    const types = all.slice(0, top);
    terminal.printJson({ nodes, bytes, typeCount: all.length, types }, 2);
  } else {
    const columns = ["added", "removed", "change", "size"].map((title) => ({ title }));
    const changed = classesFirst(all.filter(({ added, removed }) => added !== removed));
    const rows = changed
      .slice(0, top)
      .map(({ type, added, removed, bytes: size }) => [
        printCount(added),
        printCount(removed),
        printChange(added - removed),
        printByteChange(size),
        type,
      ]);
    const sizes = `${printBytes(before!.totalBytes)} before, ${printBytes(after!.totalBytes)} after`;
    printTable(terminal, `${printByteChange(bytes)}: ${sizes}`, columns, rows, changed.length);
  }
  return all.map(({ type, added, removed, bytes: size }) => ({
    type,
    grown: added - removed,
    bytes: size,
  }));
}

/** Prints the nodes that the first of two phases has left. */
function printLeft(
  call: Call,
  terminal: Terminal,
  [before, after, last]: readonly HeapGraph[],
  top: number | undefined,
): Change[] {
  const types = new Map<string, { count: number; bytes: number; sample: number }>();
  for (const id of last!.bornBetween(before!, after!)) {
    const { type, selfBytes } = last!.node(id);
    const { count, bytes, sample } = types.get(type) ?? { count: 0, bytes: 0, sample: id };
    types.set(type, { count: count + 1, bytes: bytes + selfBytes, sample });
  }
  const all = [...types]
    .map(([type, { count, bytes, sample }]) => ({ type, count, bytes, sample }))
    .filter(nameFilter(call.text("filter")))
    .sort((one, other) => other.bytes - one.bytes);
  if (call.has("json")) {
    terminal.printJson({ typeCount: all.length, types: all.slice(0, top) }, 2);
  } else {
    const shown = classesFirst(all).slice(0, top);
    const columns = ["count", "size", "one of them"].map((title) => ({ title }));
    const rows = shown.map(({ type, count, bytes, sample }) => [
      printCount(count),
      printBytes(bytes),
      `@${sample}`,
      type,
    ]);
    const total = all.reduce((sum, { count }) => sum + count, 0);
    const title = `${countOf(total, "node")} made between the first two that the last one still has`;
    printTable(terminal, title, columns, rows, all.length);
  }
  return all.map(({ type, count, bytes }) => ({ type, grown: count, bytes }));
}

function printTable(
  terminal: Terminal,
  title: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  count: number,
): void {
  const all = [...columns, { title: "type", isName: true }];
  const [head = "", ...lines] = tableOf(all, rows, terminal.width);
  const shown = rows.length < count ? `, ${rows.length} of ${printCount(count)} types (--top)` : "";
  const table = rows.length > 0 ? ["", terminal.bold(head), ...lines] : [];
  terminal.print([title + shown, ...table].join("\n"));
}
