/** The result of a walk. */
export interface WalkReport {
  readonly steps: number;
  /** Number of loans. */
  readonly loans: number;
  readonly errors: readonly string[];
  readonly log: readonly string[];
}
