/// <reference types="node" />
import { AsyncLocalStorage } from "node:async_hooks";
import type { LoanScopes } from "./resource-pool/waiting/loan-scopes.ts";

/**
 * Scopes that follow the async context, for the option `scopes`: a pool then sees when everybody who
 * holds a loan by `use` waits for another one, and refuses the last of them at once with a
 * PoolExhaustedError (`reason: "deadlock"`), where without it all would run into their timeouts.
 *
 * It takes for granted that a callback of `use` awaits the loans it asks for. A lease of `acquire` may
 * be given back by anybody, so that nobody is refused while one is out.
 *
 * ```ts
 * import { ResourcePool } from "@heapwise/pool";
 * import { asyncLoanScopes } from "@heapwise/pool/node";
 *
 * const pool = new ResourcePool({ create: () => ({}), max: 1, scopes: asyncLoanScopes() });
 * const nested = pool.use(() => pool.use(() => "never"));
 * await nested.catch((error: { reason: string }) => error.reason); // => "deadlock"
 * await pool.close();
 * ```
 */
export function asyncLoanScopes(): LoanScopes {
  const storage = new AsyncLocalStorage<object>();
  return {
    current: () => storage.getStore(),
    run: (scope, run) => storage.run(scope, run),
  };
}
