import { writeFileSync } from "node:fs";
import { extname } from "node:path";
import type { HeapGraph } from "../heap-graph/heap-graph.ts";
import type { Call, OptionTexts } from "./call.ts";
import { chosenNodes } from "./chosen-nodes.ts";
import { mistake } from "./mistake.ts";
import { readSnapshotFile } from "./snapshot-file.ts";
import { printBytes } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const DIRECTIONS = ["referrers", "references"] as const;

/** Options of `show`. */
export const showOptions: OptionTexts = {
  type: { value: "NAME", text: "draw objects of this type" },
  out: { value: "PATH", text: "the picture: .html, .dot or .gv, .mmd or .md" },
  count: { value: "N", text: "draw N objects of the type (default: 3)" },
  depth: { value: "N", text: "how many references away from the objects the picture goes" },
  direction: {
    value: DIRECTIONS.join("|"),
    text: "what keeps the objects (default), or what they keep",
  },
};

interface Options {
  readonly depth?: number;
  readonly direction?: (typeof DIRECTIONS)[number];
}

type Draw = (graph: HeapGraph, ids: number[], options: Options) => string;

const mermaid: Draw = (graph, ids, options) => graph.toMermaid(ids, options);
const dot: Draw = (graph, ids, options) => graph.toDot(ids, options);
const formats: Readonly<Record<string, Draw>> = {
  ".html": (graph, ids, { depth }) => graph.toHtml(ids, depth === undefined ? {} : { depth }),
  ".dot": dot,
  ".gv": dot,
  ".mmd": mermaid,
  ".md": (...args) => `\`\`\`mermaid\n${mermaid(...args).trimEnd()}\n\`\`\`\n`,
};

/** `show FILE`: a picture of objects and what keeps them alive. */
export async function drawPicture(call: Call, terminal: Terminal): Promise<number> {
  const out = call.text("out");
  const wanted = `a path that ends in ${Object.keys(formats).join(", ")}`;
  if (out === undefined) throw mistake(`Cannot draw: --out is absent, expected ${wanted}`);
  const draw = formats[extname(out).toLowerCase()];
  if (draw === undefined) throw mistake(`Cannot draw ${out}: expected ${wanted}`);
  const depth = call.integer("depth", 0);
  const direction = call.oneOf("direction", DIRECTIONS);
  const count = call.integer("count", 1) ?? 3;
  const graph = await readSnapshotFile(call.words[0]!, terminal);
  const { name, ids } = chosenNodes(call, graph, count);
  terminal.showProgress(`Drawing ${name}`);
  const text = draw(graph, [...ids], {
    ...(depth === undefined ? {} : { depth }),
    ...(direction === undefined ? {} : { direction }),
  });
  try {
    writeFileSync(out, text);
  } catch (error) {
    throw mistake(`Cannot write ${out}: ${(error as Error).message}`, { cause: error });
  }
  const bytes = Buffer.byteLength(text);
  if (call.has("json")) terminal.printJson({ out, bytes, ids }, 2);
  else terminal.print(`${out}: ${printBytes(bytes)}, ${ids.map((id) => `@${id}`).join(" ")}`);
  return 0;
}
