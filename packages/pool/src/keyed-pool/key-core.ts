import type { PoolState } from "../errors.ts";
import { describeKey } from "../held-loans.ts";
import type { Holder } from "../lease.ts";
import type { CreationGovernor } from "../resource-pool/supply/creation-governor.ts";
import { PoolCore } from "../resource-pool/pool-core.ts";
import type { PoolParts } from "../resource-pool/pool-parts.ts";
import type { CoreCounts } from "../resource-pool/reports/core-report.ts";
import type { ResourceLease } from "../resource-pool/lending/resource-lease.ts";
import type { Waiter } from "../resource-pool/waiting/waiter-queue.ts";
import type { SharedRoom } from "./shared-room.ts";

/**
 * A key of a keyed pool: a pool of its own, which shares a bound with those of the other keys. It asks
 * the shared room before it creates, lends or keeps, and tells it what it wants when it has come to
 * rest.
 */
export class KeyCore<K, T> extends PoolCore<T> {
  declare readonly key: K;
  /** How many more should be created than there is room for now. */
  hunger = 0;
  /** What the shared room saw of it last. */
  readonly seen = {
    hunger: 0,
    unserved: 0,
    claims: 0,
    idle: 0,
    /** Idle, or being checked. */
    resting: 0,
  };
  /** The first who waits and for whom nothing is on its way, while it is hungry. */
  first: Waiter<never> | undefined;
  /** Its place in the heap of hungry keys, -1 outside. */
  index = -1;
  /** What it had counted when it was added to the sums of keys that have gone. */
  counted: CoreCounts | undefined;
  readonly #shared: SharedRoom<K, T>;

  constructor(
    parts: PoolParts<T>,
    key: K,
    shared: SharedRoom<K, T>,
    governor: CreationGovernor | undefined,
  ) {
    super(parts, key, governor);
    this.#shared = shared;
  }

  /** How many are in nobody's hands: idle, or taken out of the idle ones for a check. */
  get resting(): number {
    return this.idle.size + this.checks.checking;
  }

  /** Whether nothing of it is in use or asked for, but something is there. */
  get isUnused(): boolean {
    const { size } = this.stock.slots;
    return size > 0 && size === this.resting && this.room.size + this.creations.size === 0;
  }

  /** For how many of those who wait something is there or on its way. */
  get #supply(): number {
    const idle = this.isSuspended ? 0 : this.stock.usable;
    return idle + this.checks.inbound.size + this.creations.size;
  }

  /** How many wait for whom nothing is there or on its way. */
  get unserved(): number {
    return Math.max(0, this.room.size - this.#supply);
  }

  /** The first of them. */
  get firstUnserved(): Waiter<never> | undefined {
    let served = this.#supply;
    return this.room.queue.find(() => served-- === 0) as Waiter<never> | undefined;
  }

  /** The first who waits for something that is idle, before it is lent. */
  get firstOfIdle(): Waiter<never> | undefined {
    let served = this.checks.inbound.size + this.creations.size;
    return this.room.queue.find(() => served-- === 0) as Waiter<never> | undefined;
  }

  /** The first for whom one would be made: with checks that are late, one who counts as served. */
  get firstWanting(): Waiter<never> | undefined {
    return this.firstUnserved ?? (this.room.queue.peek() as Waiter<never> | undefined);
  }

  /** How many of them have waited longer than another one, of this key or not; at most so many are counted. */
  unservedBefore(waiter: Waiter<never>, most: number): number {
    const supply = this.#supply;
    const other = waiter as Waiter<unknown> as Waiter<ResourceLease<T>>;
    return Math.max(0, this.room.queue.countBefore(other, most + supply) - supply);
  }

  /** How many more this core may have now. */
  get growth(): number {
    return Math.max(0, this.settings.max - this.total);
  }

  /** How many would be created for those who wait if nothing but the bound of this core counted. */
  get claims(): number {
    const { unserved, governor } = this;
    if (unserved === 0 || governor.isProbing) return 0;
    return governor.mayCreateAt(true) > this.now() ? 0 : Math.min(unserved, this.freeRoom);
  }

  override get isShared(): boolean {
    return true;
  }

  override get place(): Pick<PoolState, "key" | "all"> {
    const { total, max } = this.#shared;
    return { key: describeKey(this.key), all: { total, max } };
  }

  override get isHeld(): boolean {
    return this.#shared.isHeld;
  }

  override get mustShrink(): boolean {
    return this.isOver || this.#shared.isOver;
  }

  protected override create(): number {
    this.hunger = 0;
    const missing = super.create();
    // What leaves makes room, in this key too.
    const room = this.settings.max - this.total + this.stock.closing;
    this.hunger = Math.max(0, Math.min(missing, room));
    return missing;
  }

  override takeRoom(): boolean {
    return this.growth > 0 && this.#shared.take(this);
  }

  override onRoom(total: number, closing: number): void {
    this.#shared.count(total, closing);
  }

  override onRest(): void {
    this.#shared.changed(this);
  }

  override mustYield(first: Waiter<ResourceLease<T>> | undefined): boolean {
    return first !== undefined && this.#shared.mustYield(this, first as Waiter<never>);
  }

  override yieldIdle(): void {
    this.#shared.endIdleFor(this);
  }

  override crowd(lacking: number): string | undefined {
    const { maxWaiters } = this.settings;
    const room = Math.min(this.freeRoom, this.#shared.roomFor(this));
    if (lacking < room) return undefined;
    if (lacking >= room + maxWaiters) return `maxWaitersPerKey of ${maxWaiters}`;
    return this.#shared.isCrowded ? `maxWaiters of ${this.#shared.maxWaiters}` : undefined;
  }

  override isStuck(waiter: Waiter<never>): boolean {
    return this.#shared.isStuck(waiter);
  }

  /** Those of all keys, if the bound of this one is not the reason for the wait. */
  override blockers(): Holder[] {
    if (!this.isFull) return this.allHolders();
    return super.blockers().map((holder) => ({ ...holder, key: this.place.key }));
  }

  override allHolders(): Holder[] {
    return this.#shared.holders();
  }
}
