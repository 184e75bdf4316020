import { BinaryHeap } from "../binary-heap.ts";
import type { Holder } from "../lease.ts";
import { isStuck } from "../resource-pool/waiting/deadlock.ts";
import { isServedBefore, type Waiter } from "../resource-pool/waiting/waiter-queue.ts";
import type { KeyBound, KeyCore } from "./key-core.ts";

/** The members of a keyed pool that its bound over all keys uses. */
export interface SharedBoundHost<K, T> {
  /** All keys. */
  readonly cores: Iterable<KeyCore<K, T>>;
  /** Called with a key that has no resource and no waiter left. */
  onEmpty(core: KeyCore<K, T>): void;
  /** The loans of all keys, the oldest first. */
  holders(): Holder[];
}

/**
 * The bound over all keys, which decides which key may have the next resource. A key is hungry
 * while some of its waiters need a resource that the bound does not allow.
 *
 * Invariants, at rest:
 * - The number of resources is at most `max`, from the call of `create` to the end of `destroy`.
 * - While a key is hungry, no room is free, and either as many resources are being destroyed as
 *   keys are hungry for, or no resource is idle.
 * - Free room goes to the key of the waiter that has waited longest, whatever the key. A returned
 *   resource serves its own key only if no unserved waiter of another key has waited longer.
 */
export class SharedBound<K, T> implements KeyBound<KeyCore<K, T>> {
  /** Maximum number of resources of all keys. */
  max: number;
  /** Maximum number of waiters of all keys, in addition to the waiters for which there is room. */
  maxWaiters: number;
  readonly #idleKeys: number;
  readonly #aging: number;
  readonly #host: SharedBoundHost<K, T>;
  readonly #hungry: BinaryHeap<KeyCore<K, T>>;
  /** Keys with resources that are idle or being checked, in the order of their last return. */
  readonly #withIdle = new Set<KeyCore<K, T>>();
  /** Keys without a loan and a waiter, the longest unused first. */
  readonly #unused = new Set<KeyCore<K, T>>();
  /** How many calls of `acquire`, of callbacks and of listeners run now, one inside the other. */
  depth = 0;
  // Sums over all keys. The last four count a key as it was when it last came to rest.
  #total = 0;
  #closing = 0;
  #hunger = 0;
  #unserved = 0;
  #claims = 0;
  #idle = 0;
  #isBalancing = false;
  #isHeld = false;
  #mustBalanceAgain = false;

  /** Makes the bound of a pool without keys. `aging` is the option of the pool. */
  constructor(
    bounds: { max: number; maxWaiters: number; idleKeys: number; aging: number },
    host: SharedBoundHost<K, T>,
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

  /** Number of resources of all keys. */
  get total(): number {
    return this.#total;
  }

  /** Whether there are more than `max` resources, without those being destroyed. */
  get isOver(): boolean {
    return this.#total - this.#closing > this.max;
  }

  /**
   * Number of resources for which there is room now, or when the present calls of `destroy` end.
   */
  get #coming(): number {
    return Math.max(0, this.max - this.#total + this.#closing);
  }

  /**
   * Takes room for one resource. Returns false if no room is free or other waiters come first.
   */
  take(core: KeyCore<K, T>): boolean {
    const free = this.max - this.#total;
    if (free <= 0 || this.#isHeld) return false;
    const first = core.firstWanting;
    const older = first === undefined ? 0 : this.#olderThan(first, core, free, true);
    if (older >= free) return false;
    this.#total++;
    return true;
  }

  /**
   * Adds to the numbers of all resources and of resources being destroyed. Room that becomes free
   * is given away when the core has come to rest.
   */
  count(total: number, closing: number): void {
    this.#total += total;
    this.#closing += closing;
  }

  /**
   * Whether more waiters of other keys come before `waiter` of this key than there will be room
   * for.
   */
  mustYield(core: KeyCore<K, T>, waiter: Waiter<never>): boolean {
    const coming = this.#coming;
    return this.#hunger > coming && this.#olderThan(waiter, core, coming, false) > coming;
  }

  /** Returns a callback or a listener that does the same as `call`, and counts in `depth`. */
  nesting<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => R {
    return (...args) => {
      this.depth++;
      try {
        return call(...args);
      } finally {
        this.depth--;
      }
    };
  }

  /**
   * Brings the sums up to date for a call of `acquire`. If a callback or a listener makes this
   * call, any key may be in the middle of a change; otherwise only the key of the call is not at
   * rest.
   */
  recount(core: KeyCore<K, T>): void {
    for (const each of this.depth > 1 ? this.#host.cores : [core]) this.#noteSums(each);
  }

  /** Number of resources for which there is room, or would be without the idle resources. */
  get #available(): number {
    return this.#coming + this.#idle;
  }

  /**
   * Number of waiters of a key for which `available` room is left, besides the claims of other
   * keys.
   */
  roomFor(core: KeyCore<K, T>): number {
    return Math.max(0, this.#available - this.#claims + core.seen.claims);
  }

  /** Whether `maxWaiters` calls wait over all keys, without the calls for which there is room. */
  get isCrowded(): boolean {
    return this.#unserved - Math.min(this.#claims, this.#available) >= this.maxWaiters;
  }

  /** Whether every holder that could serve a waiter waits itself: a deadlock. */
  isStuck(waiter: Waiter<never>): boolean {
    return isStuck(waiter, [...this.#host.cores], this.#total >= this.max);
  }

  /** The loans of all keys, the oldest first. */
  holders(): Holder[] {
    return this.#host.holders();
  }

  /** Called when a key has come to rest: updates the sums and balances keys. */
  changed(core: KeyCore<K, T>): void {
    const { seen } = core;
    if (core.room.size > 0 || seen.unserved > 0 || seen.hunger > 0) this.#noteHunger(core);
    this.#noteIdle(core);
    if (core.isEmpty) this.#host.onEmpty(core);
    if (this.#hunger > 0 || this.#unused.size > this.#idleKeys || this.isOver) this.balance();
  }

  #noteSums(core: KeyCore<K, T>): void {
    const { seen, unserved, claims, idle } = core;
    this.#unserved += unserved - seen.unserved;
    seen.unserved = unserved;
    this.#claims += claims - seen.claims;
    seen.claims = claims;
    this.#idle += idle.size - seen.idle;
    seen.idle = idle.size;
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
    const { seen, resting } = core;
    this.#noteSums(core);
    // A resource that is checked to keep it alive leaves the order as it is.
    if (resting !== seen.resting) {
      if (resting > seen.resting || resting === 0) this.#withIdle.delete(core);
      if (resting > 0) this.#withIdle.add(core);
      seen.resting = resting;
    }
    if (core.isUnused) this.#unused.add(core);
    else this.#unused.delete(core);
  }

  /** Whether all keys are being changed. Until the end no key takes room or an idle resource. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Changes all keys, and serves waiters only at the end, in their order over all keys. */
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

  /** Lends idle resources to waiters of their own keys, before other keys may take their room. */
  #pumpAll(cores: readonly KeyCore<K, T>[]): void {
    const wasBalancing = this.#isBalancing;
    this.#isBalancing = true;
    try {
      for (const core of cores) core.pump();
    } finally {
      this.#isBalancing = wasBalancing;
    }
  }

  /** Gives free room to hungry keys, and makes room for them. */
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

  /** Gives free room to the waiter that has waited longest. */
  #feed(): void {
    const full: KeyCore<K, T>[] = [];
    for (let left = this.#hungry.size; left > 0 && this.#total < this.max; left--) {
      const core = this.#hungry.first;
      // Callbacks may have suspended or closed the hungry keys.
      if (core === undefined) break;
      this.#hungry.remove(core);
      if (core.growth === 0) full.push(core);
      else {
        // The key adds itself again if it is still hungry.
        this.#hunger -= core.seen.hunger;
        core.seen.hunger = 0;
        core.first = undefined;
        core.pump();
      }
    }
    for (const core of full) if (core.index === -1 && core.seen.hunger > 0) this.#hungry.put(core);
  }

  /** Destroys idle resources to make room for hungry keys, or because there are too many. */
  #makeRoom(): void {
    while (this.#hunger > this.#coming || (this.isOver && this.#idle > 0)) {
      if (!this.#endIdle()) return;
    }
  }

  /**
   * Destroys the longest idle resource of the key whose last return is the oldest. Returns false if
   * no idle resource may be destroyed.
   */
  #endIdle(): boolean {
    for (const core of this.#withIdle) {
      if (this.#isFree(core) && this.#endIdleOf(core)) return true;
    }
    return false;
  }

  /**
   * Destroys an idle resource for waiters of other keys that come before the waiters of this key:
   * a resource of another key if possible, otherwise a resource of this key.
   */
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

  /**
   * Whether an idle resource of a key may be destroyed: its own waiter, if there is one, comes
   * after the first hungry waiter.
   */
  #isFree(core: KeyCore<K, T>): boolean {
    if (core.isSuspended) return true;
    const first = core.firstOfIdle;
    if (first === undefined) return true;
    const hungry = this.#hungry.first?.first;
    return hungry !== undefined && isServedBefore(hungry, first, this.#aging);
  }

  /** Destroys the resources of unused keys until `idleKeys` of these keys are left. */
  #dropUnused(): void {
    // A key whose resource is being checked stays until the check ends, and is the next to go.
    let staying = 0;
    for (const core of this.#unused) {
      if (this.#unused.size - staying <= this.#idleKeys) return;
      if (core.idle.size > 0) core.stock.evictIdle("idle key");
      if (this.#unused.has(core)) staying++;
    }
  }

  /**
   * Counts the waiters of other keys that want room and come before `waiter`. Stops soon after
   * `most`. With `isNow` it skips waiters whose key has reached its own bound for now.
   */
  #olderThan(waiter: Waiter<never>, core: KeyCore<K, T>, most: number, isNow: boolean): number {
    let count = 0;
    // Keys below a key in the heap come after it.
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
