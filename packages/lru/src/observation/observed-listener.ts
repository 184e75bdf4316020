import { print } from "../check-function.ts";
import type { LRUCacheOptions } from "../options.ts";
import type { RemovalListener } from "../removal.ts";

/** Throws a TypeError for observers that are none. */
export function checkObservers(observers: unknown): void {
  if (observers === undefined) return;
  const isList = Array.isArray(observers);
  for (const observer of isList ? (observers as unknown[]) : [undefined]) {
    if (typeof observer === "object" && observer !== null) continue;
    const shown = isList ? print(observer) : print(observers);
    throw new TypeError(
      `Cannot create cache: observers has ${shown}, expected an array of observers`,
    );
  }
}

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
