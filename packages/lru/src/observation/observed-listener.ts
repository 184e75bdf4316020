import type { LRUCacheOptions } from "../options.ts";
import type { RemovalListener } from "../removal.ts";

/** The listener of a cache and its observers in one; undefined where nobody listens. */
export function observedListener<K, V>({
  onRemoval,
  observers = [],
}: LRUCacheOptions<K, V>): RemovalListener<K, V> | undefined {
  const listening = observers.filter((observer) => observer.removed !== undefined);
  if (listening.length === 0) return onRemoval;
  return (key, value, cause) => {
    try {
      for (const observer of listening) observer.removed!(key, cause);
    } finally {
      onRemoval?.(key, value, cause);
    }
  };
}
