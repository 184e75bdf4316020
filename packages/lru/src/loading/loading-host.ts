import type { WriteOptions } from "../cache/options.ts";
import type { Expiry } from "../expiry/expiry.ts";
import type { StatsCounter } from "../observation/stats.ts";
import type { Slot } from "../policy/policy.ts";
import type { Disposal } from "../removal/disposal.ts";
import type { RemovalCause, RemovalQueue } from "../removal/removal-queue.ts";
import type { Found } from "./found.ts";

/** The table of a cache, as its loads see it. */
export interface LoadingHost<K, V> {
  readonly stats: StatsCounter;
  /** Undefined until an entry can expire. */
  readonly expiry?: Expiry<K, V> | undefined;
  /** Undefined until the cache owns its values. */
  readonly disposal: Disposal<K, V> | undefined;
  /** Undefined unless observers are called for each hit and miss. */
  readonly events?: RemovalQueue<K, V> | undefined;
  /** The slot of a key, or 0. Does not count as a use. */
  find(key: K): Slot;
  /** The slot of an entry that was live or stale at the last reading of the clock, or 0. */
  findKept(key: K): Slot;
  value(slot: Slot): V;
  /**
   * The value of a live entry, and whether it is due for a refresh, or undefined.
   * Counts as `get`. Reads the clock if the entry may have expired, or may be due.
   */
  use(key: K): Found<V> | undefined;
  /** Does what `set` does, but for its listeners, which `afterChange` calls. `isOwn` is true. */
  write(key: K, value: V, options: WriteOptions | undefined, isOwn: boolean): void;
  /**
   * Removes those entries of some keys that are over, and calls the listeners. Only an exclusive
   * cache needs it.
   */
  expireKeys?(keys: readonly K[]): void;
  /**
   * Deletes the entry of a key for which a load has found no value. `afterChange` calls the
   * listeners. Only a cache that loads keys again while it has them needs it.
   */
  removeGone?(key: K): void;
  /**
   * Reports a value that was loaded and not stored, and disposes of it. `afterChange` calls the
   * listeners.
   */
  discard(key: K, value: V, cause: RemovalCause): void;
  afterChange(): void;
}
