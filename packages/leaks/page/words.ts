import type { PageNode } from "../src/pictures/page-data.ts";
import type { Direction } from "./graph-state.ts";
import { describeBytes } from "../src/pictures/shown-text.ts";

/** A number with its noun: `1 referrer`, `1,200 references`. */
export function counted(count: number, direction: Direction): string {
  const noun = direction.slice(0, -1);
  return `${grouped(count)} ${count === 1 ? noun : direction}`;
}

/** A number with commas between its thousands. */
export function grouped(count: number): string {
  return count.toLocaleString("en");
}

/** The second line of a node. */
export function factsOf({ id, self, retained }: PageNode): string {
  return `@${id} · ${describeBytes(self)} · retains ${describeBytes(retained)}`;
}

/** What a screen reader says of a node. */
export function sentenceOf(node: PageNode, notes: readonly string[]): string {
  const { id, text, kind, self, retained, referrers, references } = node;
  return [
    `${text}, ${kind} @${id}`,
    ...notes,
    `${describeBytes(self)}, retains ${describeBytes(retained)}`,
    `${counted(referrers, "referrers")}, ${counted(references, "references")}`,
  ].join(". ");
}
