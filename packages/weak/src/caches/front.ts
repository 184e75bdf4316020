import { LRUCache, type LoadContext, type LRUCacheOptions } from "@heapwise/lru";
import type { Disposal, Hold, Loading, LoadingHost, RemovalQueue } from "@heapwise/lru/slots";

/** What a loader is told, and what it may tell of the entry that it makes. */
export type WeakLoadContext = Pick<LoadContext<undefined>, "signal" | "ttl">;

/** Makes the value of a key. A value of undefined says that there is none. */
export type WeakLoader<K, V> = (key: K, context: WeakLoadContext) => V | PromiseLike<V>;

/** The holds of values that are held weakly. */
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

/** The table of an `LRUCache`, as far as the weak cache uses it. */
interface FrontTable<K, V> {
  readonly removals: RemovalQueue<K, V>;
  readonly stats: LoadingHost<K, V>["stats"];
  beginDisposal(objects: WeakHolds<K, V>): Disposal<K, V>;
  createLoading(host: LoadingHost<K, V>): Loading<K, V>;
}

/**
 * An `LRUCache`, with its table, which only subclasses see. The front has no class of its own, because
 * that would make the hits of all caches slower.
 */
export interface Front<K, V> extends Pick<LRUCache<K, V>, Used> {
  readonly table: FrontTable<K, V>;
}

/** Keys, each until the time of its entry is over. */
export type Times<K> = LRUCache<K, true>;

/** `expire` is called with each key whose time was over. */
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

/** `onRemoval` is to be given, so that there is a queue of removals. */
export function createFront<K, V>(options: LRUCacheOptions<K, V>): Front<K, V> {
  return new LRUCache(options) as unknown as Front<K, V>;
}
