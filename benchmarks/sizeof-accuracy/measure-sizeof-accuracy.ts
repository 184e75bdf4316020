import { createRequire } from "node:module";
import { serialize } from "node:v8";
import { measure } from "@heapwise/sizeof";
import objectSizeof from "object-sizeof";
import { answerTask } from "../fresh-process.ts";
import { spreadOf, type Spread } from "../statistics.ts";
import { VALUES } from "./values.ts";

/** The package has no types. */
const { sizeof } = createRequire(import.meta.url)("sizeof") as { sizeof(value: unknown): number };

/** The cases that one process measures. */
export interface AccuracyTask {
  readonly names: readonly string[];
}

/** The measured size of one kind of value, and the estimates of it. */
export interface AccuracyRow {
  readonly name: string;
  /** Why the size cannot be known; undefined if it can. */
  readonly hidden: string | undefined;
  /** Heap and external memory of one value, as the slope over many values. */
  readonly truth: number;
  /** Distance between the quartiles of the slopes. */
  readonly noise: number;
  readonly bytes: number;
  readonly min: number;
  readonly max: number;
  readonly opaque: number;
  /** Estimates of other packages, by name; NaN if the result is not a number. */
  readonly others: Readonly<Record<string, number>>;
}

export interface AccuracyAnswer {
  /** Version of Node and V8. */
  readonly runtime: string;
  readonly rows: readonly AccuracyRow[];
}

/**
 * Number of batches. The first compiles code and makes hidden classes. The result is the median of
 * the slopes of the others.
 */
const BATCHES = 6;
const COLLECTIONS = 3;

const OTHERS: Readonly<Record<string, (value: unknown) => number>> = {
  "object-sizeof": (value) => objectSizeof(value as never),
  sizeof,
  "v8.serialize": (value) => serialize(value).length,
};

async function settledBytes(): Promise<number> {
  for (let i = 0; i < COLLECTIONS; i += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc!();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function measureTruth(count: number, make: (i: number) => unknown): Promise<Spread> {
  // Filled before, so that the slots for the values do not count. Not filled with undefined: newer
  // engines keep doubles unboxed in an array that also has undefined.
  const held = new Array<unknown>(BATCHES * count).fill(null);
  const slopes: number[] = [];
  let before: number | undefined;
  for (let batch = 0; batch < BATCHES; batch += 1) {
    for (let i = batch * count; i < (batch + 1) * count; i += 1) held[i] = make(i);
    const after = await settledBytes();
    if (before !== undefined) slopes.push((after - before) / count);
    before = after;
  }
  if (held.length !== BATCHES * count) throw new Error("Cannot measure sizes: values were lost");
  return spreadOf(slopes);
}

function ask(estimate: (value: unknown) => number, value: unknown): number {
  try {
    const answer: unknown = estimate(value);
    return typeof answer === "number" ? answer : NaN;
  } catch {
    return NaN;
  }
}

async function measureRow(name: string): Promise<AccuracyRow> {
  const { count, make, hidden } = VALUES[name]!;
  const { median: truth, lower, upper } = await measureTruth(count, make);
  // Each arm gets a value of its own, because reading a concatenation changes it.
  const { bytes, min, max, opaque } = measure(make(1234));
  const others = Object.fromEntries(
    Object.entries(OTHERS).map(([other, estimate]) => [other, ask(estimate, make(1234))]),
  );
  return { name, hidden, truth, noise: upper - lower, bytes, min, max, opaque, others };
}

async function measureAccuracy({ names }: AccuracyTask): Promise<AccuracyAnswer> {
  const rows: AccuracyRow[] = [];
  for (const name of names) rows.push(await measureRow(name));
  const { node, v8 } = process.versions;
  return { runtime: `Node ${node}, V8 ${v8}`, rows };
}

answerTask(measureAccuracy);
