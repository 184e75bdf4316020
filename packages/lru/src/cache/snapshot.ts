import { checker, isObject, print, refuse } from "../checks/read-options.ts";
import type { Expiry, StoredTimes } from "../expiry/expiry.ts";
import type { WriteOptions } from "./options.ts";
import type { Slot } from "../policy/policy.ts";
import type { SlotStore } from "../table/slot-store.ts";
import { readTags } from "../tags/read-tags.ts";
import type { TagIndex } from "../tags/tag-index.ts";

/** The content of a cache as plain data: what its keys and values can be copied or stored by, it can. */
export interface Snapshot<K, V> {
  readonly version: 1;
  /** From the hottest to the coldest. */
  readonly entries: readonly SnapshotEntry<K, V>[];
}

/** One entry of a snapshot. */
export interface SnapshotEntry<K, V> extends StoredTimes {
  readonly key: K;
  readonly value: V;
  /** Weight in the unit of the cache; absent where every entry weighs 1. */
  readonly weight?: number;
  /** Tags; absent if the entry has none. */
  readonly tags?: string[];
}

const checkTime = /* @__PURE__ */ checker("milliseconds since 1970", Number.isFinite);

/** Throws a TypeError for what is no snapshot. */
export function checkSnapshot(snapshot: Snapshot<unknown, unknown>): void {
  const action = "restore cache";
  const { version, entries } = (snapshot as typeof snapshot | null | undefined) ?? {};
  if (version !== 1 || !Array.isArray(entries)) {
    refuse(action, `snapshot is ${print(snapshot)}`, "the result of snapshot() (version 1)");
  }
}

/** An entry of a snapshot. Throws for a bad one. */
export function checkEntry<K, V>(entry: SnapshotEntry<K, V>): SnapshotEntry<K, V> {
  const action = "restore entry";
  // A value that is not there is `undefined`, which JSON leaves out.
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
  { weight, refreshAfter, tags }: SnapshotEntry<unknown, unknown>,
  keepsWeight: boolean,
): WriteOptions | undefined {
  if (!keepsWeight && refreshAfter === undefined && tags === undefined) return undefined;
  return {
    tags,
    weight: keepsWeight ? weight : undefined,
    refreshAfter: refreshAfter === null ? Infinity : refreshAfter,
  };
}

/** The error that tells of the entries which could not be read, and why the first one could not. */
export function leftOut(unread: number, entries: number, cause: unknown): Error {
  return new Error(
    `Cannot restore cache: ${unread} of ${entries} entries cannot be read, expected what snapshot() returned`,
    { cause },
  );
}

/** Whether anything is stored of the times of an entry. */
export function hasStoredTimes({ writtenAt, usedAt, expiresAt }: StoredTimes): boolean {
  return (writtenAt ?? usedAt ?? expiresAt) !== undefined;
}

/** The content of the slots of a cache as plain data, but for what is to leave. */
export function takeSnapshot<K, V>(
  store: SlotStore<K, V>,
  slots: Iterable<Slot>,
  expiry: Expiry<K, V> | undefined,
  index: TagIndex | undefined,
): Snapshot<K, V> {
  const offset = expiry === undefined ? 0 : Date.now() - expiry.now;
  const entries: SnapshotEntry<K, V>[] = [];
  for (const slot of slots) {
    if (expiry?.isOver(slot)) continue;
    const tags = index?.tagsOf(slot);
    entries.push({
      key: store.key(slot),
      value: store.value(slot),
      ...(store.weights !== undefined && { weight: store.weightOf(slot) }),
      ...(tags !== undefined && { tags: [...tags] }),
      ...expiry?.storedTimesOf(slot, offset),
    });
  }
  return { version: 1, entries };
}
