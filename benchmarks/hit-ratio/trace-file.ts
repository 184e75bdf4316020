import type { FormatName } from "./formats/format-names.ts";

/** How a file is to be read; what is not said is found out by its content. */
export interface ReadOptions {
  readonly format?: FormatName;
  /** Name of the column that holds the key, or its number from 1. For tables. */
  readonly column?: string;
  /** One character between columns. For tables. */
  readonly separator?: string;
  /** Name of the field that holds the key, as in `request.url`. For JSON lines. */
  readonly field?: string;
  /** Encoding of a text without a byte order mark; UTF-8 by default. */
  readonly encoding?: "utf8" | "utf16le" | "latin1";
}

/** A trace that is not read yet. */
export interface TraceFile {
  /** Different from all other names of a run. */
  readonly name: string;
  readonly path: string;
  /** What was recorded; empty if nothing says it. */
  readonly title: string;
  /** Cache sizes from the manifest, in entries; by the number of keys if it has none. */
  readonly capacities?: readonly number[];
  /** Number of requests that the manifest promises. */
  readonly requests?: number;
  readonly options?: ReadOptions;
}

/** A file or folder that is no trace, and why. */
export interface SkippedPath {
  readonly path: string;
  readonly reason: string;
}

/** Throws the error of all faults of a trace: one line with the path, what it is, and what to do. */
export function failTrace(path: string, found: string, expected: string, cause?: unknown): never {
  const options = cause === undefined ? undefined : { cause };
  throw new Error(`Cannot read trace ${path}: ${found}, expected ${expected}`, options);
}
