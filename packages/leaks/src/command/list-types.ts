import type { Call, OptionTexts } from "./call.ts";
import { readSnapshotFile } from "./snapshot-file.ts";
import { countOf, printBytes, printCount, tableOf } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** The words of `typeStats` are taken too. */
const FIGURES = {
  count: "count",
  self: "selfBytes",
  retained: "retainedBytes",
  selfBytes: "selfBytes",
  retainedBytes: "retainedBytes",
} as const;
const ORDERS = Object.keys(FIGURES) as (keyof typeof FIGURES)[];

/** Options of `types`. */
export const typesOptions: OptionTexts = {
  by: { value: "count|self|retained", text: "sort by this figure (default: retained)" },
  top: { value: "N", text: "print N types (default: 20; with --json all)" },
  filter: { value: "TEXT", text: "print only types whose names contain the text" },
};

/** `types FILE`: counts and sizes of the types of a heap. */
export async function listTypes(call: Call, terminal: Terminal): Promise<number> {
  const order = call.oneOf("by", ORDERS) ?? "retained";
  const isJson = call.has("json");
  const top = call.integer("top", 1) ?? (isJson ? undefined : 20);
  const [file] = call.words;
  const graph = await readSnapshotFile(file!, terminal);
  terminal.showProgress("Finding what each type retains");
  const filter = call.text("filter");
  const all = graph.typeStats({ by: FIGURES[order] }).filter(nameFilter(filter));
  const types = all.slice(0, top);
  const { nodeCount, edgeCount, totalBytes } = graph;
  if (isJson) {
    terminal.printJson({ nodeCount, edgeCount, totalBytes, typeCount: all.length, types }, 2);
    return 0;
  }
  const columns = ["count", "self size", "retained"].map((title) => ({ title }));
  const rows = types.map(({ type, count, selfBytes, retainedBytes }) => [
    printCount(count),
    printBytes(selfBytes),
    printBytes(retainedBytes),
    type,
  ]);
  const [head = "", ...lines] = tableOf(
    [...columns, { title: "type", isName: true }],
    rows,
    terminal.width,
  );
  const named = countOf(all.length, "type") + (filter === undefined ? "" : ` with "${filter}"`);
  const shown = types.length < all.length ? `, of which ${types.length} are shown (--top)` : "";
  const title = `${countOf(nodeCount, "node")}, ${printBytes(totalBytes)}, ${named}${shown}`;
  const table = rows.length > 0 ? ["", terminal.bold(head), ...lines] : [];
  // One text: a call cannot have an argument for each of a hundred thousand types.
  terminal.print([title, ...table].join("\n"));
  return 0;
}

/** Whether the type of a row contains a text, in capital letters or not. */
export function nameFilter(text = ""): (row: { readonly type: string }) => boolean {
  const wanted = text.toLowerCase();
  return ({ type }) => type.toLowerCase().includes(wanted);
}
