import { checker, isObject, print, refuse } from "../checks/read-options.ts";
import type { Expiry, StoredTimes } from "../expiry/expiry.ts";
import type { WriteOptions } from "./options.ts";
import { hottestFirst } from "../policy/parts/in-order.ts";
import type { EvictionPolicy } from "../policy/policy.ts";
import type { SlotStore } from "../table/slot-store.ts";
import { readTags } from "../tags/read-tags.ts";
import type { TagIndex } from "../tags/tag-index.ts";

/**
 * The entries of a cache as plain data, as `snapshot()` returns them and `LRUCache.from` reads
 * them. A snapshot can be cloned or serialized with whatever works for its keys and values.
 */
export interface Snapshot<K, V> {
  /** The version of the format. */
  readonly version: 1;
  /** From the hottest to the coldest. */
  readonly entries: readonly SnapshotEntry<K, V>[];
}

/** One entry of a snapshot. */
export interface SnapshotEntry<K, V> extends StoredTimes {
  /** The key, as it is stored. */
  readonly key: K;
  /** The value. Absent in JSON if it is undefined. */
  readonly value: V;
  /** Weight in the unit of the cache; absent if every entry weighs 1. */
  readonly weight?: number;
  /** Tags; absent if the entry has none. */
  readonly tags?: string[];
}

const checkTime = /* @__PURE__ */ checker("milliseconds since 1970", Number.isFinite);

/** Throws a TypeError if a value is not a snapshot. */
export function checkSnapshot(snapshot: Snapshot<unknown, unknown>): void {
  const action = "restore cache";
  const { version, entries } = (snapshot as typeof snapshot | null | undefined) ?? {};
  if (version !== 1 || !Array.isArray(entries)) {
    refuse(action, `snapshot is ${print(snapshot)}`, "the result of snapshot() (version 1)");
  }
}

/** An entry of a snapshot. Throws if it cannot be read. */
export function checkEntry<K, V>(entry: SnapshotEntry<K, V>): SnapshotEntry<K, V> {
  const action = "restore entry";
  // JSON omits a value of undefined.
  if (!isObject(entry) || !("key" in entry)) {
    refuse(action, `it is ${print(entry)}`, "an object with a key");
  }
  for (const name of ["expiresAt", "writtenAt", "usedAt"] as const) {
    if (entry[name] !== undefined) checkTime(action, name, entry[name]);
  }
  if (entry.tags !== undefined) readTags(action, entry.tags);
  return entry;
}

/** The options that an entry of a snapshot is written with; undefined if it needs none. */
export function ownOptions(
  entry: SnapshotEntry<unknown, unknown>,
  keepsWeight: boolean,
): WriteOptions | undefined {
  const { weight, refreshAfter, tags } = entry;
  const isPlain = refreshAfter === undefined && tags === undefined && !hasStoredTimes(entry);
  if (isPlain && !keepsWeight) return undefined;
  return {
    tags,
    weight: keepsWeight ? weight : undefined,
    refreshAfter: refreshAfter === null ? Infinity : refreshAfter,
  };
}

/**
 * The error that reports how many entries could not be read. Its cause is the error of the first
 * one.
 */
export function unreadEntries(unread: number, entries: number, cause: unknown): Error {
  return new Error(
    `Cannot restore cache: ${unread} of ${entries} entries cannot be read, expected what snapshot() returned`,
    { cause },
  );
}

/** Whether an entry of a snapshot has times. */
export function hasStoredTimes({ writtenAt, usedAt, expiresAt }: StoredTimes): boolean {
  return (writtenAt ?? usedAt ?? expiresAt) !== undefined;
}

/** A table whose clock was just read. */
interface Source<K, V> extends SlotStore<K, V> {
  readonly policy: EvictionPolicy;
  readonly expiry: Expiry<K, V> | undefined;
  readonly tags: TagIndex | undefined;
}

/** The entries of a table as plain data, except entries that are over. */
export function takeSnapshot<K, V>(table: Source<K, V>): Snapshot<K, V> {
  const { expiry } = table;
  const offset = expiry === undefined ? 0 : Date.now() - expiry.now;
  const entries: SnapshotEntry<K, V>[] = [];
  for (const slot of hottestFirst(table.policy)) {
    if (expiry?.isOver(slot)) continue;
    const tags = table.tags?.tagsOf(slot);
    entries.push({
      key: table.key(slot),
      value: table.value(slot),
      ...(table.weights !== undefined && { weight: table.weightOf(slot) }),
      ...(tags !== undefined && { tags: [...tags] }),
      ...expiry?.storedTimesOf(slot, offset),
    });
  }
  return { version: 1, entries };
}
