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
  const owner: LoanScopes = {
    current: () => {
      let frame = frames.getStore();
      while (frame !== undefined && frame.owner !== owner) frame = frame.outer;
      return frame?.scope;
    },
    run: (scope, run) =>
      frames.run({ owner, scope, outer: without(owner, frames.getStore()) }, run),
  };
  return owner;
}

/** The scope of one pool in an async context, and the scopes of other pools around it. */
interface Frame {
  readonly owner: LoanScopes;
  readonly scope: object;
  readonly outer: Frame | undefined;
}

/**
 * One storage for all pools, because Node 20 and 22 keep each storage that was used until it is
 * disabled, and nothing tells when the last callback of a pool has ended.
 */
const frames = new AsyncLocalStorage<Frame>();

/**
 * The frames without that of one owner. So there is one frame for each pool, however often a
 * callback begins the next one within its own context.
 */
function without(owner: LoanScopes, frame: Frame | undefined): Frame | undefined {
  if (frame === undefined || frame.owner === owner) return frame?.outer;
  const outer = without(owner, frame.outer);
  return outer === frame.outer ? frame : { ...frame, outer };
}
