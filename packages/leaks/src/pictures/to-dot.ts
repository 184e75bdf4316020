import type { GraphView } from "./graph-view.ts";
import type { PictureOptions } from "./picture-options.ts";
import { describeRest, pictureOf } from "./picture.ts";

const FONT = `fontname="Helvetica,Arial,sans-serif"`;

const LOOKS = {
  highlight: `, fillcolor="#ffd9d6", color="#c4291c"`,
  subject: `, fillcolor="#d9e8ff", color="#1a5fc4", penwidth=2`,
  other: "",
};

/**
 * A part of a heap graph in DOT, the language of Graphviz. See `HeapGraph.toDot`.
 *
 * All text of the heap is within quotes. There a quote and a backslash are escaped, and so is `&`,
 * with which Graphviz begins an entity.
 */
export function toDot(
  view: GraphView,
  ids: number | readonly number[],
  options: PictureOptions = {},
): string {
  const { direction, boxes, arrows, rests } = pictureOf("draw DOT", view, ids, options);
  const lines = [
    "digraph heap {",
    `  graph [rankdir=TB, nodesep=0.3, ranksep=0.6, bgcolor="#ffffff", charset="UTF-8"];`,
    `  node [shape=box, style="rounded,filled", fillcolor="#f6f7f9", color="#8a94a3", ${FONT}, fontsize=11];`,
    `  edge [color="#5d6775", fontcolor="#3c4450", ${FONT}, fontsize=10, arrowsize=0.7];`,
  ];
  for (const { id, lines: texts, role } of boxes) {
    lines.push(`  n${id} [label=${quoted(texts)}${LOOKS[role]}];`);
  }
  for (const { from, to, text, isWeak } of arrows) {
    const look = isWeak ? ", style=dashed, constraint=false" : "";
    lines.push(`  n${from} -> n${to} [label=${quoted([text])}${look}];`);
  }
  for (const rest of rests) {
    const [from, to] = [`more${rest.of}`, `n${rest.of}`];
    const ends = direction === "referrers" ? `${from} -> ${to}` : `${to} -> ${from}`;
    lines.push(
      `  more${rest.of} [label=${quoted([describeRest(rest)])}, shape=plaintext, style=""];`,
      `  ${ends} [style=dotted, arrowhead=none];`,
    );
  }
  return `${lines.join("\n")}\n}\n`;
}

function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) =>
    line.replaceAll("&", "&amp;").replaceAll("\\", "\\\\").replaceAll('"', '\\"'),
  );
  return `"${escaped.join("\\n")}"`;
}
