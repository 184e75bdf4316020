/**
 * Knows in which scope the code runs: a call of `use` within another one, across every `await`. With it
 * a pool sees that everybody who could release waits for another loan.
 */
export interface LoanScopes {
  /** The scope of the innermost `use` around this code, or undefined. */
  current(): object | undefined;
  /** Runs `run` in this scope. */
  run<R>(scope: object, run: () => R): R;
}
