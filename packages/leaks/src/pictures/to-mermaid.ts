import type { GraphView } from "./graph-view.ts";
import type { PictureOptions } from "./picture-options.ts";
import { describeRest, pictureOf } from "./picture.ts";

/**
 * A part of a heap graph as a flowchart in Mermaid. See `HeapGraph.toMermaid`.
 *
 * All text of the heap is within quotes, and each character of it that could be syntax is a numeric
 * entity: Mermaid looks for directives, styles, formulas and icons in the text of a diagram before
 * it reads the quotes.
 */
export function toMermaid(
  view: GraphView,
  ids: number | readonly number[],
  options: PictureOptions = {},
): string {
  const { direction, boxes, arrows, rests } = pictureOf("draw Mermaid", view, ids, options);
  const lines = ["flowchart TB"];
  for (const { id, lines: texts, role } of boxes) {
    const look = role === "other" ? "" : `:::${role}`;
    lines.push(`  n${id}[${quoted(texts)}]${look}`);
  }
  for (const { from, to, text, isWeak } of arrows) {
    const line = isWeak ? "-.->" : "-->";
    lines.push(`  n${from} ${line}|${quoted([text])}| n${to}`);
  }
  for (const rest of rests) {
    const [from, to] = [`more${rest.of}`, `n${rest.of}`];
    const ends = direction === "referrers" ? `${from} -.- ${to}` : `${to} -.- ${from}`;
    lines.push(`  ${from}([${quoted([describeRest(rest)])}]):::more`, `  ${ends}`);
  }
  lines.push(
    "  classDef subject fill:#d9e8ff,stroke:#1a5fc4,color:#10233f,stroke-width:2px",
    "  classDef highlight fill:#ffd9d6,stroke:#c4291c,color:#4a0e08,stroke-width:2px",
    "  classDef more fill:none,stroke:none",
  );
  return `${lines.join("\n")}\n`;
}

function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) =>
    line.replace(/[^\p{L}\p{N}\p{M} ,.()[\]@/_=!?*+'~…-]/gu, (char) => `#${char.codePointAt(0)};`),
  );
  return `"${escaped.join("<br/>")}"`;
}
