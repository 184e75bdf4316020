import type { FormatName } from "./formats/format-names.ts";

/** How to read a file. An option that is not set is found by the content of the file. */
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
  /** A description of the recorded data; empty if there is none. */
  readonly title: string;
  /** Cache sizes from the manifest, in entries. By default they depend on the number of keys. */
  readonly capacities?: readonly number[];
  /** Number of requests according to the manifest. */
  readonly requests?: number;
  readonly options?: ReadOptions;
}

/** A file or folder that is not a trace, and the reason. */
export interface SkippedPath {
  readonly path: string;
  readonly reason: string;
}

/**
 * Throws the error for each fault of a trace: one line with the path, the fault, and the expected
 * input.
 */
export function failTrace(path: string, found: string, expected: string, cause?: unknown): never {
  const options = cause === undefined ? undefined : { cause };
  throw new Error(`Cannot read trace ${path}: ${found}, expected ${expected}`, options);
}
