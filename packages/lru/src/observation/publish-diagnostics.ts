/// <reference types="node" />
import { channel } from "node:diagnostics_channel";
import type { CacheObserver } from "./cache-observer.ts";

const removals = channel("heapwise:lru:removal");
const starts = channel("heapwise:lru:load:start");
const ends = channel("heapwise:lru:load:end");

/** The options of `publishDiagnostics`. */
export interface PublishOptions {
  /** Name of the cache, which each message contains. */
  name: string;
}

/**
 * Creates an observer that publishes to `node:diagnostics_channel`, for the option `observers`:
 *
 * - `heapwise:lru:removal`: `{ name, key, cause }` for each value that is removed;
 * - `heapwise:lru:load:start` and `heapwise:lru:load:end`: `{ name, load }`, with the same
 *   `LoadReport` object in both.
 *
 * A channel without subscribers gets no messages and costs next to nothing. Several caches may
 * share the observer.
 *
 * @returns The observer.
 * @throws {TypeError} If `name` is not a string.
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 * import { publishDiagnostics } from "@heapwise/lru/diagnostics";
 * import { subscribe } from "node:diagnostics_channel";
 *
 * const messages: unknown[] = [];
 * subscribe("heapwise:lru:removal", (message) => messages.push(message));
 * const observers = [publishDiagnostics({ name: "users" })];
 * const users = new LRUCache<string, number>({ max: 1, observers });
 * users.set("ada", 1).set("bob", 2);
 * messages; // => [{ name: "users", key: "ada", cause: "evicted" }]
 * ```
 */
export function publishDiagnostics({ name }: PublishOptions): CacheObserver {
  if (typeof name !== "string") {
    throw new TypeError(`Cannot publish diagnostics: name is ${typeof name}, expected a string`);
  }
  return {
    removed(key, cause) {
      if (removals.hasSubscribers) removals.publish({ name, key, cause });
    },
    loadStarted(load) {
      if (starts.hasSubscribers) starts.publish({ name, load });
    },
    loadEnded(load) {
      if (ends.hasSubscribers) ends.publish({ name, load });
    },
  };
}
