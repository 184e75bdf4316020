import { checker, print, refuse } from "./read-options.ts";
import type { Expiry, StoredTimes } from "./expiry/expiry.ts";
import type { Slot } from "./policy/policy.ts";
import type { SlotStore } from "./store/slot-store.ts";
import { readTags } from "./tags/read-tags.ts";
import type { TagIndex } from "./tags/tag-index.ts";

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
  for (const entry of entries as SnapshotEntry<unknown, unknown>[]) {
    if (typeof entry !== "object" || entry === null || !("key" in entry && "value" in entry)) {
      refuse(action, `an entry is ${print(entry)}`, "an object with key and value");
    }
    for (const name of ["expiresAt", "writtenAt", "usedAt"] as const) {
      if (entry[name] !== undefined) checkTime(action, name, entry[name]);
    }
    if (entry.tags !== undefined) readTags(action, entry.tags);
  }
}

/** Whether anything is stored of the times of an entry. */
export function knowsTime({ writtenAt, usedAt, expiresAt }: StoredTimes): boolean {
  return (writtenAt ?? usedAt ?? expiresAt) !== undefined;
}

/** The content of some live slots as plain data. */
export function takeSnapshot<K, V>(
  store: SlotStore<K, V>,
  slots: Iterable<Slot>,
  expiry: Expiry<K, V> | undefined,
  index: TagIndex | undefined,
): Snapshot<K, V> {
  const offset = expiry === undefined ? 0 : Date.now() - expiry.now;
  const entries = Array.from(slots, (slot) => {
    const tags = index?.tagsOf(slot);
    return {
      key: store.key(slot),
      value: store.value(slot),
      ...(store.weights !== undefined && { weight: store.weightOf(slot) }),
      ...(tags !== undefined && { tags: [...tags] }),
      ...expiry?.storedTimesOf(slot, offset),
    };
  });
  return { version: 1, entries };
}
