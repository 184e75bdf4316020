import { attempt } from "../host/attempt.ts";

/** Slots of a slice before it looks at the time: a small cache is swept at once. */
export const MANY_SLOTS: number = 2048;
/** Slots of a call, if the rest of the sweep follows anyway in a macrotask of its own. */
export const FEW_SLOTS: number = 16;
/** Slots from one look at the time to the next. */
const SLOTS = 64;
/** Time of a slice from its first look at the time on, ms. */
const LONGEST_SLICE = 2;

interface Host {
  readonly performance?: { now(): number };
}

/**
 * Not the clock of the cache, which may be a fake. Where the time of the host stands still, slices
 * have no end.
 */
const host = globalThis as unknown as Host;

/**
 * So much of a sweep as one call does: so many slots, and then, of `MANY_SLOTS`, what some
 * milliseconds are enough for. Tells before each slot whether it belongs to it.
 */
export function createSlice(slots: number): () => boolean {
  let left = slots;
  let end: number | undefined = slots === MANY_SLOTS ? undefined : -Infinity;
  return () => {
    if (--left >= 0) return true;
    left = SLOTS - 1;
    const now = attempt(() => host.performance!.now()) ?? Date.now();
    return now < (end ??= now + LONGEST_SLICE);
  };
}
