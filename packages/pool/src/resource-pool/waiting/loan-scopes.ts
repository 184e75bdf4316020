/**
 * Knows in which call of `use` the code runs, across every `await`. With it a pool sees that all
 * borrowers that could release a resource wait for another one. `asyncLoanScopes()` of
 * `@heapwise/pool/node` is an implementation for Node, Bun and Deno.
 */
export interface LoanScopes {
  /** The scope of the innermost `use` around this code, or undefined outside of every `use`. */
  current(): object | undefined;
  /** Runs `run` in this scope, and returns what it returns. */
  run<R>(scope: object, run: () => R): R;
}
