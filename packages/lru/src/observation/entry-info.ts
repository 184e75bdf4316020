import type { EntryTimes } from "../expiry/expiry.ts";

/** What a cache knows of one entry. */
export interface EntryInfo extends EntryTimes {
  /** What the entry counts against `maxWeight`; its bytes where only bytes are bounded, 1 where neither is. */
  weight: number;
}
