/** What a walk has come to. */
export interface WalkReport {
  readonly steps: number;
  /** Loans that were had. */
  readonly loans: number;
  readonly errors: readonly string[];
  readonly log: readonly string[];
}
