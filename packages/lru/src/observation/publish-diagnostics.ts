/// <reference types="node" />
import { channel } from "node:diagnostics_channel";
import type { CacheObserver } from "./cache-observer.ts";

const removals = channel("heapwise:lru:removal");
const starts = channel("heapwise:lru:load:start");
const ends = channel("heapwise:lru:load:end");

/** What tells the caches of a program apart. */
export interface PublishOptions {
  /** Name of the cache, in every message. */
  name: string;
}

/**
 * An observer that publishes to `node:diagnostics_channel`, for the option `observers`:
 *
 * - `heapwise:lru:removal`: `{ name, key, cause }` for each value that leaves;
 * - `heapwise:lru:load:start` and `heapwise:lru:load:end`: `{ name, load }`, the same `LoadReport`
 *   object in both.
 *
 * Nothing is made for a channel without subscribers.
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
