import { attempt } from "../host/attempt.ts";

/** Slots of a slice before it looks at the time, so that a small cache is swept in one slice. */
export const MANY_SLOTS: number = 2048;
/** Slots that a call sweeps if the rest follows anyway in a macrotask of its own. */
export const FEW_SLOTS: number = 16;
/** Slots between two looks at the time. */
const SLOTS = 64;
/** The length of a slice after its first look at the time, ms. */
const LONGEST_SLICE = 2;

interface Host {
  readonly performance?: { now(): number };
}

/**
 * The time of the host, not of the cache, whose clock may be a fake. If the time of the host stands
 * still, a slice does not end.
 */
const host = globalThis as unknown as Host;

/**
 * The part of a sweep that one call does: `slots` slots, and for `MANY_SLOTS` as many more as 2 ms
 * suffice for. The caller asks before each slot whether the slice goes on.
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
