import type { EvaluationRecord } from "./evaluation-record.ts";
import type { Binding } from "./namespace.ts";

/**
 * The exports of a module under a name: a variable, two different ones of two `export *`, or
 * nothing. `later` if that is known only after its evaluation, as for CommonJS.
 */
export type Resolution = Binding | "ambiguous" | "missing" | "later";

/** The modules and names that a search for a name has passed. */
export type Passed = Map<object, Set<string>>;

/** What ES modules and CommonJS modules need to know of a module that they use. */
export interface Unit {
  /** How it is evaluated; undefined if that has happened outside of the host. */
  readonly record: EvaluationRecord | undefined;
  /** What `import` gives: the same object before and after the evaluation. */
  readonly namespace: object;
  readonly isCommonJs: boolean;
  /** Whether not all of its names are known yet. */
  isOpen(passed: Set<object>): boolean;
  /** The names that it exports, as far as they are known. */
  names(passed: Set<object>): Iterable<string>;
  resolve(name: string, passed: Passed): Resolution;
  /** Checks its imports, and makes its variables; that of its imports too. */
  link(): Promise<unknown> | undefined;
  /** What `require` gives, after an evaluation at once. */
  requireNow(): unknown;
}
