import type { EntryTable } from "../table/entry-table.ts";
import type { Expiry } from "../expiry/expiry.ts";
import type { Disposal } from "../removal/disposal.ts";
import type { WriteOptions } from "../cache/options.ts";
import type { Slot } from "../policy/policy.ts";
import type { RemovalCause } from "../removal/removal-queue.ts";
import type { StatsCounter } from "../observation/stats.ts";
import type { Found } from "./found.ts";

/** The cache, as its loading sees it. */
export interface LoadingHost<K, V> {
  readonly slots: Pick<EntryTable<K, V, StatsCounter>, "find" | "stats" | "value">;
  readonly expiry: () => Expiry<K, V> | undefined;
  /** Who has which value in hand; undefined in a cache that has never lent or disposed of any. */
  readonly disposal: () => Disposal<K, V> | undefined;
  /** Whether observers are told of each use. */
  readonly isObserved: boolean;
  /** The slot of an entry, live or stale at the last reading of the clock, or 0. Not counted. */
  readonly find: (key: K) => Slot;
  readonly isDisposed: () => boolean;
  /** The value of a live entry, and whether it is due for a refresh; counted as `get` does. Reads the clock. */
  readonly use: (key: K) => Found<V> | undefined;
  /** What `set` does, but for its listeners, which `finish` runs. */
  readonly write: (key: K, value: V, options: WriteOptions | undefined) => void;
  /** Lets go of the entries of some keys that are over, and calls the listeners. */
  readonly expire: (keys: readonly K[]) => void;
  /** Deletes the entry of a key, which a load has found to be gone. Listeners run in `finish`. */
  readonly remove: (key: K) => void;
  /** Reports a value that was made and not stored, which is then disposed of. Listeners run in `finish`. */
  readonly refuse: (key: K, value: V, cause: RemovalCause) => void;
  readonly finish: () => void;
}
