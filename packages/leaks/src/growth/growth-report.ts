import { visible } from "../paths/visible.ts";
import { grows, medianDelta, theilSen } from "./theil-sen.ts";

/** How the objects of one type developed from mark to mark. */
export interface GrowthRow {
  /**
   * The name of the class; for closures, texts and the like what V8 calls them, in brackets. All
   * ordinary objects together are `(objects)`.
   */
  readonly type: string;
  /** Number of objects at each mark. */
  readonly counts: readonly number[];
  /** Bytes of these objects alone at each mark. Empty if no snapshots were taken. */
  readonly bytes: readonly number[];
  /** Objects that one step adds, by Theil-Sen: from mark to mark, or in one iteration. */
  readonly slope: number;
  /** Sum of the sizes of the bounded collections at each mark, which `slope` does not include. */
  readonly bound?: readonly number[] | undefined;
  /**
   * `grows` if both the slope and the median of the differences are at least one object for each
   * step, of which one in seven may lack, and if twice as many pairs of marks rise as fall, unless
   * one mark alone explains all falls.
   */
  readonly verdict: "grows" | "steady";
}

/**
 * What grew. `String(report)` is a table for people.
 *
 * @example
 * ```ts
 * import { Growth } from "@heapwise/leaks";
 *
 * class Session {
 *   readonly startedAt = Date.now();
 * }
 * const growth = new Growth({ classes: [Session] });
 * const sessions: Session[] = [];
 * await growth.mark("idle");
 * sessions.push(new Session());
 * await growth.mark("after a request");
 * const report = await growth.report();
 * report.rows[0]!.verdict; // => "grows"
 * ```
 */
export class GrowthReport {
  /** The types, the fastest growing first. */
  readonly rows: readonly GrowthRow[];
  /** The labels of the marks. */
  readonly marks: readonly string[];

  /** Made by `Growth` and `assertNoGrowth`. */
  constructor(rows: readonly GrowthRow[], marks: readonly string[]) {
    this.rows = rows;
    this.marks = marks;
  }

  /** A table: a line for each type, with its counts at each mark and what they come to. */
  toString(): string {
    const head = ["type", ...this.marks, "per step", "bytes", "verdict"];
    const lines = this.rows.map(({ type, counts, bytes, slope, verdict }) => [
      type,
      ...counts.map(String),
      signed(slope),
      bytes.length === 0 ? "" : signed(bytes.at(-1)! - bytes[0]!),
      verdict,
    ]);
    const grown = this.rows.filter(({ verdict }) => verdict === "grows").length;
    const summary = `${grown} of ${this.rows.length} types grow over ${this.marks.length} marks.`;
    return [summary, ...tabulate([head, ...lines].map((row) => row.map(visible)))].join("\n");
  }
}

interface RowContext {
  readonly bytes?: readonly number[];
  /** Iterations between two marks. */
  readonly step?: number;
  readonly bound?: readonly number[] | undefined;
}

/** Judges a series of counts. */
export function rowOf(
  type: string,
  counts: readonly number[],
  { bytes = [], step = 1, bound }: RowContext = {},
): GrowthRow {
  const free = unbound(counts, bound);
  return {
    type,
    counts,
    bytes,
    slope: theilSen(free) / step,
    ...(bound !== undefined && { bound }),
    verdict: grows(free, step) ? "grows" : "steady",
  };
}

/** Objects that one iteration adds, whatever single rounds did. */
export function rateOf({ counts, bound }: GrowthRow, step: number): number {
  return medianDelta(unbound(counts, bound)) / step;
}

function unbound(counts: readonly number[], bound: readonly number[] | undefined): number[] {
  return counts.map((count, i) => count - (bound?.[i] ?? 0));
}

function signed(value: number): string {
  const text = String(Number(value.toFixed(2)));
  return value > 0 ? `+${text}` : text;
}

/** Pads the cells of each column to one width: numbers to the right, texts to the left. */
function tabulate(rows: readonly (readonly string[])[]): string[] {
  const last = rows[0]!.length - 1;
  const widths = rows[0]!.map((_, i) =>
    rows.reduce((widest, row) => Math.max(widest, row[i]!.length), 0),
  );
  const pad = (cell: string, i: number): string =>
    i === 0 || i === last ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!);
  return rows.map((row) => row.map(pad).join("  ").trimEnd());
}
