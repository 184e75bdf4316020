import type { Slot } from "./slot.ts";
import type { Waiter } from "./waiter-queue.ts";

/** The scope of a call of `use`: the loan that it holds, inside the scope in which it was called. */
export interface UseScope {
  readonly parent: object | undefined;
}

/**
 * Whether nobody can release: the scope of every loan is around somebody who waits. A loan without a
 * scope, taken by `acquire`, may be released by anybody, so that there is no deadlock then.
 */
export function isDeadlock<T, L>(leased: Iterable<Slot<T>>, waiters: Iterable<Waiter<L>>): boolean {
  const stuck = new Set<object>();
  for (const { purpose } of waiters) {
    for (let at = purpose.askedIn; at !== undefined; at = (at as UseScope).parent) stuck.add(at);
  }
  for (const { scope } of leased) if (scope === undefined || !stuck.has(scope)) return false;
  return true;
}
