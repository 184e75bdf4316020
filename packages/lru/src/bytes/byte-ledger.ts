import { detach, sizeOf, type Sharing } from "@heapwise/sizeof";
import { checkAmount, checkPart, refuse } from "../read-options.ts";
import { FIRST_SLOT, resized, type SlotStore } from "../store/slot-store.ts";
import type { Slot } from "../policy/policy.ts";
import type { ResizeOptions } from "../options.ts";
import { tagBytes } from "../tags/tag-index.ts";
import { readBytes, type ByteOptions } from "./byte-options.ts";

/** A part that several entries may hold: charged when the first comes, refunded when the last leaves. */
interface Share {
  readonly part: object | string;
  readonly bytes: number;
  entries: number;
}

/** What an entry is going to be charged. */
export interface Charge<K, V> {
  /** The key and value to store: long texts are those that are there already, others are copies of their own. */
  readonly key: K;
  readonly value: V;
  /** Bytes that only this entry holds. */
  readonly own: number;
  /** Bytes of the entry with all that it shares. */
  readonly total: number;
  readonly shares: Share[];
}

/** Columns of a slot: key and value, four links, two places in the table, weight and charge. */
const SLOT_BYTES = 16 + 16 + 8 + 8 + 8;
/** More of a slot, where the policy keeps queues and sketches of its own. */
const POLICY_BYTES = 20;
/** The record of a shared part, its place in the `Map`, and a reference to it. */
const SHARE_BYTES = 40 + 32 + 16;
/** Columns have room to grow into; of a small cache it is not worth counting. */
const FREE_SLOTS = 64;
/** Shorter texts are never slices. */
const SHORTEST_SLICE = 13;
/** Texts of so many characters are charged once, however many entries hold them. */
const LONG = 1024;

/**
 * The books of a cache that is bounded in bytes: what each entry was charged when it was set, which is
 * what is refunded when it leaves, whatever has become of its value.
 *
 * Invariants:
 * - `total` is the sum of all charges, of every shared part once, and of the cache's own columns;
 * - a part is in `shares` while at least one entry was charged for it;
 * - nothing changes while user code runs: `measure` only reads, `start` and `forget` only write.
 */
export class ByteLedger<K, V> {
  max: number;
  readonly #maxEntry: number | undefined;
  readonly #store: SlotStore<K, V>;
  readonly #bytesOf: ((value: V, key: K) => number) | undefined;
  readonly #parts: Sharing["parts"];
  readonly #detaches: boolean;
  readonly #hasPlainPolicy: boolean;
  readonly #shares = new Map<object | string, Share>();
  #charges: Float64Array;
  /** Shared parts of each slot; no column until there are some. */
  #sharesOf: (Share[] | undefined)[] | undefined;
  /** Sum of all charges, and of shared parts. */
  #charged = 0;

  constructor(
    max: number,
    options: ByteOptions<K, V>,
    store: SlotStore<K, V>,
    hasPlainPolicy: boolean,
  ) {
    const { maxEntryBytes } = options;
    if (maxEntryBytes !== undefined) {
      this.#maxEntry = readBytes("create cache", "maxEntryBytes", maxEntryBytes);
    }
    this.max = this.checkBound("create cache", max);
    this.#store = store;
    this.#bytesOf = options.bytesOf;
    this.#parts = options.shareAccounting === true ? "all" : "large";
    this.#detaches = options.detachTexts ?? true;
    this.#hasPlainPolicy = hasPlainPolicy;
    this.#charges = new Float64Array(store.length);
  }

  /** Bytes of keys, values and bookkeeping. */
  get total(): number {
    return this.#charged + slotsBytes(this.#store, this.#hasPlainPolicy);
  }

  /** Most bytes of an entry. */
  get maxEntry(): number {
    return this.#maxEntry ?? this.max;
  }

  /** A bound in bytes. Throws for what is none, or is less than an entry may have. */
  checkBound(action: string, size: number | string): number {
    const bytes = readBytes(action, "maxBytes", size);
    // Where no entry is stored, their own limit does not matter.
    if (bytes > 0) checkPart(action, "maxEntryBytes", this.#maxEntry ?? 0, "maxBytes", bytes);
    return bytes;
  }

  /** What an entry is to be charged. Runs `bytesOf`, or the word of a class; changes nothing. */
  measure(key: K, value: V, tags: readonly string[] | undefined): Charge<K, V> {
    const shares: Share[] = [];
    let shared = 0;
    const share: Sharing = {
      parts: this.#parts,
      charge: (part, bytes) => {
        const found = this.#shares.get(part) ?? { part, bytes, entries: 0 };
        shares.push(found);
        shared += found.bytes;
        return false;
      },
    };
    const stored = { key: this.#own(key), value: this.#own(value) };
    if (this.#bytesOf !== undefined) {
      const own = this.#bytesOf(value, key);
      checkAmount("set entry", "the result of bytesOf", own);
      return { ...stored, own, total: own, shares };
    }
    const own = sizeOf(stored.key, { share }) + sizeOf(stored.value, { share }) + tagBytes(tags);
    return { ...stored, own, total: own + shared, shares };
  }

  /** A text to keep: one that is there already, else a copy that keeps nothing else alive. */
  #own<T>(value: T): T {
    if (typeof value !== "string" || value.length < SHORTEST_SLICE) return value;
    const known = value.length < LONG ? undefined : this.#shares.get(value);
    if (known !== undefined) return known.part as T;
    return this.#detaches ? (detach(value) as T) : value;
  }

  /** Charges the entry of a slot, and refunds what it was charged before. */
  start(slot: Slot, { own, shares }: Charge<K, V>): void {
    // First the new parts, so that those of the old value which are among them stay.
    const held = shares.map((share) => this.#hold(share));
    this.forget(slot);
    this.#charges[slot] = own;
    this.#charged += own;
    if (held.length === 0) return;
    this.#sharesOf ??= [];
    this.#sharesOf[slot] = held;
  }

  #hold(measured: Share): Share {
    // Another entry may have brought the part since it was measured.
    const share = this.#shares.get(measured.part) ?? measured;
    if (share.entries++ === 0) {
      this.#shares.set(share.part, share);
      this.#charged += share.bytes + SHARE_BYTES;
    }
    return share;
  }

  /** Refunds what the entry of a slot was charged. */
  forget(slot: Slot): void {
    this.#charged -= this.#charges[slot]!;
    this.#charges[slot] = 0;
    const held = this.#sharesOf?.[slot];
    if (held === undefined) return;
    this.#sharesOf![slot] = undefined;
    for (const share of held) {
      if (--share.entries > 0) continue;
      this.#shares.delete(share.part);
      this.#charged -= share.bytes + SHARE_BYTES;
    }
  }

  /** Follows an entry to another slot. */
  move(from: Slot, to: Slot): void {
    this.#charges[to] = this.#charges[from]!;
    this.#charges[from] = 0;
    if (this.#sharesOf === undefined) return;
    this.#sharesOf[to] = this.#sharesOf[from];
    this.#sharesOf[from] = undefined;
  }

  /** Makes the columns as long as those of the store. */
  grow(length: number): void {
    this.#charges = resized(this.#charges, length);
    if (this.#sharesOf !== undefined)
      this.#sharesOf.length = Math.min(this.#sharesOf.length, length);
  }

  /** Forgets all entries. */
  clear(length: number): void {
    this.#charges = new Float64Array(length);
    this.#sharesOf = undefined;
    this.#shares.clear();
    this.#charged = 0;
  }
}

/** Bytes of the columns of a cache. */
export function slotsBytes(
  { size, length, entries, links }: SlotStore<unknown, unknown>,
  hasPlainPolicy: boolean,
): number {
  const slots = Math.max(size, length - FIRST_SLOT - FREE_SLOTS);
  // One of the columns may be longer than the other.
  const ahead = 8 * entries.length + 4 * links.length - 32 * length;
  return slots * (SLOT_BYTES + (hasPlainPolicy ? 0 : POLICY_BYTES)) + ahead;
}

/** The bound in bytes after a change, Infinity where there is none. Throws for a bad one. */
export function checkByteBound<K, V>(
  ledger: ByteLedger<K, V> | undefined,
  { maxBytes, maxWeight }: ResizeOptions,
  isWeighed: boolean,
): number {
  if (ledger === undefined) {
    if (maxBytes === undefined) return Infinity;
    refuse("resize cache", "maxBytes is set for a cache without it", "one made with maxBytes");
  }
  if (maxWeight !== undefined && !isWeighed) {
    const found = "maxWeight is set where entries weigh their bytes";
    refuse("resize cache", found, "a cache made with maxWeight");
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
