import type { CallbackHost } from "../callbacks/owner-callbacks.ts";
import type { Outcome } from "../callbacks/attempt.ts";
import type { IdleTokens } from "../lending/idle-tokens.ts";
import type { Slot, Token } from "../lending/slot.ts";
import type { Settings } from "../settings.ts";
import type { PoolParts } from "../pool-parts.ts";
import type { CoreReport } from "../reports/core-report.ts";
import type { EventHub } from "../reports/pool-events.ts";

/** The members of a core that the stock uses. */
export interface StockHost<T> extends CallbackHost {
  readonly settings: Settings<T>;
  /** All resources that count against `max`, including resources that are being created. */
  readonly total: number;
  readonly isSuspended: boolean;
  readonly idle: IdleTokens<T>;
  readonly room: { readonly size: number };
  readonly upkeep: { plan(at: number): void; planAfterUse(now: number): void };
  readonly creations: { expireBy(time: number): void };
  readonly report: Pick<CoreReport<T>, "state" | "destroyed" | "usesOfGone">;
  readonly checks: {
    readonly checking: number;
    readonly resetting: number;
    leave(slot: Slot<T>, state: "ended"): void;
  };
  readonly emit: EventHub<T>["emit"];
  /** Called if the number of resources, or of resources that are being destroyed, changes. */
  onRoom(total: number, closing: number): void;
  /** Called if a slot has ended or retires: loans may have more or less to look at. */
  refresh(): void;
  /** Called if a call of `destroy` has settled or timed out. */
  onDestroyed(end: Outcome<unknown>): void;
  pump(): void;
}

/**
 * The resources of a core: all slots that have not ended, which of them are idle, and how many are
 * being destroyed.
 *
 * Invariants, at every moment at which other code runs:
 * - A slot is in `slots` from its creation to its end, and counts in `closing` from its end until
 *   `destroy` has settled or timed out.
 * - A retiring slot is never lent again. It stays idle only while its replacement is being created.
 */
export class Stock<T> {
  readonly slots: Set<Slot<T>> = new Set();
  readonly idle: IdleTokens<T>;
  /** Resources that are being destroyed. */
  closing = 0;
  /** Slots that are marked by `retire`. */
  retiring = 0;
  readonly #parts: PoolParts<T>;
  readonly #core: StockHost<T>;
  #returns = 0;

  constructor(parts: PoolParts<T>, core: StockHost<T>) {
    this.#parts = parts;
    this.#core = core;
    this.idle = core.idle;
  }

  /** The number of slots that will be left once all retiring ones have ended. */
  get standing(): number {
    return this.slots.size - this.retiring;
  }

  get leasedCount(): number {
    const { checking, resetting } = this.#core.checks;
    return this.slots.size - this.idle.size - checking - resetting;
  }

  /** Whether an idle resource may leave: there are more than `min` and `minIdle` ask for. */
  get isSpare(): boolean {
    const { min, minIdle } = this.#parts.settings;
    return this.standing > min && this.idle.size > minIdle;
  }

  /** The number of idle resources that may be lent. */
  get usable(): number {
    if (this.retiring === 0) return this.idle.size;
    return this.idle.toArray().filter(({ slot }) => !slot.isRetiring).length;
  }

  /** Whether an idle slot has passed `idleTimeout`, and the pool can spare it. */
  isIdleTooLong(slot: Slot<T>, now: number): boolean {
    return now - slot.since >= this.#parts.settings.idleTimeout && this.isSpare;
  }

  /** The slots that are lent. */
  leased(): Slot<T>[] {
    const idle = new Set(this.idle.toArray().map(({ slot }) => slot));
    return [...this.slots].filter((slot) => slot.state === "ready" && !idle.has(slot));
  }

  add(slot: Slot<T>): void {
    this.slots.add(slot);
    this.#parts.slotsByValue.set(slot.value, slot);
  }

  /**
   * Keeps a token as idle, or ends its slot if `maxIdle` are idle and no caller waits. `idleSince`
   * is set for a slot that was not used since then: it goes back to its place in the order of
   * return.
   */
  shelve(token: Token<T>, now: number, idleSince: number | undefined): void {
    const { maxIdle, min } = this.#parts.settings;
    const { slot } = token;
    const isWanted = this.#core.room.size > 0 && !this.#core.isSuspended;
    if (this.usable >= Math.max(maxIdle, min) && !isWanted) {
      this.end(slot, "above maxIdle");
      return;
    }
    if (idleSince === undefined) {
      slot.place = ++this.#returns;
      this.idle.put(token);
    } else {
      slot.since = idleSince;
      this.idle.putInPlace(token);
    }
    this.#core.upkeep.planAfterUse(now);
  }

  /**
   * Ends a slot, which must not have its token in the idle list. Its resource is destroyed once,
   * and counts until `destroy` has settled or timed out. Does nothing if the slot has ended.
   */
  end(slot: Slot<T>, reason: unknown): void {
    if (slot.state === "ended") return;
    const { slotsByValue, callbacks } = this.#parts;
    this.#core.checks.leave(slot, "ended");
    const value = slot.end();
    this.slots.delete(slot);
    if (slotsByValue.get(value) === slot) slotsByValue.delete(value);
    if (slot.isRetiring) this.retiring--;
    this.#core.report.usesOfGone += slot.uses;
    this.#core.report.destroyed++;
    this.closing++;
    this.#core.onRoom(0, 1);
    this.#core.refresh();
    this.#core.emit("destroy", { value, reason });
    callbacks.destroy(this.#core, value, reason, (end) => {
      this.closing--;
      this.#core.onDestroyed(end);
    });
  }

  /** Marks a slot whose time has come: it is never lent again, and leaves. */
  retire(slot: Slot<T>): void {
    if (slot.isRetiring || slot.state === "ended") return;
    slot.isRetiring = true;
    this.retiring++;
    this.#core.refresh();
  }

  /**
   * Ends idle slots that retire. A slot stays while its replacement is being created, so that the
   * pool is below `min` and `minIdle` for as short a time as possible. Returns true if the caller
   * has to create a replacement and to call this again.
   */
  dismissRetiring(): boolean {
    const retiring = this.idle.toArray().filter(({ slot }) => slot.isRetiring);
    for (const token of retiring) {
      const { min, minIdle } = this.#parts.settings;
      const isReplaced = this.standing >= min && this.usable >= minIdle;
      // Something is being created or destroyed: a replacement comes, or room for it.
      if (!isReplaced && this.#core.total > this.slots.size) return false;
      if (this.idle.remove(token)) this.end(token.slot, "expired");
      if (!isReplaced) return true;
    }
    return false;
  }

  /** Ends all idle slots. Returns their number. */
  evictIdle(reason: unknown): number {
    let count = 0;
    for (const token of this.idle.toArray()) {
      // A listener may have taken it.
      if (!this.idle.remove(token)) continue;
      this.end(token.slot, reason);
      count++;
    }
    this.#core.pump();
    return count;
  }

  /** Replaces all resources, including resources that are being created, evenly over `over` ms. */
  replaceAll(over: number): void {
    const now = this.#parts.now();
    this.#core.creations.expireBy(now + over);
    let at = 0;
    for (const slot of this.slots) {
      slot.expiresAt = Math.min(slot.expiresAt, now + (over * at++) / this.slots.size);
      if (slot.expiresAt <= now) this.retire(slot);
      else this.#core.upkeep.plan(slot.expiresAt);
    }
    this.#core.refresh();
    this.#core.pump();
  }

  /** Makes all slots older by `ms`: the machine slept, and its clock stood still. */
  addAge(ms: number): void {
    for (const slot of this.slots) {
      slot.since -= ms;
      slot.touchedAt -= ms;
      slot.provenAt -= ms;
      slot.expiresAt -= ms;
    }
    // Not at once: this may be the middle of a loan.
    if (this.slots.size > 0) this.#core.upkeep.plan(this.#parts.now());
  }
}
