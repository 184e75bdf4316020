import type { SetOptions } from "../options.ts";
import type { Slot } from "../policy/policy.ts";
import type { StatsCounter } from "../stats.ts";
import type { Schedule } from "./deadline.ts";

/** The cache, as its loading sees it. */
export interface LoadingHost<K, V> {
  isDisposed(): boolean;
  stats(): StatsCounter;
  /** That of an injected clock. */
  readonly schedule: Schedule | undefined;
  now(): number;
  /** The slot of a live entry, or 0; counted as `get` does. Reads the clock. */
  use(key: K): Slot;
  /** The slot of an entry, live or stale at the last reading of the clock, or 0. Not counted. */
  find(key: K): Slot;
  value(slot: Slot): V;
  /** Time from the write to the last reading of the clock, ms. */
  age(slot: Slot): number;
  /** Time from the expiry to the last reading of the clock, ms; below 0 while the entry is live. */
  staleness(slot: Slot): number;
  /** What `set` does, but for its listeners, which `finish` runs. */
  write(key: K, value: V, options: SetOptions | undefined): void;
  finish(): void;
  /** What is to be waited for before a key may be loaded: the disposal of its old values. */
  closing(key: K): Promise<void> | undefined;
  /** Disposes of a loaded value that nobody gets to see. */
  discard(key: K, value: V): void;
}
