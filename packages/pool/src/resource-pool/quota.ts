import type { PoolState } from "../errors.ts";
import type { Holder } from "../lease.ts";
import type { Waiter } from "./waiter-queue.ts";

/** The share of a core in a bound that it has together with others: that of a KeyedPool. */
export interface Quota {
  /** Most calls that wait, over all keys. */
  readonly maxWaiters: number;
  /** Takes room for one resource; false if there is none, or if others have waited longer for it. */
  take(): boolean;
  /** Gives back the room of a resource that was not made. */
  give(): void;
  /** Called when a resource begins to leave. */
  leave(): void;
  /** Called when it has left: its room is free. */
  left(): void;
  /** Whether others have waited longer than this one, and nothing is on its way to them. */
  mustYield(waiter: Waiter<never>): boolean;
  /** For how many who wait for this key there is room, idle resources of other keys among it, beside what others claim. */
  room(): number;
  /** Whether as many calls wait, over all keys, as may beside those for which there is room. */
  isCrowded(): boolean;
  /** Whether all keys are being changed: nobody is served before all of them have been. */
  isHeld(): boolean;
  /** Whether there are more resources than there may be. */
  isOver(): boolean;
  /** Whether nobody can release who holds what this one waits for. */
  isStuck(waiter: Waiter<never>): boolean;
  /** Who has what, over all keys, the oldest loan first. */
  holders(): Holder[];
  /** What errors tell of the key and of all keys. */
  state(): Pick<PoolState, "key" | "all">;
  /** Called when the core has come to rest: what it wants and has may have changed. */
  changed(): void;
}
