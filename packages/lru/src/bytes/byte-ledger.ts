import { chargeOf, detach, detachBuffer, detachDeep, type Sharing } from "@heapwise/sizeof";
import type { EntryTable } from "../table/entry-table.ts";
import type { ExpiryTimer } from "../expiry/expiry-timer.ts";
import { checkAmount, checkPart, refuse } from "../checks/read-options.ts";
import { FIRST_SLOT, resized } from "../table/slot-store.ts";
import type { Slot } from "../policy/policy.ts";
import { readBytes, type ByteOptions } from "./byte-options.ts";

/**
 * A part that several entries may hold. It is charged when the first of them is stored, and
 * refunded when the last of them is removed.
 */
interface Share {
  readonly part: object | string;
  /** The size of the part when it was measured last. */
  bytes: number;
  /** The number of entries that hold the part. */
  entries: number;
}

/** The bytes that an entry is about to be charged. */
export interface Charge<K, V> {
  /** The key and value to store. Long texts are replaced by equal stored ones, or by copies. */
  readonly key: K;
  readonly value: V;
  /** Bytes that only this entry holds. */
  readonly own: number;
  /** Bytes of the entry with all its shared parts; Infinity if an entry may not have as many. */
  readonly total: number;
  readonly shares: readonly Share[];
}

/** A slot in all columns: key and value, four links, two places in the table, weight and charge. */
const SLOT_BYTES = 16 + 16 + 8 + 8 + 8;
/** The hash of the key, if the policy uses hashes. */
const HASH_BYTES = 4;
/** The record of a shared part, its place in the `Map`, and a reference to it. */
const SHARE_BYTES = 40 + 32 + 16;
/** The list of an entry with several shared parts. A reference in it takes 8 more. */
const LIST_BYTES = 56;
/** A place in the `Map` of the index, for a key that is neither a text nor a number. */
const KEY_BYTES = 48;
/** Columns have empty slots to grow into, which are not counted: 64, and 1/32 of the length. */
const FREE_SLOTS = 64;
const FREE_SHIFT = 5;
/** A key or value that is a text of at least this length is stored once for all its entries. */
const LONG = 1024;
/** V8 hashes longer texts by their length alone, so a `Map` would keep them in one chain. */
const LONGEST = 16_383;

/**
 * The accounts of a cache that is bounded in bytes. An entry is charged when it is sized, and the
 * same number is refunded when it is removed, however its value has changed since.
 *
 * Invariants:
 * - `total` is the sum of the charges of all entries, of each shared part once, and of the columns
 *   of the cache;
 * - a part is in `#shares` while at least one entry is charged for it;
 * - shared parts are compared by identity. Only a text that is itself a key or a value is compared
 *   by content, since the equal text that is stored already takes its place;
 * - nothing changes while user code runs: `measure` only reads, `start` and `forget` only write.
 */
export class ByteLedger<K, V> {
  max: number;
  /** Wakes the cache to size its entries again, if `remeasure` is `{ ms }`. */
  timer: ExpiryTimer<WeakKey> | undefined;
  /** The slot to size again next; 0 between two rounds. */
  next: Slot = 0;
  readonly #maxEntry: number | undefined;
  readonly #store: EntryTable<K, V>;
  readonly #options: ByteOptions<K, V>;
  /** Time between two rounds of sizing, ms. */
  readonly #period: number;
  readonly #shares = new Map<object | string, Share>();
  #charges: Float64Array;
  /** The shared parts of each slot, often a single one; undefined until an entry shares a part. */
  #sharesOf: (Share | Share[] | undefined)[] | undefined;
  /** The sum of all charges and shared parts. */
  #charged = 0;
  /** Bytes of a slot in all columns. */
  #perSlot = 0;
  /** Bytes of the columns without their free slots. */
  #columns = 0;
  /** Bytes by which the column of entries or of links is longer than the others. */
  #ahead = 0;

  constructor(max: number, options: ByteOptions<K, V>, store: EntryTable<K, V>) {
    const { maxEntryBytes } = options;
    if (maxEntryBytes !== undefined) {
      this.#maxEntry = readBytes("create cache", "maxEntryBytes", maxEntryBytes);
    }
    this.max = this.checkBound("create cache", max);
    this.#store = store;
    this.#options = options;
    this.#period = (options.remeasure as { ms: number } | undefined)?.ms ?? 0;
    this.#charges = new Float64Array(store.length);
  }

  /** Bytes of keys, values and bookkeeping. */
  get total(): number {
    return this.#charged + Math.max(this.#columns, this.#perSlot * this.#store.size) + this.#ahead;
  }

  /** The largest number of bytes that an entry may take. */
  get maxEntry(): number {
    return this.#maxEntry ?? this.max;
  }

  /**
   * The number of entries whose size has no upper bound. They share the ledger itself, at no
   * charge.
   */
  get opaque(): number {
    return this.#shares.get(this)?.entries ?? 0;
  }

  /** Reads a bound in bytes. Throws if it is invalid, or less than `maxEntryBytes`. */
  checkBound(action: string, size: number | string): number {
    const bytes = readBytes(action, "maxBytes", size);
    // A cache with the bound 0 stores no entry: then the limit of an entry does not matter.
    if (bytes > 0) checkPart(action, "maxEntryBytes", this.#maxEntry ?? 0, "maxBytes", bytes);
    return bytes;
  }

  /** Whether a key is too long for any entry, even at one byte for each character. */
  isTooLong(key: K): boolean {
    return (
      typeof key === "string" && key.length > this.maxEntry && this.#options.bytesOf === undefined
    );
  }

  /**
   * Computes the charge of an entry. Stops at the limit of an entry, and neither reads nor copies a
   * text beyond it. Calls `bytesOf`, or the `[SIZE]` method of a class. Changes nothing but texts
   * in the value; with `isStored`, for an entry that is sized again, nothing at all.
   */
  measure(key: K, value: V, tagBytes: number, isStored?: boolean): Charge<K, V> {
    const { bytesOf, detachTexts = true, detachBuffers, shareAccounting } = this.#options;
    const limit = this.maxEntry;
    const shares: Share[] = [];
    let shared = 0;
    let isOpaque = false;
    let total =
      typeof key === "string" || typeof key === "number" ? tagBytes : tagBytes + KEY_BYTES;
    if (bytesOf !== undefined) {
      total = bytesOf(value, key);
      checkAmount("set entry", "the result of bytesOf", total);
    }
    const share: Sharing = {
      parts: shareAccounting ? "all" : "large",
      charge: (part: object | string, bytes) => {
        shares.push({ part, bytes, entries: 0 });
        shared += bytes;
        return true;
      },
    };
    const add = <Part>(given: Part, isValue?: boolean): Part => {
      // With `bytesOf` the program gives the size, so a text of any length may fit.
      const left = bytesOf === undefined || total > limit ? limit - total : Infinity;
      const length = typeof given === "string" ? given.length : 0;
      const isDeep = isValue && detachTexts === "deep" && !isStored;
      if (length > left || left < 0 || (isDeep && chargeOf(given, { limit: left }).truncated)) {
        total = Infinity;
        return given;
      }
      const isStoredOnce = length >= LONG && length <= LONGEST;
      let part: unknown = given;
      if (isStored) part = given;
      else if (length > 0) {
        part =
          (isStoredOnce && this.#shares.get(given as string)?.part) ||
          (detachTexts ? detach(given as string) : given);
      } else if (isValue) {
        if (isDeep) detachDeep(given);
        if (detachBuffers) part = detachBuffer(given, left);
      }
      if (bytesOf === undefined) {
        const { bytes, opaque } = chargeOf(part, { share, limit: left });
        total += bytes;
        isOpaque ||= opaque > 0;
        if (isStoredOnce) share.charge(part as never, bytes);
      }
      return part as Part;
    };
    const stored = { key: add(key), value: add(value, true) };
    if (isOpaque) shares.push({ part: this, bytes: -SHARE_BYTES, entries: 0 });
    if (shares.length > 1) total += LIST_BYTES + 8 * shares.length;
    // The caller compares the total with the limit, which may have changed by then.
    if (total > limit) total = Infinity;
    return { ...stored, own: total - shared, total, shares };
  }

  /** Charges the entry of a slot, and refunds its previous charge. */
  start(slot: Slot, { own, shares }: Charge<K, V>): void {
    // New parts are charged first, so that a part of the old and the new value stays in `#shares`.
    const held = shares.map((share) => this.#hold(share));
    this.#refund(slot);
    this.#charges[slot] = own;
    this.#charged += own;
    if (held.length === 0) return;
    this.#sharesOf ??= [];
    this.#sharesOf[slot] = held.length > 1 ? held : held[0];
  }

  #hold(measured: Share): Share {
    // Since the part was measured, another entry may have added it to `#shares`, or removed it.
    const share = this.#shares.get(measured.part) ?? measured;
    this.#charged += measured.bytes;
    if (share.entries++ > 0) this.#charged -= share.bytes;
    else {
      this.#shares.set(share.part, share);
      this.#charged += SHARE_BYTES;
    }
    share.bytes = measured.bytes;
    return share;
  }

  /** Sets the timer for the next round of sizing, if the cache has entries. */
  wakeInTime(): void {
    // Time is always 0 here, so the timer is set again only if it has to fire sooner.
    if (this.#store.size > 0) this.timer?.ensure(this.next > 0 ? 0 : this.#period, 0, 0);
  }

  /** Refunds the charge of an entry that is removed. */
  forget(slot: Slot): void {
    this.#refund(slot);
    if (this.#store.size < 2) this.timer?.stop();
  }

  #refund(slot: Slot): void {
    this.#charged -= this.#charges[slot]!;
    this.#charges[slot] = 0;
    const held = this.#sharesOf?.[slot];
    if (held === undefined) return;
    this.#sharesOf![slot] = undefined;
    for (const share of Array.isArray(held) ? held : [held]) {
      if (--share.entries > 0) continue;
      this.#shares.delete(share.part);
      this.#charged -= share.bytes + SHARE_BYTES;
    }
  }

  /** Moves the charge of an entry to another slot. */
  move(from: Slot, to: Slot): void {
    this.#charges[to] = this.#charges[from]!;
    this.#charges[from] = 0;
    if (to < this.next && from >= this.next) this.next = to;
    if (this.#sharesOf === undefined) return;
    this.#sharesOf[to] = this.#sharesOf[from];
    this.#sharesOf[from] = undefined;
  }

  /** Makes the columns `length` slots long, as the store's. */
  grow(length: number): void {
    this.#charges = resized(this.#charges, length);
    if (this.#sharesOf !== undefined)
      this.#sharesOf.length = Math.min(this.#sharesOf.length, length);
    const { entries, links } = this.#store;
    this.#perSlot = slotBytes(this.#store);
    this.#columns = this.#perSlot * (length - FIRST_SLOT - freeOf(length));
    this.#ahead = 8 * entries.length + 4 * links.length - 32 * length;
  }

  /** Grows full columns: no further than the bound allows, and at least by the free slots. */
  widen(): void {
    const store = this.#store;
    const { max, size } = store;
    const room = (this.max - this.total) / (this.#perSlot + this.#charged / size);
    store.max = Math.min(max, size + Math.floor(Math.max(freeOf(size), room || 0)));
    store.grow();
    store.max = max;
    store.fitColumns();
  }

  /** Forgets all entries. */
  clear(length: number): void {
    this.#charges = new Float64Array(length);
    this.#sharesOf = undefined;
    this.#shares.clear();
    this.#charged = 0;
    this.grow(length);
    this.next = 0;
    this.timer?.stop();
  }
}

/** About how many bytes a slot takes in all columns of a cache. */
export function slotBytes<K, V>({ hashes, columns }: EntryTable<K, V>): number {
  return columns.reduce(
    (sum, column) => sum + (column.slotBytes ?? 0),
    hashes === undefined ? SLOT_BYTES : SLOT_BYTES + HASH_BYTES,
  );
}

/** The number of empty slots that are not counted in columns of this length. */
function freeOf(length: number): number {
  return FREE_SLOTS + (length >> FREE_SHIFT);
}

/**
 * The bound in bytes after a `resize`, Infinity if the cache is not bounded in bytes. Throws if an
 * option is invalid.
 */
export function checkByteBound<K, V>(
  ledger: ByteLedger<K, V> | undefined,
  { maxBytes, maxWeight }: { maxBytes?: ByteOptions<K, V>["maxBytes"]; maxWeight?: unknown },
  isWeighed: boolean,
): number {
  if (ledger === undefined) {
    if (maxBytes === undefined) return Infinity;
    refuse("resize cache", "maxBytes is set", "a cache with maxBytes");
  }
  if (maxWeight !== undefined && !isWeighed) {
    refuse("resize cache", "maxWeight is set", "a cache with maxWeight");
  }
  return maxBytes === undefined ? ledger.max : ledger.checkBound("resize cache", maxBytes);
}

/** Reads the goal of a `trim` in bytes. Throws if it is invalid. */
export function checkTrim<K, V>(
  ledger: ByteLedger<K, V> | undefined,
  goal: { toBytes: number | string } | null,
): number {
  const toBytes = goal?.toBytes;
  if (ledger === undefined) {
    refuse("trim cache", "toBytes is set", "a fraction, or a cache with maxBytes");
  }
  return readBytes("trim cache", "toBytes", toBytes);
}
