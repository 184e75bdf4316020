import { checkObject, print, refuse, type Check } from "../check-options.ts";
import type { LRUCacheOptions } from "../options.ts";
import type { RemovalListener } from "../removal.ts";

/** Throws a TypeError for observers that are none. */
export const checkObservers: Check = (action, name, observers) => {
  if (!Array.isArray(observers)) refuse(action, `${name} is ${print(observers)}`, "an array");
  (observers as unknown[]).forEach((one, i) => checkObject(action, `${name}[${i}]`, one));
};

/** The listener of a cache and its observers in one; undefined where nobody listens. */
export function observedListener<K, V>({
  onRemoval,
  observers = [],
}: LRUCacheOptions<K, V>): RemovalListener<K, V> | undefined {
  const listening = observers.filter((observer) => observer.removed !== undefined);
  if (listening.length === 0) return onRemoval;
  const listeners: RemovalListener<K, V>[] = listening.map(
    (observer) => (key, _value, cause) => observer.removed!(key, cause),
  );
  if (onRemoval !== undefined) listeners.push(onRemoval);
  return (key, value, cause) => {
    let failure: { error: unknown } | undefined;
    for (const listener of listeners) {
      try {
        listener(key, value, cause);
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
  };
}
