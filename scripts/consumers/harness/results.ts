import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** The result of a set-up. */
export interface Result {
  readonly title: string;
  /** The day of the run, as `2026-11-30`. */
  readonly date: string;
  /** The version of Node, or of the other runtime, with its name. */
  readonly runtime: string;
  /** Versions by tool. */
  readonly tools: Readonly<Record<string, string>>;
  /** Advice for users, if the set-up does not work. */
  readonly remedy?: string;
}

/** Results by the name of the set-up. */
export type Results = Readonly<Record<string, Result>>;

/** The results of earlier runs. */
export function readResults(path: string): Results {
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Results) : {};
}

/** Keeps the results of the set-ups in `names`, in their order. */
export function writeResults(path: string, results: Results, names: readonly string[]): void {
  const kept = names.filter((name) => name in results).map((name) => [name, results[name]]);
  writeFileSync(path, `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`);
}
