import type { Slot } from "../policy/policy.ts";
import type { RemovalCause, RemovalListener } from "./removal-queue.ts";
import type { CacheObserver } from "../observation/cache-observer.ts";

const EVENTS = ["hit", "miss", "inserted", "rejected"] as const;

/** The events of observers besides removals and loads, by the names of the methods. */
export type CacheEvent = (typeof EVENTS)[number];

/** Decides whether a read may take the short path, which calls no observer. */
export interface Gate {
  isSurelyLive(slot: Slot): boolean;
  readonly isDue: boolean;
}

/** The gate of a cache whose observers are called for each read. */
export const closedGate: Gate = { isSurelyLive: () => false, isDue: true };

/** Whether an observer has a method for one of these events. */
export function hasEvents(observers: readonly CacheObserver[] = []): boolean {
  return observers.some((observer) => EVENTS.some((event) => observer[event] !== undefined));
}

/** The options of a cache that name listeners. */
export interface ListenerOptions<K, V> {
  readonly onRemoval?: RemovalListener<K, V> | undefined;
  readonly observers?: readonly CacheObserver[] | undefined;
}

/**
 * The listeners of removals: the observers, and then the listener of the cache. An event takes the
 * same way as a removal, with its name as the cause.
 */
export function removalListeners<K, V>({
  onRemoval,
  observers = [],
}: ListenerOptions<K, V>): RemovalListener<K, V>[] {
  const listeners: RemovalListener<K, V>[] = observers
    .filter((observer) => observer.removed !== undefined || hasEvents([observer]))
    .map((observer) => (key, value, given) => {
      const cause = given as RemovalCause | CacheEvent;
      if (cause === "hit" || cause === "miss") observer[cause]?.(key);
      else if (cause === "inserted" || cause === "rejected") observer[cause]?.(key, value);
      else observer.removed?.(key, cause);
    });
  if (onRemoval !== undefined) {
    const removalsOnly: RemovalListener<K, V> = (key, value, cause) => {
      if (!EVENTS.includes(cause as never)) onRemoval(key, value, cause);
    };
    listeners.push(hasEvents(observers) ? removalsOnly : onRemoval);
  }
  return listeners;
}
