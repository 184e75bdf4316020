import { print, readOptions, refuse, type Check } from "../checks/arguments.ts";
import { collectGarbage } from "../collection/collect-garbage.ts";
import { countInstances, prototypeOf } from "../collection/count-instances.ts";
import { bodyOf } from "../heap-graph/heap-graph.ts";
import { captureSteadily } from "./capture-steadily.ts";
import { GrowthReport, rowOf, type GrowthRow } from "./growth-report.ts";
import { TypeSeries } from "./type-series.ts";

/** Options of a `Growth`. */
export interface GrowthOptions {
  /**
   * Classes to count, with their subclasses. Each mark then costs one query of the heap for each
   * class in place of a snapshot, and the report has no bytes.
   */
  readonly classes?: readonly Function[] | undefined;
  /** Most rows of a report. All types by default. */
  readonly top?: number | undefined;
}

const ACTION = "watch growth";

/** Checks classes: functions with a prototype. */
export const checkClasses: Check = (action, name, value) => {
  if (!Array.isArray(value)) refuse(action, `${name} is ${print(value)}`, "an array of classes");
  // To count nothing would pass, whatever grows.
  if (value.length === 0) refuse(action, `${name} is empty`, "at least one class", RangeError);
  for (const Class of value as unknown[]) prototypeOf(action, Class);
};

const checkTop: Check = (action, name, value) => {
  if (Number.isSafeInteger(value) && (value as number) > 0) return;
  const Kind = typeof value === "number" ? RangeError : TypeError;
  refuse(action, `${name} is ${print(value)}`, "an integer from 1", Kind);
};

/** The name of a class in a report. */
export function nameOfClass(Class: Function): string {
  const name: unknown = Object.getOwnPropertyDescriptor(Class, "name")?.value;
  return typeof name === "string" && name !== "" ? name : "(anonymous)";
}

/**
 * Compares states of a program: marks count the objects of each type, and the report says what grew
 * from mark to mark. What this class keeps itself does not show in the counts.
 *
 * @example
 * ```ts
 * import { Growth } from "@heapwise/leaks";
 *
 * class Session {
 *   readonly startedAt = Date.now();
 * }
 * const sessions: Session[] = [];
 * const growth = new Growth({ classes: [Session] });
 * for (const requests of [0, 1000, 2000]) {
 *   while (sessions.length < requests) sessions.push(new Session());
 *   await growth.mark(`${requests} requests`);
 * }
 * const { rows } = await growth.report();
 * rows[0]!.counts; // => [0, 1000, 2000]
 * rows[0]!.slope; // => 1000
 * ```
 */
export class Growth {
  readonly #classes: readonly Function[] | undefined;
  readonly #top: number | undefined;
  readonly #series = new TypeSeries();
  readonly #counts: number[][];
  readonly #marks: string[] = [];

  /**
   * @throws {TypeError} if an option has the wrong type or is not known.
   * @throws {RangeError} if `top` is not an integer from 1.
   */
  constructor(options: GrowthOptions = {}) {
    const checks = { classes: checkClasses, top: checkTop };
    const { classes, top } = readOptions(ACTION, options, checks);
    this.#classes = classes && [...classes];
    this.#top = top;
    this.#counts = (classes ?? []).map(() => []);
  }

  /**
   * Collects garbage and counts the objects that are left. Without `classes` it takes a heap
   * snapshot, of which it keeps the numbers of each type.
   *
   * @param label A name for the report; the number of the mark by default.
   * @throws {TypeError} if the label is not a text.
   * @throws {SnapshotTooLargeError} if a snapshot would not fit into memory.
   */
  async mark(label?: string): Promise<void> {
    if (label !== undefined && typeof label !== "string") {
      refuse(ACTION, `label is ${print(label)}`, "a string");
    }
    await collectGarbage();
    if (this.#classes === undefined) {
      await this.#capture();
    } else {
      this.#classes.forEach((Class, i) => {
        this.#counts[i]!.push(countInstances(Class, { includeSubclasses: true }));
      });
    }
    this.#marks.push(label ?? String(this.#marks.length + 1));
  }

  /** What grew over the marks so far, the fastest growing types first. */
  async report(): Promise<GrowthReport> {
    const rows =
      this.#classes?.map((Class, i) => rowOf(nameOfClass(Class), [...this.#counts[i]!])) ??
      this.#series.all().map(({ type, counts, bytes }) => rowOf(type, counts, { bytes }));
    return new GrowthReport(rows.sort(byGrowth).slice(0, this.#top), [...this.#marks]);
  }

  /** In a frame of its own, so that nothing holds the snapshot afterwards. */
  async #capture(): Promise<void> {
    this.#series.add(bodyOf(await captureSteadily()));
  }
}

function byGrowth(a: GrowthRow, b: GrowthRow): number {
  return (
    Number(b.verdict === "grows") - Number(a.verdict === "grows") ||
    b.slope - a.slope ||
    (b.bytes.at(-1) ?? 0) - (a.bytes.at(-1) ?? 0)
  );
}
