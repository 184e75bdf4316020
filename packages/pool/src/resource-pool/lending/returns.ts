import type { CallbackHost } from "../callbacks/owner-callbacks.ts";
import type { Stock } from "../keeping/stock.ts";
import type { PoolParts } from "../pool-parts.ts";
import type { EventHub } from "../reports/pool-events.ts";
import type { CoreReport } from "../reports/core-report.ts";
import type { Waiter } from "../waiting/waiter-queue.ts";
import type { WaitingRoom } from "../waiting/waiting-room.ts";
import type { ResourceChecks } from "./resource-checks.ts";
import type { ResourceLease } from "./resource-lease.ts";
import type { Slot, Token } from "./slot.ts";

/** The members of a core that returns use. */
export interface ReturnsHost<T> extends CallbackHost {
  readonly stock: Stock<T>;
  readonly room: Pick<WaitingRoom<ResourceLease<T>>, "size" | "next" | "queue">;
  readonly checks: Pick<ResourceChecks<T>, "reset" | "validateReturn" | "reserve">;
  readonly report: Pick<CoreReport<T>, "state" | "useTimes" | "lost">;
  readonly isServing: boolean;
  readonly isSuspended: boolean;
  readonly mustShrink: boolean;
  readonly emit: EventHub<T>["emit"];
  mustYield(first: Waiter<ResourceLease<T>> | undefined): boolean;
  serve(waiter: Waiter<ResourceLease<T>>, token: Token<T>): void;
  pump(): void;
}

/**
 * The ends of loans, apart from the fast path: a slot that works goes to the next waiter, back to
 * the idle list, or is ended.
 */
export class Returns<T> {
  readonly #parts: PoolParts<T>;
  readonly #core: ReturnsHost<T>;

  constructor(parts: PoolParts<T>, core: ReturnsHost<T>) {
    this.#parts = parts;
    this.#core = core;
  }

  /** Ends a loan, and runs all callbacks and listeners that there are. */
  returnFully(token: Token<T>): void {
    const { slot } = token;
    // Its holder does not know that it was discarded.
    if (slot.state !== "ready") return;
    this.#parts.keepTime();
    this.#endLoan(slot);
    // A listener may have closed the pool.
    if (slot.state !== "ready") return;
    if (this.#parts.settings.reset !== undefined) this.#core.checks.reset(token);
    else this.#core.checks.validateReturn(token);
    this.#core.pump();
  }

  /** Ends a loan and its slot: the holder says that the resource is broken. */
  destroyLoan({ slot }: Token<T>, reason: unknown): void {
    if (slot.state !== "ready") return;
    this.#endLoan(slot);
    this.#end(slot, reason);
  }

  /** Ends a slot, whatever its state. Returns false if it has ended already. Never throws. */
  discard(slot: Slot<T>, reason: unknown): boolean {
    if (slot.state === "ended") return false;
    const isIdle = this.#core.stock.idle.removeSlot(slot);
    const isLent = !isIdle && slot.state === "ready" && slot.endedLoan !== slot.uses;
    if (isLent) {
      // Its holder need not know this. From now on its lease does nothing.
      slot.isDiscarded = true;
      this.#core.checks.reserve(slot, "resetting");
      this.#endLoan(slot);
    }
    this.#end(slot, reason);
    return true;
  }

  /** Ends a slot whose lease was garbage collected before its loan had ended. */
  reclaim(slot: Slot<T>): void {
    if (slot.state !== "ready") return;
    this.#core.report.lost++;
    const holder = slot.holderAt(this.#parts.now());
    this.#core.emit("leak", { kind: "lost", holder });
    this.#end(slot, "lost");
  }

  #end(slot: Slot<T>, reason: unknown): void {
    this.#core.stock.end(slot, reason);
    this.#core.pump();
  }

  /** Counts the end of a loan, and calls listeners. */
  #endLoan(slot: Slot<T>): void {
    const now = this.#parts.times.now();
    this.#core.report.useTimes.record(now - slot.lentSince);
    const { isReported } = slot;
    const isHeard =
      this.#parts.events.has("release") || (isReported && this.#parts.events.has("leak"));
    const holder = isHeard ? slot.holderAt(now) : undefined;
    slot.endedLoan = slot.uses;
    slot.forget();
    if (holder === undefined) return;
    if (isReported) this.#core.emit("leak", { kind: "returned", holder });
    this.#core.emit("release", holder);
  }

  /** Settles a slot that works and was in use until now. */
  keepOrEnd(token: Token<T>): void {
    const { slot } = token;
    this.#parts.times.touch(slot);
    this.settle(token, slot.since);
  }

  /**
   * Hands a slot that works to the next waiter, keeps it idle, or ends it. `idleSince` is set for a
   * slot that was not used since then.
   */
  settle(token: Token<T>, now: number, idleSince?: number): void {
    const { slot } = token;
    const { maxUses, validateAfter, validate } = this.#parts.settings;
    if (slot.expiresAt <= now) this.#core.stock.retire(slot);
    const reason =
      (!this.#core.isServing && "closed") ||
      (slot.uses >= maxUses && "used up") ||
      (slot.isRetiring && "expired") ||
      (this.#core.mustShrink && "above max") ||
      (this.#core.mustYield(this.#core.room.queue.peek()) && "needed by another key");
    if (reason !== false) {
      this.#core.stock.end(slot, reason);
      return;
    }
    const mayServe =
      this.#core.room.size > 0 &&
      !this.#core.isSuspended &&
      this.#parts.settings.prepare === undefined;
    if (mayServe && (validate === undefined || validateAfter > 0 || idleSince !== undefined)) {
      const waiter = this.#core.room.next();
      if (waiter !== undefined) {
        this.#core.serve(waiter, token);
        return;
      }
    }
    this.#core.stock.shelve(token, now, idleSince);
  }
}
