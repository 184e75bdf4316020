import type { Expiry } from "./expiry/expiry.ts";
import type { Slot } from "./policy/policy.ts";

/** What a cache knows of one entry. */
export interface EntryInfo {
  /** What the entry counts against `maxWeight`. */
  weight: number;
  /** Since it was written, ms. In a cache that knows time. */
  age?: number;
  /** Since it was used last, ms. In a cache with `idleTtl`. */
  idle?: number;
  /** Until it expires if it is not used before, ms. Left out where it does not expire. */
  expiresIn?: number;
}

/** What there is to know of the entry in a slot, at the time of the last reading of the clock. */
export function entryInfoOf(
  slot: Slot,
  weight: number,
  expiry: Expiry<never, never> | undefined,
): EntryInfo {
  const info: EntryInfo = { weight };
  if (expiry === undefined) return info;
  const { written, used, absentFrom } = expiry.timesOf(slot);
  info.age = expiry.now - written;
  if (used !== undefined) info.idle = expiry.now - used;
  if (absentFrom !== Infinity) info.expiresIn = absentFrom - expiry.now;
  return info;
}
