import { LRUCache, type LoadContext, type LRUCacheOptions } from "@heapwise/lru";
import type { Disposal, Hold, Loading, LoadingHost, RemovalQueue } from "@heapwise/lru/slots";

/**
 * The part of a load's context that a loader receives: the `signal`, and the `ttl` that it may set.
 */
export type WeakLoadContext = Pick<LoadContext<undefined>, "signal" | "ttl">;

/**
 * Loads the value of a key. If it returns undefined, the key has no value, and nothing is stored.
 * `context.signal` aborts when no caller waits any more. The loader may set `context.ttl`, in ms,
 * to say how long the loaded entry lives; if it sets 0 or less, the value is returned but not
 * stored.
 */
export type WeakLoader<K, V> = (key: K, context: WeakLoadContext) => V | PromiseLike<V>;

/** How many entries and callers hold each value, by value. The map holds the values weakly. */
export type WeakHolds<K, V> = WeakMap<WeakKey, Hold<K, V>>;

type Used =
  | "clear"
  | "delete"
  | "get"
  | "has"
  | "keys"
  | "max"
  | "peek"
  | "resetStats"
  | "set"
  | "size"
  | "stats"
  | "trim"
  | typeof Symbol.dispose;

/** The part of an `LRUCache`'s table that the weak cache uses. */
interface FrontTable<K, V> {
  readonly removals: RemovalQueue<K, V>;
  readonly stats: LoadingHost<K, V>["stats"];
  beginDisposal(objects: WeakHolds<K, V>): Disposal<K, V>;
  createLoading(host: LoadingHost<K, V>): Loading<K, V>;
}

/**
 * An `LRUCache` with its table, which only subclasses see. The front has no class of its own,
 * because a subclass would make the hits of all caches slower.
 */
export interface Front<K, V> extends Pick<LRUCache<K, V>, Used> {
  readonly entryTable: FrontTable<K, V>;
}

/** The keys of all entries, each until its entry expires. */
export type Times<K> = LRUCache<K, true>;

/** Creates the table of times. Calls `expire` with each key whose entry has expired. */
export function createTimes<K>(
  options: LRUCacheOptions<K, true>,
  expire: (key: K) => void,
): Times<K> {
  return new LRUCache<K, true>({
    ...options,
    unbounded: true,
    onRemoval: (key, _, cause) => {
      if (cause === "expired") expire(key);
    },
  });
}

/**
 * Creates a front. `onRemoval` must be set, because only then the front has a queue of removals.
 */
export function createFront<K, V>(options: LRUCacheOptions<K, V>): Front<K, V> {
  return new LRUCache(options) as unknown as Front<K, V>;
}
