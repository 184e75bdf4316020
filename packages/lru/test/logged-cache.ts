import { LRUCache, type LRUCacheOptions, type RemovalCause } from "@heapwise/lru";
import * as policies from "@heapwise/lru/policies";
import type { PolicyFactory } from "@heapwise/lru/policies";

/** A cache, and all removals that its listener was called with, in order. */
export interface LoggedCache<K, V> {
  readonly cache: LRUCache<K, V>;
  readonly log: [key: K, value: V, cause: RemovalCause][];
}

/** Creates a cache that logs its removals. A listener in the options is called after the log. */
export function loggedCache<K = string, V = unknown>(
  options: LRUCacheOptions<K, V>,
): LoggedCache<K, V> {
  const log: [K, V, RemovalCause][] = [];
  const cache = new LRUCache<K, V>({
    ...options,
    onRemoval: (key, value, cause) => {
      log.push([key, value, cause]);
      options.onRemoval?.(key, value, cause);
    },
  });
  return { cache, log };
}

/** Whether entries of the class under test expire: core.test.ts runs suites with the core class. */
export const HAS_TIME = "expireNow" in LRUCache.prototype;

/** Every policy of the package, by name. */
export const POLICIES: readonly (readonly [name: string, create: () => PolicyFactory])[] =
  Object.entries(policies);
