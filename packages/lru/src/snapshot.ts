import { print } from "./options.ts";

/** The content of a cache as plain data: what its keys and values can be copied or stored by, it can. */
export interface Snapshot<K, V> {
  readonly version: 1;
  /** From the hottest to the coldest. */
  readonly entries: readonly SnapshotEntry<K, V>[];
}

/** One entry of a snapshot. */
export interface SnapshotEntry<K, V> {
  readonly key: K;
  readonly value: V;
  /** Weight in the unit of the cache; absent where every entry weighs 1. */
  readonly weight?: number;
}

/** Throws a TypeError for what is no snapshot. */
export function checkSnapshot(snapshot: Snapshot<unknown, unknown>): void {
  const isObject = typeof snapshot === "object" && snapshot !== null;
  if (!isObject || snapshot.version !== 1 || !Array.isArray(snapshot.entries)) {
    throw new TypeError(
      `Cannot restore cache: snapshot is ${print(snapshot)}, expected the result of snapshot() (version 1)`,
    );
  }
  for (const entry of snapshot.entries) {
    if (typeof entry !== "object" || entry === null || !("key" in entry && "value" in entry)) {
      throw new TypeError(
        `Cannot restore cache: an entry is ${print(entry)}, expected an object with key and value`,
      );
    }
  }
}
