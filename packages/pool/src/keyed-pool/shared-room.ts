import { BinaryHeap } from "../binary-heap.ts";
import type { Holder } from "../lease.ts";
import { isStuck } from "../resource-pool/waiting/deadlock.ts";
import { isServedBefore, type Waiter } from "../resource-pool/waiting/waiter-queue.ts";
import type { KeyCore } from "./key-core.ts";

/** What the shared room asks of its pool. */
export interface SharedRoomHost<K, T> {
  readonly cores: Iterable<KeyCore<K, T>>;
  /** Called with a key of which nothing is left. */
  onEmpty(core: KeyCore<K, T>): void;
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
  readonly #hungry: BinaryHeap<KeyCore<K, T>>;
  /** Keys with resources that are idle or being checked, the one to which one came back longest ago first. */
  readonly #withIdle = new Set<KeyCore<K, T>>();
  /** Keys of which nothing is in use, the one idle for longest first. */
  readonly #unused = new Set<KeyCore<K, T>>();
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
    this.#hungry = new BinaryHeap<KeyCore<K, T>>((a, b) =>
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

  /** Takes room for one resource; false if there is none, or if others have waited longer for it. */
  take(core: KeyCore<K, T>): boolean {
    const free = this.max - this.#total;
    if (free <= 0 || this.#isHeld) return false;
    const first = core.firstWanting;
    const older = first === undefined ? 0 : this.#olderThan(first, core, free, true);
    if (older >= free) return false;
    this.#total++;
    return true;
  }

  /** So many more resources count, and are on their way out. Room that is free now goes on when the core has come to rest. */
  count(total: number, closing: number): void {
    this.#total += total;
    this.#closing += closing;
  }

  /** Whether others have waited longer than this one of a key, and nothing is on its way to them. */
  mustYield(core: KeyCore<K, T>, waiter: Waiter<never>): boolean {
    const coming = this.#coming;
    return this.#hunger > coming && this.#olderThan(waiter, core, coming, false) > coming;
  }

  /** Rooms that are free or will be, and those that idle resources would leave. */
  get #available(): number {
    return this.#coming + this.#idle;
  }

  /** For how many who wait for a key there is room, idle resources of other keys among it, beside what others claim. */
  roomFor(core: KeyCore<K, T>): number {
    return Math.max(0, this.#available - this.#claims + core.seen.claims);
  }

  /** Whether as many calls wait, over all keys, as may beside those for which there is room. */
  get isCrowded(): boolean {
    return this.#unserved - Math.min(this.#claims, this.#available) >= this.maxWaiters;
  }

  /** Whether nobody can release who holds what this one waits for. */
  isStuck(waiter: Waiter<never>): boolean {
    return isStuck(waiter, [...this.#host.cores], this.#total >= this.max);
  }

  holders(): Holder[] {
    return this.#host.holders();
  }

  /** Looks at a key that has come to rest. */
  changed(core: KeyCore<K, T>): void {
    if (core.room.size > 0 || core.seen.unserved > 0) this.#noteWaiters(core);
    this.#noteIdle(core);
    if (core.isEmpty) this.#host.onEmpty(core);
    if (this.#hunger > 0 || this.#unused.size > this.#idleKeys || this.isOver) this.balance();
  }

  #noteWaiters(core: KeyCore<K, T>): void {
    this.#noteHunger(core);
    const { seen, unserved, claims } = core;
    this.#unserved += unserved - seen.unserved;
    seen.unserved = unserved;
    this.#claims += claims - seen.claims;
    seen.claims = claims;
  }

  #noteHunger(core: KeyCore<K, T>): void {
    const { seen } = core;
    const first = core.hunger > 0 ? core.firstUnserved : undefined;
    const hunger = first === undefined ? 0 : core.hunger;
    this.#hunger += hunger - seen.hunger;
    seen.hunger = hunger;
    if (core.index !== -1 && first === core.first) return;
    this.#hungry.remove(core);
    core.first = first;
    if (first !== undefined) this.#hungry.put(core);
  }

  #noteIdle(core: KeyCore<K, T>): void {
    const { seen, idle, resting } = core;
    // One that is checked to keep it alive leaves the order as it is.
    if (resting !== seen.resting) {
      if (resting > seen.resting || resting === 0) this.#withIdle.delete(core);
      if (resting > 0) this.#withIdle.add(core);
      seen.resting = resting;
    }
    this.#idle += idle.size - seen.idle;
    seen.idle = idle.size;
    if (core.isUnused) this.#unused.add(core);
    else this.#unused.delete(core);
  }

  /** Whether all keys are being changed: nobody takes room, or what is idle, before all of them have been. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Changes all keys. The first of them shall not serve those who come after others of the last one. */
  changeAll(cores: readonly KeyCore<K, T>[], change: (core: KeyCore<K, T>) => void): void {
    const isOuter = !this.#isHeld;
    this.#isHeld = true;
    try {
      for (const core of cores) change(core);
    } finally {
      if (isOuter) {
        this.#isHeld = false;
        this.#pumpAll(cores);
        this.balance();
      }
    }
  }

  /** What is idle goes to those who wait for it before others may ask for its room. */
  #pumpAll(cores: readonly KeyCore<K, T>[]): void {
    const wasBalancing = this.#isBalancing;
    this.#isBalancing = true;
    try {
      for (const core of cores) core.pump();
    } finally {
      this.#isBalancing = wasBalancing;
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
    const full: KeyCore<K, T>[] = [];
    for (let left = this.#hungry.size; left > 0 && this.#total < this.max; left--) {
      const core = this.#hungry.first;
      // Callbacks may have suspended or closed those that were hungry.
      if (core === undefined) break;
      this.#hungry.remove(core);
      if (core.growth === 0) full.push(core);
      else {
        // It comes back by itself if it is still hungry.
        this.#hunger -= core.seen.hunger;
        core.seen.hunger = 0;
        core.first = undefined;
        core.pump();
      }
    }
    for (const core of full) if (core.index === -1 && core.seen.hunger > 0) this.#hungry.put(core);
  }

  /** Ends idle resources for those who want their room. */
  #makeRoom(): void {
    while (this.#hunger > this.#coming || (this.isOver && this.#idle > 0)) {
      if (!this.#endIdle()) return;
    }
  }

  /** Ends what is idle longest under the key to which something came back longest ago. Returns whether there was something. */
  #endIdle(): boolean {
    for (const core of this.#withIdle) {
      if (this.#isFree(core) && this.#endIdleOf(core)) return true;
    }
    return false;
  }

  /** Ends an idle resource for those who have waited longer than somebody of this key; one of this key if there is no other. */
  endIdleFor(core: KeyCore<K, T>): void {
    if (!this.#endIdle()) this.#endIdleOf(core);
  }

  #endIdleOf(core: KeyCore<K, T>): boolean {
    const token = core.idle.first;
    if (token === undefined || !core.idle.remove(token)) return false;
    core.stock.end(token.slot, this.isOver ? "above max" : "needed by another key");
    this.#noteIdle(core);
    return true;
  }

  /** Whether what is idle under a key may leave: nobody waits for it who has waited longer than all who are hungry. */
  #isFree(core: KeyCore<K, T>): boolean {
    if (core.isSuspended) return true;
    const first = core.firstOfIdle;
    if (first === undefined) return true;
    const hungry = this.#hungry.first?.first;
    return hungry !== undefined && isServedBefore(hungry, first, this.#aging);
  }

  /** Lets go of keys that are not in use, down to `idleKeys`. */
  #dropUnused(): void {
    // One that is being checked stays until it is idle, and is the next to leave then.
    let staying = 0;
    for (const core of this.#unused) {
      if (this.#unused.size - staying <= this.#idleKeys) return;
      if (core.idle.size > 0) core.stock.evictIdle("idle key");
      if (this.#unused.has(core)) staying++;
    }
  }

  /**
   * How many of other keys want room and have waited longer; counts little beyond `most`. `isNow` leaves
   * out those whose key is at its own bound until something of it has left.
   */
  #olderThan(waiter: Waiter<never>, core: KeyCore<K, T>, most: number, isNow: boolean): number {
    let count = 0;
    // Those below one in the heap have not waited longer than it.
    const countFrom = (other: KeyCore<K, T>): void => {
      if (count > most || !isServedBefore(other.first!, waiter, this.#aging)) return;
      if (other !== core) {
        const { hunger } = other.seen;
        const wanted = isNow ? Math.min(hunger, other.growth) : hunger;
        count += Math.min(wanted, other.unservedBefore(waiter, wanted));
      }
      this.#hungry.below(other).forEach(countFrom);
    };
    const { first } = this.#hungry;
    if (first !== undefined) countFrom(first);
    return count;
  }
}
