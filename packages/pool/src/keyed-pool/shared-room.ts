import { BinaryHeap } from "../binary-heap.ts";
import type { Holder } from "../lease.ts";
import { isStuck } from "../resource-pool/deadlock.ts";
import { isServedBefore, type Waiter } from "../resource-pool/waiter-queue.ts";
import type { KeyEntry } from "./key-entry.ts";

/** What the shared room asks of its pool. */
export interface SharedRoomHost<K, T> {
  readonly entries: Iterable<KeyEntry<K, T>>;
  /** Called with a key of which nothing is left. */
  onEmpty(entry: KeyEntry<K, T>): void;
  /** Who has what, the oldest loan first. */
  holders(): Holder[];
}

/**
 * The bound over all keys, and who is next under it. A key is hungry while some who wait for it need
 * a resource that the bound does not allow.
 *
 * Invariants, whenever nothing is running:
 * - The number of resources is at most `max`, from the call of `create` to the end of `destroy`.
 * - While a key is hungry, no room is free, and as many resources are on their way out as keys are
 *   hungry for, or nothing is idle.
 * - Room that becomes free goes to whoever has waited longest, whatever the key. A resource that comes
 *   back serves its own key only if nobody else has waited longer with nothing on its way.
 */
export class SharedRoom<K, T> {
  max: number;
  maxWaiters: number;
  readonly #idleKeys: number;
  readonly #aging: number;
  readonly #host: SharedRoomHost<K, T>;
  readonly #hungry: BinaryHeap<KeyEntry<K, T>>;
  /** Keys with resources that are idle or being checked, the one to which one came back longest ago first. */
  readonly #withIdle = new Set<KeyEntry<K, T>>();
  /** Keys of which nothing is in use, the one idle for longest first. */
  readonly #unused = new Set<KeyEntry<K, T>>();
  #total = 0;
  #closing = 0;
  #hunger = 0;
  #unserved = 0;
  #claims = 0;
  #idle = 0;
  #isBalancing = false;
  #isHeld = false;
  #mustBalanceAgain = false;

  constructor(
    bounds: { max: number; maxWaiters: number; idleKeys: number; aging: number },
    host: SharedRoomHost<K, T>,
  ) {
    this.max = bounds.max;
    this.maxWaiters = bounds.maxWaiters;
    this.#idleKeys = bounds.idleKeys;
    this.#aging = bounds.aging;
    this.#host = host;
    this.#hungry = new BinaryHeap<KeyEntry<K, T>>((a, b) =>
      isServedBefore(a.first!, b.first!, this.#aging),
    );
  }

  /** Resources of all keys. */
  get total(): number {
    return this.#total;
  }

  /** Whether there are more resources than there may be, those on their way out left aside. */
  get isOver(): boolean {
    return this.#total - this.#closing > this.max;
  }

  /** Rooms that are free, or will be. */
  get #coming(): number {
    return Math.max(0, this.max - this.#total + this.#closing);
  }

  take(entry: KeyEntry<K, T>): boolean {
    const free = this.max - this.#total;
    if (free <= 0 || this.#isHeld) return false;
    const first = entry.core.firstWanting as Waiter<never> | undefined;
    const older = first === undefined ? 0 : this.#olderThan(first, entry, free, true);
    if (older >= free) return false;
    this.#total++;
    return true;
  }

  /** The core pumps next, and so the room goes to whoever has waited longest, its own waiters among them. */
  give(): void {
    this.#total--;
  }

  leave(): void {
    this.#closing++;
  }

  left(): void {
    this.#closing--;
    this.#total--;
  }

  mustYield(entry: KeyEntry<K, T>, waiter: Waiter<never>): boolean {
    const coming = this.#coming;
    return this.#hunger > coming && this.#olderThan(waiter, entry, coming, false) > coming;
  }

  /** Rooms that are free or will be, and those that idle resources would leave. */
  get #available(): number {
    return this.#coming + this.#idle;
  }

  roomFor(entry: KeyEntry<K, T>): number {
    return Math.max(0, this.#available - this.#claims + entry.claims);
  }

  isCrowded(): boolean {
    return this.#unserved - Math.min(this.#claims, this.#available) >= this.maxWaiters;
  }

  isStuck(waiter: Waiter<never>): boolean {
    const cores = Array.from(this.#host.entries, ({ core }) => core);
    return isStuck(waiter, cores, this.#total >= this.max);
  }

  holders(): Holder[] {
    return this.#host.holders();
  }

  /** Looks at a key that has come to rest. */
  changed(entry: KeyEntry<K, T>): void {
    const { core } = entry;
    if (core.waiting > 0 || entry.unserved > 0) this.#noteWaiters(entry);
    this.#noteIdle(entry);
    if (core.isEmpty) this.#host.onEmpty(entry);
    if (this.#hunger > 0 || this.#unused.size > this.#idleKeys || this.isOver) this.balance();
  }

  #noteWaiters(entry: KeyEntry<K, T>): void {
    const { unserved, claims } = entry.core;
    this.#noteHunger(entry);
    this.#unserved += unserved - entry.unserved;
    entry.unserved = unserved;
    this.#claims += claims - entry.claims;
    entry.claims = claims;
  }

  #noteHunger(entry: KeyEntry<K, T>): void {
    const { core } = entry;
    const first = core.hunger > 0 ? (core.firstUnserved as Waiter<never> | undefined) : undefined;
    const hunger = first === undefined ? 0 : core.hunger;
    this.#hunger += hunger - entry.hunger;
    entry.hunger = hunger;
    if (entry.index !== -1 && first === entry.first) return;
    if (entry.index !== -1) this.#hungry.remove(entry);
    entry.first = first;
    if (first !== undefined) this.#hungry.put(entry);
  }

  #noteIdle(entry: KeyEntry<K, T>): void {
    const { idle, resting, isUnused } = entry.core;
    // One that is checked to keep it alive leaves the order as it is.
    if (resting !== entry.resting) {
      if (resting > entry.resting || resting === 0) this.#withIdle.delete(entry);
      if (resting > 0) this.#withIdle.add(entry);
      entry.resting = resting;
    }
    this.#idle += idle - entry.idle;
    entry.idle = idle;
    if (isUnused) this.#unused.add(entry);
    else this.#unused.delete(entry);
  }

  /** Whether all keys are being changed: nobody takes room, or what is idle, before all of them have been. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Changes all keys. The first of them shall not serve those who come after others of the last one. */
  changeAll(entries: readonly KeyEntry<K, T>[], change: (entry: KeyEntry<K, T>) => void): void {
    const isOuter = !this.#isHeld;
    this.#isHeld = true;
    try {
      for (const entry of entries) change(entry);
    } finally {
      if (isOuter) {
        this.#isHeld = false;
        for (const { core } of entries) core.pump();
        this.balance();
      }
    }
  }

  /** Brings together those who want room and the room that there is. */
  balance(): void {
    if (this.#isHeld) return;
    if (this.#isBalancing) {
      this.#mustBalanceAgain = true;
      return;
    }
    this.#isBalancing = true;
    try {
      do {
        this.#mustBalanceAgain = false;
        this.#feed();
        this.#makeRoom();
        this.#dropUnused();
      } while (this.#mustBalanceAgain);
    } finally {
      this.#isBalancing = false;
    }
  }

  /** Gives free room to whoever has waited longest. */
  #feed(): void {
    const full: KeyEntry<K, T>[] = [];
    for (let left = this.#hungry.size; left > 0 && this.#total < this.max; left--) {
      const entry = this.#hungry.first;
      // Callbacks may have suspended or closed those that were hungry.
      if (entry === undefined) break;
      this.#hungry.remove(entry);
      if (entry.core.growth === 0) full.push(entry);
      else {
        // It comes back by itself if it is still hungry.
        this.#hunger -= entry.hunger;
        entry.hunger = 0;
        entry.first = undefined;
        entry.core.pump();
      }
    }
    for (const entry of full) if (entry.index === -1 && entry.hunger > 0) this.#hungry.put(entry);
  }

  /** Ends idle resources for those who want their room. */
  #makeRoom(): void {
    while (this.#hunger > this.#coming || (this.isOver && this.#idle > 0)) {
      if (!this.#endIdle()) return;
    }
  }

  /** Ends what is idle longest under the key to which something came back longest ago. Returns whether there was something. */
  #endIdle(): boolean {
    for (const entry of this.#withIdle) {
      const { core } = entry;
      const token = core.longestIdle;
      const isFree = core.unserved === 0 || core.isSuspended;
      if (token === undefined || !isFree || !core.takeIdle(token)) continue;
      core.end(token.slot, this.isOver ? "above max" : "needed by another key");
      this.#noteIdle(entry);
      return true;
    }
    return false;
  }

  /** Lets go of keys that are not in use, down to `idleKeys`. */
  #dropUnused(): void {
    // One that is being checked stays until it is idle, and is the next to leave then.
    let staying = 0;
    for (const entry of this.#unused) {
      if (this.#unused.size - staying <= this.#idleKeys) return;
      if (entry.core.idle > 0) entry.core.evictIdle("idle key");
      if (this.#unused.has(entry)) staying++;
    }
  }

  /**
   * How many of other keys want room and have waited longer; counts little beyond `most`. `isNow` leaves
   * out those whose key is at its own bound until something of it has left.
   */
  #olderThan(waiter: Waiter<never>, entry: KeyEntry<K, T>, most: number, isNow: boolean): number {
    let count = 0;
    // Those below one in the heap that came later have come later too.
    const countFrom = (other: KeyEntry<K, T>): void => {
      if (count > most || !isServedBefore(other.first!, waiter, this.#aging)) return;
      if (other !== entry) {
        const wanted = isNow ? Math.min(other.hunger, other.core.growth) : other.hunger;
        count += Math.min(wanted, other.core.unservedBefore(waiter, wanted));
      }
      this.#hungry.below(other).forEach(countFrom);
    };
    if (this.#hungry.first !== undefined) countFrom(this.#hungry.first);
    return count;
  }
}
