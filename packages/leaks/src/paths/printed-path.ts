import { RUNNING } from "./own-frames.ts";
import { visible } from "./visible.ts";
import type { Location, PathStep, RetainingPath, RootKind } from "./retaining-path.ts";

/** Lines of a path at most: one for the root, and one for each step. */
const MOST_LINES = 12;

/** A path whose words are known. */
export class PrintedPath implements RetainingPath {
  readonly root: RootKind;
  readonly steps: readonly PathStep[];

  constructor(root: RootKind, steps: readonly PathStep[]) {
    this.root = root;
    this.steps = steps;
  }

  /**
   * The path as at most 12 lines, without numbers that differ between runs. A character of a name
   * that a terminal would obey is escaped.
   */
  toString(): string {
    const [holder, first, ...rest] = this.steps;
    const lines = [this.#heading(holder, first)];
    const left = rest.length - (MOST_LINES - 1);
    // The ends say most: who keeps it, and through which field. One line says how much is omitted.
    const head = left > 0 ? Math.ceil((MOST_LINES - 2) / 2) : rest.length;
    const tail = left > 0 ? rest.length - (MOST_LINES - 2 - head) : rest.length;
    for (const step of rest.slice(0, head)) lines.push(`  ${printStep(step)}`);
    if (left > 0) lines.push(`  … ${tail - head} more steps`);
    for (const step of rest.slice(tail)) lines.push(`  ${printStep(step)}`);
    return lines.join("\n");
  }

  /** The kind of the root, and the holder: `listener: process.on("exit") → closure onExit`. */
  #heading(holder: PathStep | undefined, first: PathStep | undefined): string {
    if (holder === undefined) return this.root;
    const { root } = this;
    if (holder.node === RUNNING && first !== undefined) return `${root}: ${printStep(first)}`;
    const name = holder.node.startsWith(`${root} `)
      ? holder.node.slice(root.length + 1)
      : holder.node;
    const heading = `${root}: ${name}`;
    if (first === undefined) return visible(heading + print(holder.location));
    const isObject = holder.node === "globalThis" || holder.node === "process";
    const glue = isObject && /^[.[]/.test(first.edge) ? "" : ", ";
    return visible(heading) + glue + printStep(first);
  }
}

function printStep({ edge, node, location }: PathStep): string {
  return visible(`${edge} → ${node}${print(location)}`);
}

function print(location: Location | undefined): string {
  return location === undefined ? "" : ` (${location.url}:${location.line}:${location.column})`;
}
