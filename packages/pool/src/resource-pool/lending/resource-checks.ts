import { PoolTimeoutError } from "../../errors.ts";
import { captureContext, type AsyncContext } from "../../outside-context.ts";
import { Inbound } from "./inbound.ts";
import type { CallbackHost, CheckSteps } from "../callbacks/owner-callbacks.ts";
import type { Stock } from "../keeping/stock.ts";
import type { PoolParts } from "../pool-parts.ts";
import type { CoreReport } from "../reports/core-report.ts";
import type { CreationGovernor } from "../supply/creation-governor.ts";
import type { ResourceLease } from "./resource-lease.ts";
import type { Slot, Token } from "./slot.ts";
import type { Waiter } from "../waiting/waiter-queue.ts";
import type { WaitingRoom } from "../waiting/waiting-room.ts";

/**
 * The caller for which a resource is checked: a waiter, or a caller that may have to wait for it.
 */
export interface Borrower<T> {
  readonly context: AsyncContext | undefined;
  /** False in `tryAcquire`. */
  readonly canWait: boolean;
  waiter: Waiter<ResourceLease<T>> | undefined;
  /** The slot that is being checked for it. */
  slot: Slot<T> | undefined;
}

/** The members of a core that checks use. */
export interface ChecksHost<T> extends CallbackHost {
  readonly stock: Pick<Stock<T>, "idle" | "end">;
  readonly room: Pick<WaitingRoom<ResourceLease<T>>, "size" | "queue" | "take">;
  readonly governor: Pick<CreationGovernor, "judge" | "succeed">;
  readonly report: Pick<CoreReport<T>, "state" | "noteSuccess" | "noteFailure">;
  readonly creations: { blame(error: unknown, round: number): void };
  readonly lending: { mayLend(slot: Slot<T>): boolean; serveNext(token: Token<T>): void };
  readonly returns: {
    settle(token: Token<T>, now: number, idleSince?: number): void;
    keepOrEnd(token: Token<T>): void;
  };
  /** Whether waiters are served. */
  readonly isServing: boolean;
  /** Whether there are more resources than some bound allows. */
  readonly mustShrink: boolean;
  serve(waiter: Waiter<ResourceLease<T>>, token: Token<T>): void;
  pump(): void;
  finishClose(): void;
}

/**
 * The checks and resets of a core's resources: when they are due, for which caller, and what
 * happens with their results.
 *
 * Invariants, at every moment at which other code runs:
 * - `checking` and `resetting` are the numbers of slots in these states. The code that checks or
 *   resets a slot holds its token.
 * - If the state of a slot has changed during a callback, other code has ended the slot. Then the
 *   result of the callback changes nothing.
 * - A slot that fails is ended, and `pump` looks for another one for its waiter.
 */
export class ResourceChecks<T> {
  checking = 0;
  resetting = 0;
  /** The slots among them that the pool may rely on. */
  readonly inbound: Inbound<T>;
  readonly #parts: PoolParts<T>;
  readonly #core: ChecksHost<T>;

  constructor(parts: PoolParts<T>, core: ChecksHost<T>) {
    this.#parts = parts;
    this.#core = core;
    this.inbound = new Inbound(
      parts.deadlines,
      () => parts.now(),
      () => this.#core.pump(),
    );
  }

  /** Whether a slot has to be validated before it is lent. */
  isDoubtful(slot: Slot<T>, now: number): boolean {
    if (this.#parts.settings.validate === undefined) return false;
    const age = now - slot.provenAt;
    return (
      age >= this.#parts.settings.validateAfter &&
      !(slot.isProven && age < this.#parts.settings.validateTimeout)
    );
  }

  /** Reserves a slot for the code that calls this. */
  reserve(slot: Slot<T>, state: "checking" | "resetting"): void {
    slot.state = state;
    this[state]++;
  }

  /** Ends the reservation of a slot that has passed, or is ended. */
  leave(slot: Slot<T>, state: "ready" | "ended"): void {
    const { state: before } = slot;
    if (before === "checking" || before === "resetting") this[before]--;
    this.inbound.delete(slot);
    slot.state = state;
  }

  /** The present caller of `acquire` or `tryAcquire`. */
  borrower(canWait: boolean): Borrower<T> {
    const context = this.#parts.settings.prepare ? captureContext() : undefined;
    return { context, canWait, waiter: undefined, slot: undefined };
  }

  /**
   * The first waiter for which no slot is being prepared; undefined in a pool without `prepare`.
   * While other slots are late, a new slot is for the first waiter of all: the slot that is being
   * prepared for it may be dead.
   */
  nextBorrower(isNew = false): Borrower<T> | undefined {
    if (this.#parts.settings.prepare === undefined) return undefined;
    const { queue } = this.#core.room;
    const mayBeDead = isNew && this.inbound.hasLate;
    const waiter = queue.find(({ slot }) => slot?.state !== "checking" || slot.isLate || mayBeDead);
    return waiter && { context: waiter.context, canWait: true, waiter, slot: undefined };
  }

  /**
   * Checks a slot. Returns its token if the slot passes at once. Otherwise returns undefined, and
   * the token is offered when the slot has passed.
   */
  checkAtOnce(
    token: Token<T>,
    isDoubtful: boolean,
    borrower: Borrower<T> | undefined,
  ): Token<T> | undefined {
    const { slot } = token;
    let isWaiting = false;
    let passed: Token<T> | undefined;
    const steps = { validate: isDoubtful, prepare: true, context: borrower?.context };
    assign(borrower, slot);
    this.#check(token, steps, true, () => {
      if (!isWaiting) passed = token;
      else if (borrower?.canWait === false) {
        // It was not used, so it goes back to its place, for the next caller that cannot wait.
        slot.isProven = true;
        this.#core.returns.settle(token, this.#parts.times.now(), slot.since);
        this.#core.pump();
      } else this.#offer(token, borrower);
    });
    isWaiting = true;
    if (passed === undefined || this.#core.lending.mayLend(slot)) return passed;
    this.#core.returns.keepOrEnd(passed);
    return undefined;
  }

  /**
   * Lends a new slot for the first time, or keeps it idle. A new slot is not validated. If it
   * cannot be prepared, that counts as a failed creation: otherwise the pool would create resources
   * without end.
   */
  placeNew(token: Token<T>, round: number): void {
    const { slot } = token;
    const mayLend =
      this.#core.room.size > this.inbound.promising &&
      this.#core.lending.mayLend(slot) &&
      !this.#core.mustShrink;
    const borrower = mayLend ? this.nextBorrower(true) : undefined;
    if (borrower === undefined) {
      this.#core.governor.succeed();
      if (mayLend && this.#parts.settings.prepare === undefined)
        this.#core.lending.serveNext(token);
      else this.#core.returns.keepOrEnd(token);
      return;
    }
    const { context } = borrower;
    assign(borrower, slot);
    const passed = (): void => {
      this.#core.governor.succeed();
      this.#offer(token, borrower);
    };
    const failed = (reason: unknown): void => this.#core.creations.blame(reason, round);
    this.#check(token, { validate: false, prepare: true, context }, true, passed, failed);
  }

  /**
   * Validates an idle slot, whose token was removed from the idle list, and puts it back in its
   * place.
   */
  verify(token: Token<T>, isTrusted: boolean): void {
    const { since } = token.slot;
    this.#check(token, { validate: true, prepare: false }, isTrusted, () => {
      this.#core.returns.settle(token, this.#parts.times.now(), since);
      this.#core.pump();
    });
  }

  /** Validates a slot that came back, if that is due, and settles it. */
  validateReturn(token: Token<T>): void {
    if (!this.#parts.settings.validateOnReturn || !this.#core.isServing || token.slot.isRetiring) {
      this.#core.returns.keepOrEnd(token);
      return;
    }
    this.#check(token, { validate: true, prepare: false }, true, () => {
      this.#core.returns.keepOrEnd(token);
      this.#core.pump();
    });
  }

  /**
   * Lends a slot that has passed to the waiter for which it was prepared, or to the next; or keeps
   * it.
   */
  #offer(token: Token<T>, borrower: Borrower<T> | undefined): void {
    const waiter = borrower?.waiter;
    if (!this.#core.lending.mayLend(token.slot)) this.#core.returns.keepOrEnd(token);
    else if (this.#parts.settings.prepare === undefined) this.#core.lending.serveNext(token);
    else if (waiter !== undefined && this.#core.room.take(waiter)) this.#core.serve(waiter, token);
    else this.#core.returns.keepOrEnd(token);
    this.#core.pump();
  }

  /**
   * Validates and prepares a slot. Calls `passed` if it passes. If it fails, calls `failed` and
   * ends it. A trusted slot counts as on its way to a waiter.
   */
  #check(
    token: Token<T>,
    steps: CheckSteps,
    isTrusted: boolean,
    passed: () => void,
    failed?: (reason: unknown) => void,
  ): void {
    const { slot } = token;
    this.#watch(slot, "checking", isTrusted, this.#parts.settings.validateTimeout, (goesOn) =>
      this.#parts.callbacks.check(this.#core, slot.value, steps, goesOn, (failure) => {
        if (goesOn()) {
          this.leave(slot, "ready");
          const now = this.#parts.times.now();
          this.#core.governor.judge(failure === undefined, now);
          if (failure === undefined) {
            this.#core.report.noteSuccess("check");
            slot.provenAt = now;
            passed();
            return;
          }
          const { reason } = failure;
          if (reason !== "invalid") this.#core.report.noteFailure("check", reason);
          const { since } = slot;
          // Called first, because the end of the slot creates another one for the waiters that are
          // left.
          failed?.(reason);
          this.#core.stock.end(slot, reason);
          if (isTrusted && reason instanceof PoolTimeoutError) this.#distrust(since);
        }
        this.#core.pump();
      }),
    );
  }

  /** Resets a slot that came back, and settles it. If the reset fails, ends the slot. */
  reset(token: Token<T>): void {
    const { slot } = token;
    this.#watch(slot, "resetting", true, this.#parts.settings.resetTimeout, (goesOn) =>
      this.#parts.callbacks.reset(this.#core, slot.value, (end) => {
        if (goesOn()) {
          this.leave(slot, "ready");
          if ("error" in end) this.#core.stock.end(slot, end.error);
          else this.validateReturn(token);
        }
        this.#core.pump();
        this.#core.finishClose();
      }),
    );
  }

  #watch(
    slot: Slot<T>,
    state: "checking" | "resetting",
    isTrusted: boolean,
    timeout: number,
    run: (goesOn: () => boolean) => void,
  ): void {
    this.reserve(slot, state);
    this.inbound.add(slot, isTrusted);
    const goesOn = (): boolean => slot.state === state;
    run(goesOn);
    if (goesOn()) this.inbound.watch(slot, timeout);
  }

  /**
   * A slot that was idle since this time did not answer. So validates all that were idle for as
   * long.
   */
  #distrust(since: number): void {
    if (this.#parts.settings.validate === undefined) return;
    for (const token of this.#core.stock.idle.toArray()) {
      const { slot } = token;
      if (slot.since <= since && !slot.isRetiring && this.#core.stock.idle.remove(token)) {
        this.verify(token, false);
      }
    }
  }
}

/** Notes that a slot is being checked for this borrower. */
function assign<T>(borrower: Borrower<T> | undefined, slot: Slot<T>): void {
  if (borrower === undefined) return;
  borrower.slot = slot;
  if (borrower.waiter !== undefined) borrower.waiter.slot = slot;
}
