import type { PoolState } from "../errors.ts";
import { describeKey } from "../held-loans.ts";
import type { Holder } from "../lease.ts";
import type { PoolCore } from "../resource-pool/pool-core.ts";
import type { ResourcePoolStats } from "../resource-pool/pool-stats.ts";
import type { Quota } from "../resource-pool/quota.ts";
import type { Waiter } from "../resource-pool/waiter-queue.ts";
import type { SharedRoom } from "./shared-room.ts";

/** A key of a keyed pool: its core, and its share in the bound over all keys. */
export class KeyEntry<K, T> implements Quota {
  readonly key: K;
  core!: PoolCore<T>;
  /** Its place in the heap of those that want room, -1 outside. */
  index = -1;
  /** What it wanted and had when the room last looked at it: rooms, calls without anything on its way and rooms for them, idle resources. */
  hunger = 0;
  unserved = 0;
  claims = 0;
  idle = 0;
  /** Idle ones, and those that are being checked. */
  resting = 0;
  /** The first who waits and for whom nothing is on its way; never undefined in the heap. */
  first: Waiter<never> | undefined;
  /** What it had counted when it was added to the sums of keys that have gone. */
  counted: ResourcePoolStats | undefined;
  readonly #room: SharedRoom<K, T>;

  constructor(key: K, room: SharedRoom<K, T>) {
    this.key = key;
    this.#room = room;
  }

  get maxWaiters(): number {
    return this.#room.maxWaiters;
  }

  take(): boolean {
    return this.#room.take(this);
  }

  give(): void {
    this.#room.give();
  }

  leave(): void {
    this.#room.leave();
  }

  left(): void {
    this.#room.left();
  }

  mustYield(waiter: Waiter<never>): boolean {
    return this.#room.mustYield(this, waiter);
  }

  room(): number {
    return this.#room.roomFor(this);
  }

  isCrowded(): boolean {
    return this.#room.isCrowded();
  }

  isHeld(): boolean {
    return this.#room.isHeld;
  }

  isOver(): boolean {
    return this.#room.isOver;
  }

  isStuck(waiter: Waiter<never>): boolean {
    return this.#room.isStuck(waiter);
  }

  holders(): Holder[] {
    return this.#room.holders();
  }

  state(): Pick<PoolState, "key" | "all"> {
    const { total, max } = this.#room;
    return { key: describeKey(this.key), all: { total, max } };
  }

  changed(): void {
    this.#room.changed(this);
  }
}
