import { checkObject, print, refuse, type Check } from "../read-options.ts";
import type { LRUCacheOptions } from "../options.ts";
import type { RemovalListener } from "../removal.ts";

/** Throws a TypeError for observers that are none. */
export const checkObservers: Check = (action, name, observers) => {
  if (!Array.isArray(observers)) refuse(action, `${name} is ${print(observers)}`, "an array");
  // With the holes, which forEach passes over.
  for (const [i, one] of observers.entries()) checkObject(action, `${name}[${i}]`, one);
};

/** Who hears of removals: observers, and then the listener of the cache. */
export function removalListeners<K, V>({
  onRemoval,
  observers = [],
}: LRUCacheOptions<K, V>): RemovalListener<K, V>[] {
  const listeners: RemovalListener<K, V>[] = observers
    .filter((observer) => observer.removed !== undefined)
    .map((observer) => (key, _value, cause) => observer.removed!(key, cause));
  return onRemoval === undefined ? listeners : [...listeners, onRemoval];
}
