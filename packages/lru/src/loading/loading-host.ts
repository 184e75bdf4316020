import type { Expiry } from "../expiry/expiry.ts";
import type { EntryTable } from "../entry-table.ts";
import type { SetOptions } from "../options.ts";
import type { Slot } from "../policy/policy.ts";
import type { StatsCounter } from "../stats.ts";

/** The cache, as its loading sees it. */
export interface LoadingHost<K, V> {
  readonly slots: EntryTable<K, V, StatsCounter>;
  readonly expiry: () => Expiry<K, V> | undefined;
  readonly isDisposed: () => boolean;
  /** The slot of a live entry, or 0; counted as `get` does. Reads the clock. */
  readonly use: (key: K) => Slot;
  /** What `set` does, but for its listeners, which `finish` runs. */
  readonly write: (key: K, value: V, options: SetOptions | undefined) => void;
  readonly finish: () => void;
  /** What is to be waited for before a key may be loaded: the disposal of its old values. */
  readonly closing: (key: K) => Promise<void> | undefined;
  /** Disposes of a loaded value that nobody gets to see. */
  readonly discard: (key: K, value: V) => void;
}
