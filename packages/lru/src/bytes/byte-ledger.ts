import { chargeOf, detach, detachBuffer, detachDeep, type Sharing } from "@heapwise/sizeof";
import type { EntryTable } from "../table/entry-table.ts";
import type { ExpiryTimer } from "../expiry/expiry-timer.ts";
import { checkAmount, checkPart, refuse } from "../checks/read-options.ts";
import { FIRST_SLOT, resized } from "../table/slot-store.ts";
import type { Slot } from "../policy/policy.ts";
import type { ResizeOptions } from "../cache/options.ts";
import { readBytes, type ByteOptions } from "./byte-options.ts";

/** A part that several entries may hold: charged when the first comes, refunded when the last leaves. */
interface Share {
  readonly part: object | string;
  /** When it was measured last. */
  bytes: number;
  /** How often entries hold it. */
  entries: number;
}

/** What an entry is going to be charged. */
export interface Charge<K, V> {
  /** The key and value to store: texts are those that are there already, or copies of their own. */
  readonly key: K;
  readonly value: V;
  /** Bytes that only this entry holds. */
  readonly own: number;
  /** Bytes of the entry with all that it shares; Infinity if they are more than an entry may have. */
  readonly total: number;
  readonly shares: readonly Share[];
}

/** Columns of a slot: key and value, four links, two places in the table, weight and charge. */
const SLOT_BYTES = 16 + 16 + 8 + 8 + 8;
/** And the hash of the key for the policy, if it uses hashes. */
const HASH_BYTES = 4;
/** The record of a shared part, its place in the `Map`, and a reference to it. */
const SHARE_BYTES = 40 + 32 + 16;
/** The list of an entry that has several, and a reference in it. */
const LIST_BYTES = 56;
/** A place in the `Map` of the index, for a key that is neither text nor number. */
const KEY_BYTES = 48;
/** Columns have room to grow into, which is not counted: so many slots, and a part of them all, as a shift. */
const FREE_SLOTS = 64;
const FREE_SHIFT = 5;
/** A key or value that is a text of so many characters is stored once for all entries that have it. */
const LONG = 1024;
/** V8 hashes longer texts by their length alone, so that a `Map` of them is one chain. */
const LONGEST = 16_383;

/**
 * The books of a cache that is bounded in bytes: what each entry was charged when it was sized last,
 * which is what is refunded when it leaves, whatever has become of its value.
 *
 * Invariants:
 * - `total` is the sum of all charges, of every shared part once, and of the cache's own columns;
 * - a part is in `shares` while at least one entry was charged for it;
 * - what several entries share is known by its identity; only a text that is itself a key or a value
 *   is known by its content, since the equal one that is there is stored in its place;
 * - nothing changes while user code runs: `measure` only reads, `start` and `forget` only write.
 */
export class ByteLedger<K, V> {
  max: number;
  /** Has entries sized again every so many ms. */
  timer: ExpiryTimer<WeakKey> | undefined;
  /** The slot that is sized again next; 0 between two rounds. */
  next: Slot = 0;
  readonly #maxEntry: number | undefined;
  readonly #store: EntryTable<K, V>;
  readonly #options: ByteOptions<K, V>;
  /** Time from one round of sizing to the next, ms. */
  readonly #period: number;
  readonly #shares = new Map<object | string, Share>();
  #charges: Float64Array;
  /** Shared parts of each slot, mostly one; no column until there are some. */
  #sharesOf: (Share | Share[] | undefined)[] | undefined;
  /** Sum of all charges, and of shared parts. */
  #charged = 0;
  /** Bytes of a slot in all columns. */
  #perSlot = 0;
  /** Bytes of the columns at least, and what one of them is ahead of the others. */
  #columns = 0;
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

  /** Most bytes of an entry. */
  get maxEntry(): number {
    return this.#maxEntry ?? this.max;
  }

  /** Entries whose size has no upper bound: they share the ledger itself, at no charge. */
  get opaque(): number {
    return this.#shares.get(this)?.entries ?? 0;
  }

  /** A bound in bytes. Throws for what is none, or is less than an entry may have. */
  checkBound(action: string, size: number | string): number {
    const bytes = readBytes(action, "maxBytes", size);
    // Where no entry is stored, their own limit does not matter.
    if (bytes > 0) checkPart(action, "maxEntryBytes", this.#maxEntry ?? 0, "maxBytes", bytes);
    return bytes;
  }

  /** Whether a key is so long, whatever its characters are, that no entry can have it. */
  isTooLong(key: K): boolean {
    return (
      typeof key === "string" && key.length > this.maxEntry && this.#options.bytesOf === undefined
    );
  }

  /**
   * What an entry is to be charged. Stops at the limit of an entry, and neither reads nor copies a
   * text beyond it. Runs `bytesOf`, or the word of a class; changes nothing but texts in the value,
   * and of an entry that is stored not even those.
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
      // If the program tells the bytes, any text may fit.
      const left = bytesOf === undefined || total > limit ? limit - total : Infinity;
      const length = typeof given === "string" ? given.length : 0;
      const isDeep = isValue && detachTexts === "deep" && !isStored;
      if (length > left || left < 0 || (isDeep && chargeOf(given, { limit: left }).truncated)) {
        total = Infinity;
        return given;
      }
      const isKept = length >= LONG && length <= LONGEST;
      let part: unknown = given;
      if (isStored) part = given;
      else if (length > 0) {
        part =
          (isKept && this.#shares.get(given as string)?.part) ||
          (detachTexts ? detach(given as string) : given);
      } else if (isValue) {
        if (isDeep) detachDeep(given);
        if (detachBuffers) part = detachBuffer(given, left);
      }
      if (bytesOf === undefined) {
        const { bytes, opaque } = chargeOf(part, { share, limit: left });
        total += bytes;
        isOpaque ||= opaque > 0;
        if (isKept) share.charge(part as never, bytes);
      }
      return part as Part;
    };
    const stored = { key: add(key), value: add(value, true) };
    if (isOpaque) shares.push({ part: this, bytes: -SHARE_BYTES, entries: 0 });
    if (shares.length > 1) total += LIST_BYTES + 8 * shares.length;
    // The limit may be another one when this is read.
    if (total > limit) total = Infinity;
    return { ...stored, own: total - shared, total, shares };
  }

  /** Charges the entry of a slot, and refunds what it was charged before. */
  start(slot: Slot, { own, shares }: Charge<K, V>): void {
    // First the new parts, so that those of the old value which are among them stay.
    const held = shares.map((share) => this.#hold(share));
    this.#refund(slot);
    this.#charges[slot] = own;
    this.#charged += own;
    if (held.length === 0) return;
    this.#sharesOf ??= [];
    this.#sharesOf[slot] = held.length > 1 ? held : held[0];
  }

  #hold(measured: Share): Share {
    // Another entry may have brought the part, or have let go of it, since it was measured.
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

  /** Sees to it that the entries are sized again in time, if there are any. */
  wakeInTime(): void {
    // For a timer that is told nothing of the time, only one that fires sooner is another one.
    if (this.#store.size > 0) this.timer?.ensure(this.next > 0 ? 0 : this.#period, 0, 0);
  }

  /** Refunds what the entry of a slot was charged, which leaves. */
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

  /** Follows an entry to another slot. */
  move(from: Slot, to: Slot): void {
    this.#charges[to] = this.#charges[from]!;
    this.#charges[from] = 0;
    if (to < this.next && from >= this.next) this.next = to;
    if (this.#sharesOf === undefined) return;
    this.#sharesOf[to] = this.#sharesOf[from];
    this.#sharesOf[from] = undefined;
  }

  /** Makes the columns as long as those of the store. */
  grow(length: number): void {
    this.#charges = resized(this.#charges, length);
    if (this.#sharesOf !== undefined)
      this.#sharesOf.length = Math.min(this.#sharesOf.length, length);
    const { entries, links } = this.#store;
    this.#perSlot = slotBytes(this.#store);
    this.#columns = this.#perSlot * (length - FIRST_SLOT - freeOf(length));
    this.#ahead = 8 * entries.length + 4 * links.length - 32 * length;
  }

  /** Has full columns grow: no further than the bound allows, and by free slots at least. */
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

/** About how many bytes a slot of a cache takes in all columns. */
export function slotBytes<K, V>({ hashes, columns }: EntryTable<K, V>): number {
  return columns.reduce(
    (sum, column) => sum + (column.slotBytes ?? 0),
    hashes === undefined ? SLOT_BYTES : SLOT_BYTES + HASH_BYTES,
  );
}

/** Slots of columns of this length that may be empty, and are not counted. */
function freeOf(length: number): number {
  return FREE_SLOTS + (length >> FREE_SHIFT);
}

/** The bound in bytes after a change, Infinity where there is none. Throws for a bad one. */
export function checkByteBound<K, V>(
  ledger: ByteLedger<K, V> | undefined,
  { maxBytes, maxWeight }: ResizeOptions,
  isWeighed: boolean,
): number {
  if (ledger === undefined) {
    if (maxBytes === undefined) return Infinity;
    refuse("resize cache", "maxBytes is set for a cache without it", "one made with it");
  }
  if (maxWeight !== undefined && !isWeighed) {
    refuse("resize cache", "maxWeight is set for a cache without it", "one made with it");
  }
  return maxBytes === undefined ? ledger.max : ledger.checkBound("resize cache", maxBytes);
}

/** The bytes that a trim is to leave. Throws for what is none. */
export function checkTrim<K, V>(
  ledger: ByteLedger<K, V> | undefined,
  goal: { toBytes: number | string } | null,
): number {
  const toBytes = goal?.toBytes;
  if (ledger === undefined) {
    refuse("trim cache", "toBytes is set for a cache without maxBytes", "a fraction");
  }
  return readBytes("trim cache", "toBytes", toBytes);
}
