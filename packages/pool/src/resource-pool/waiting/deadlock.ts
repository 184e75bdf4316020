import type { Slot } from "../lending/slot.ts";
import type { Waiter } from "./waiter-queue.ts";

/**
 * The scope of a call of `use`: it holds one loan. `parent` is the nearest scope around it that had
 * not ended when a further one was opened.
 */
export interface UseScope {
  parent: UseScope | undefined;
  isOver: boolean;
}

/**
 * Opens a scope within another one. Scopes around it that have ended are unlinked: a callback may
 * begin the next `use` without awaiting it, and that one the next, so that the chain has no end.
 */
export function openScope(askedIn: object | undefined): UseScope {
  const scope: UseScope = { parent: askedIn as UseScope | undefined, isOver: false };
  for (let at: UseScope | undefined = scope; at !== undefined; at = at.parent) {
    while (at.parent?.isOver === true) at.parent = at.parent.parent;
  }
  return scope;
}

/** A pool, or a key of a keyed pool, as far as the detection of deadlocks reads it. */
export interface LoanGroup<T> {
  readonly room: { readonly queue: { toArray(): Waiter<never>[] } };
  readonly stock: {
    readonly slots: ReadonlySet<Slot<T>>;
    readonly leasedCount: number;
    leased(): Slot<T>[];
  };
  /** All resources that count against the bound. */
  readonly total: number;
  /** Whether the bound allows no further resource. */
  readonly isFull: boolean;
  readonly isSuspended: boolean;
}

interface Stuck<T> {
  readonly waiter: Waiter<never>;
  /** The loans that could serve the waiter: the end of any of them would do. */
  readonly loans: readonly Slot<T>[];
}

/**
 * Whether a waiter will never be served, because all holders that could release a resource to it
 * wait themselves, and will not be served either. A loan of `acquire` has no scope, and can end at
 * any time. `isFull` says whether the groups together are at a bound: then a loan of any group will
 * do.
 *
 * Starts with all waiters that only a release can serve, and removes those with a loan that may
 * end, until no further one is removed.
 */
export function isStuck<T>(
  waiter: Waiter<never>,
  groups: readonly LoanGroup<T>[],
  isFull: boolean,
): boolean {
  let stuck = groups.flatMap((group) => waitersOf(group, groups, isFull));
  for (;;) {
    const scopes = new Set<object>();
    for (const { waiter: each } of stuck) addScopes(each, scopes);
    const left = stuck.filter(({ loans }) =>
      loans.every(({ scope }) => scope !== undefined && scopes.has(scope)),
    );
    if (left.length === stuck.length) break;
    stuck = left;
  }
  return stuck.some((each) => each.waiter === waiter);
}

/** The waiters of a group that only a release can serve. */
function waitersOf<T>(
  group: LoanGroup<T>,
  groups: readonly LoanGroup<T>[],
  isFull: boolean,
): Stuck<T>[] {
  const sources = group.isFull ? [group] : groups;
  const isHopeful = group.isSuspended || (!group.isFull && !isFull);
  if (isHopeful || sources.some(isMoving)) return [];
  const loans = sources.flatMap((source) => source.stock.leased());
  return group.room.queue.toArray().map((waiter) => ({ waiter, loans }));
}

/** Whether a resource that is not leased may come to the waiters. */
function isMoving<T>({ stock, total }: LoanGroup<T>): boolean {
  const { size } = stock.slots;
  return size < total || stock.leasedCount < size;
}

function addScopes({ purpose }: Waiter<never>, scopes: Set<object>): void {
  for (let at = purpose.askedIn; at !== undefined; at = (at as UseScope).parent) scopes.add(at);
}
