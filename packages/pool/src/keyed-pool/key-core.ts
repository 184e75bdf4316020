import type { PoolState } from "../errors.ts";
import { describeKey } from "../held-loans.ts";
import type { Holder } from "../lease.ts";
import type { CreationGovernor } from "../resource-pool/supply/creation-governor.ts";
import { PoolCore } from "../resource-pool/pool-core.ts";
import type { PoolParts } from "../resource-pool/pool-parts.ts";
import type { CoreCounts } from "../resource-pool/reports/core-report.ts";
import type { ResourceLease } from "../resource-pool/lending/resource-lease.ts";
import type { Waiter } from "../resource-pool/waiting/waiter-queue.ts";

/** The members of the bound over all keys that the pool of a key uses. */
export interface KeyBound<Core> {
  /** Number of resources of all keys. */
  readonly total: number;
  /** Maximum number of resources of all keys. */
  readonly max: number;
  /** Maximum number of waiters of all keys. */
  readonly maxWaiters: number;
  /** Whether there are more than `max` resources, without those being destroyed. */
  readonly isOver: boolean;
  /** Whether all keys are being changed, so that no key may take room. */
  readonly isHeld: boolean;
  /** Takes room for a resource of a key. Returns false if the key may not have it. */
  take(core: Core): boolean;
  /** Adds to the numbers of all resources and of resources being destroyed. */
  count(total: number, closing: number): void;
  /** Called when a key has come to rest. */
  changed(core: Core): void;
  /** Brings the next two members up to date, for a call that may have to wait for a key. */
  recount(core: Core): void;
  /** Number of waiters of a key for which there is room. */
  roomFor(core: Core): number;
  /** Whether `maxWaiters` calls wait, without the calls for which there is room. */
  readonly isCrowded: boolean;
  /** Whether more waiters of other keys come before a waiter than there will be room for. */
  mustYield(core: Core, waiter: Waiter<never>): boolean;
  /** Destroys an idle resource for waiters of other keys that come before the waiters of a key. */
  endIdleFor(core: Core): void;
  /** Whether every holder that could serve a waiter waits itself. */
  isStuck(waiter: Waiter<never>): boolean;
  /** The loans of all keys, the oldest first. */
  holders(): Holder[];
}

/**
 * The pool of one key of a keyed pool. It shares a bound with the pools of the other keys: it asks
 * the bound before it creates, lends or keeps a resource, and reports its needs to the bound when
 * it has come to rest.
 */
export class KeyCore<K, T> extends PoolCore<T> {
  /** The key, as the caller of `acquire` passed it. */
  declare readonly key: K;
  /** Number of resources that are needed, but for which there is no room now. */
  hunger = 0;
  /** The numbers of this key that are in the sums over all keys. */
  readonly seen = {
    hunger: 0,
    unserved: 0,
    claims: 0,
    idle: 0,
    /** Resources that are idle or being checked. */
    resting: 0,
  };
  /** The first waiter for which no resource is on its way. Set while the key is hungry. */
  first: Waiter<never> | undefined;
  /** Place in the heap of hungry keys; -1 if the key is not in it. */
  index = -1;
  /** The counts that have been added to the sums of forgotten keys. */
  counted: CoreCounts | undefined;
  readonly #bound: KeyBound<KeyCore<K, T>>;

  /**
   * Makes the pool of a key. `governor` knows of earlier failures of the key, if there were some.
   */
  constructor(
    parts: PoolParts<T>,
    key: K,
    bound: KeyBound<KeyCore<K, T>>,
    governor: CreationGovernor | undefined,
  ) {
    super(parts, key, governor);
    this.#bound = bound;
  }

  /** Number of resources that are idle, or were idle and are being checked. */
  get resting(): number {
    return this.idle.size + this.checks.checking;
  }

  /** Whether the key has resources, but no loan, no waiter and no creation. */
  get isUnused(): boolean {
    const { size } = this.stock.slots;
    return size > 0 && size === this.resting && this.room.size + this.creations.size === 0;
  }

  /** Number of waiters for which a resource is idle or on its way. */
  get #supply(): number {
    const idle = this.isSuspended ? 0 : this.stock.usable;
    return idle + this.checks.inbound.size + this.creations.size;
  }

  /** Number of waiters for which no resource is idle or on its way. */
  get unserved(): number {
    return this.room.size === 0 ? 0 : Math.max(0, this.room.size - this.#supply);
  }

  /** The first unserved waiter, or undefined. */
  get firstUnserved(): Waiter<never> | undefined {
    let served = this.#supply;
    return this.room.queue.find(() => served-- === 0) as Waiter<never> | undefined;
  }

  /** The first waiter that an idle resource would serve, or undefined. */
  get firstOfIdle(): Waiter<never> | undefined {
    let served = this.checks.inbound.size + this.creations.size;
    return this.room.queue.find(() => served-- === 0) as Waiter<never> | undefined;
  }

  /**
   * The first waiter for which a resource would be created, or undefined. If checks are late, that
   * is a waiter that counts as served.
   */
  get firstWanting(): Waiter<never> | undefined {
    return this.firstUnserved ?? (this.room.queue.peek() as Waiter<never> | undefined);
  }

  /**
   * Counts the unserved waiters that are served before `waiter`, of any key. Counts up to `most`.
   */
  unservedBefore(waiter: Waiter<never>, most: number): number {
    const supply = this.#supply;
    const other = waiter as Waiter<unknown> as Waiter<ResourceLease<T>>;
    return Math.max(0, this.room.queue.countBefore(other, most + supply) - supply);
  }

  /** Number of resources that the bound of this key still allows. */
  get growth(): number {
    return Math.max(0, this.settings.max - this.total);
  }

  /**
   * Number of resources that would be created for waiters if only the bound of this key counted.
   */
  get claims(): number {
    const { unserved, governor } = this;
    if (unserved === 0 || governor.isProbing) return 0;
    return governor.mayCreateAt(true) > this.now() ? 0 : Math.min(unserved, this.freeRoom);
  }

  /** A key shares its bound with other keys. */
  override get isShared(): boolean {
    return true;
  }

  /** The key, and the bound over all keys, for errors. */
  override get place(): Pick<PoolState, "key" | "all"> {
    const { total, max } = this.#bound;
    return { key: describeKey(this.key), all: { total, max } };
  }

  /** Whether all keys are being changed, so that this key takes no room. */
  override get isHeld(): boolean {
    return this.#bound.isHeld;
  }

  /** Whether this key, or all keys together, have too many resources. */
  override get mustShrink(): boolean {
    return this.isOver || this.#bound.isOver;
  }

  protected override create(): number {
    this.hunger = 0;
    const missing = super.create();
    // Resources that are being destroyed make room, in this key too.
    const room = this.settings.max - this.total + this.stock.closing;
    this.hunger = Math.max(0, Math.min(missing, room));
    return missing;
  }

  override takeRoom(): boolean {
    return this.growth > 0 && this.#bound.take(this);
  }

  override onRoom(total: number, closing: number): void {
    this.#bound.count(total, closing);
  }

  override onRest(): void {
    this.#bound.changed(this);
  }

  override mustYield(first: Waiter<ResourceLease<T>> | undefined): boolean {
    return first !== undefined && this.#bound.mustYield(this, first as Waiter<never>);
  }

  override yieldIdle(): void {
    this.#bound.endIdleFor(this);
  }

  override crowd(lacking: number): string | undefined {
    const { maxWaiters } = this.settings;
    if (maxWaiters === Infinity && this.#bound.maxWaiters === Infinity) return undefined;
    this.#bound.recount(this);
    const room = Math.min(this.freeRoom, this.#bound.roomFor(this));
    if (lacking < room) return undefined;
    if (lacking >= room + maxWaiters) return `maxWaitersPerKey of ${maxWaiters}`;
    if (!this.#bound.isCrowded) return undefined;
    return `maxWaiters of ${this.#bound.maxWaiters} over all keys`;
  }

  override isStuck(waiter: Waiter<never>): boolean {
    return this.#bound.isStuck(waiter);
  }

  /** The holders of this key, or of all keys if the bound of this key is not reached. */
  override blockers(): Holder[] {
    if (!this.isFull) return this.allHolders();
    return super.blockers().map((holder) => ({ ...holder, key: this.place.key }));
  }

  override allHolders(): Holder[] {
    return this.#bound.holders();
  }
}
