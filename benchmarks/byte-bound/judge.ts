import type { Held } from "./hold.ts";
import type { Kind } from "./kinds/kind.ts";

/** The most that a cache may hold, relative to its bound, and the least if sizes are certain. */
export const MOST = 1.15;
export const LEAST = 0.85;
/** Sizes are certain if the upper bound is above the lower one by at most this factor. */
const SURE = 1.15;

/** How certain the size of a kind is. */
export type Sureness = "sure" | "wide" | "opaque";

export function surenessOf({ min, max, minOnce, maxOnce }: Held): Sureness {
  if (max === Infinity) return "opaque";
  return max <= SURE * min || maxOnce <= SURE * minOnce ? "sure" : "wide";
}

/** The faults of a kind, in words; empty if it has none. */
export function faultsOf(kind: Kind, held: Held, maxBytes: number): string[] {
  const { grown, bytes, entries, opaque } = held;
  const percent = (part: number): string => `${(100 * part).toFixed(1)}%`;
  const sureness = surenessOf(held);
  const part = grown / maxBytes;
  const isOpaque = kind.isOpaque === true;
  const faults: string[] = [];
  if (bytes > maxBytes) faults.push(`bytes() is ${percent(bytes / maxBytes)} of the bound`);
  if (isOpaque !== (sureness === "opaque")) faults.push(`measure says ${sureness}`);
  if (opaque !== (isOpaque ? entries : 0)) faults.push(`${opaque} of ${entries} counted as opaque`);
  if (kind.unseen !== undefined) return faults;
  if (sureness === "sure" && part < LEAST) faults.push(`holds only ${percent(part)}`);
  if (part > MOST && !isOpaque) faults.push(`holds ${percent(part)}`);
  return faults;
}
