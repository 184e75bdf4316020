/// <reference types="node" />
import { AsyncLocalStorage } from "node:async_hooks";
import type { LoanScopes } from "./resource-pool/waiting/loan-scopes.ts";

/**
 * Scopes that follow the async context, for the option `scopes` of a ResourcePool or KeyedPool.
 * With them a pool sees a deadlock: each holder of a loan by `use` waits for another loan. The last
 * of these calls is refused at once with a PoolExhaustedError whose `reason` is "deadlock". Without
 * `scopes` all of them would run into their timeouts.
 *
 * Scopes assume that a callback of `use` awaits the loans that it asks for. A lease of `acquire`
 * may be released by any code, so that no call is refused while such a lease is out. For Node, Deno
 * and Bun.
 *
 * @example
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
