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

/** For whom a resource is checked: one who waits, or one who asks now and may have to wait for it. */
export interface Borrower<T> {
  readonly context: AsyncContext | undefined;
  /** False in `tryAcquire`. */
  readonly canWait: boolean;
  waiter: Waiter<ResourceLease<T>> | undefined;
  /** What is being checked for it. */
  slot: Slot<T> | undefined;
}

/** What checks need from their core. */
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
 * The checks and resets of a core's resources: when they are due, for whom, and what comes of them.
 *
 * Invariants, at every moment at which other code runs:
 * - `checking` and `resetting` are the numbers of slots in these states. The code that checks or resets
 *   a slot holds its token.
 * - A slot whose state has changed meanwhile was ended by somebody else: what its callback still brings
 *   changes nothing.
 * - A slot that fails is ended, and whoever needs another one is seen to by `pump`.
 */
export class ResourceChecks<T> {
  checking = 0;
  resetting = 0;
  /** Those of them that may be counted on. */
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

  /** Reserves a slot for its caller: nobody else has it. */
  reserve(slot: Slot<T>, state: "checking" | "resetting"): void {
    slot.state = state;
    this[state]++;
  }

  /** A slot is reserved no longer: it has come through, or was ended. */
  leave(slot: Slot<T>, state: "ready" | "ended"): void {
    const { state: before } = slot;
    if (before === "checking" || before === "resetting") this[before]--;
    this.inbound.delete(slot);
    slot.state = state;
  }

  /** The one who asks now. */
  borrower(canWait: boolean): Borrower<T> {
    const context = this.#parts.settings.prepare ? captureContext() : undefined;
    return { context, canWait, waiter: undefined, slot: undefined };
  }

  /**
   * The first who waits and for whom nothing is being prepared; undefined in a pool without `prepare`.
   * What was just made is for the first of all while others are late: what is tried for that one may
   * be as dead.
   */
  nextBorrower(isNew = false): Borrower<T> | undefined {
    if (this.#parts.settings.prepare === undefined) return undefined;
    const { queue } = this.#core.room;
    const mayBeDead = isNew && this.inbound.hasLate;
    const waiter = queue.find(({ slot }) => slot?.state !== "checking" || slot.isLate || mayBeDead);
    return waiter && { context: waiter.context, canWait: true, waiter, slot: undefined };
  }

  /** Checks a token; returns it if it has passed without a wait. Else it is offered when it passes. */
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
        // It was not used, and is where the next one who cannot wait looks for it.
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
   * The first loan of a slot: not validated, for it was just made. That it could not be prepared is a
   * failure to create, else the pool would make one after the other in vain.
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

  /** Validates an idle token, which was taken out, and puts it back in its place: it was not used. */
  verify(token: Token<T>, isTrusted: boolean): void {
    const { since } = token.slot;
    this.#check(token, { validate: true, prepare: false }, isTrusted, () => {
      this.#core.returns.settle(token, this.#parts.times.now(), since);
      this.#core.pump();
    });
  }

  /** Validates one that came back, and takes it back. */
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

  /** Lends what has passed its checks to the one for whom it was prepared, or to the next; or keeps it. */
  #offer(token: Token<T>, borrower: Borrower<T> | undefined): void {
    const waiter = borrower?.waiter;
    if (!this.#core.lending.mayLend(token.slot)) this.#core.returns.keepOrEnd(token);
    else if (this.#parts.settings.prepare === undefined) this.#core.lending.serveNext(token);
    else if (waiter !== undefined && this.#core.room.take(waiter)) this.#core.serve(waiter, token);
    else this.#core.returns.keepOrEnd(token);
    this.#core.pump();
  }

  /**
   * Validates and prepares a slot. Calls `passed` when it has passed; one that fails is destroyed, and
   * `failed` is called first. One that is trusted counts as on its way to a waiter.
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
          // First, because the end of the slot creates another one for whoever still waits.
          failed?.(reason);
          this.#core.stock.end(slot, reason);
          if (isTrusted && reason instanceof PoolTimeoutError) this.#distrust(since);
        }
        this.#core.pump();
      }),
    );
  }

  /** Resets one that came back, and takes it back; one that fails is destroyed. */
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

  /** One that was idle since this time did not answer: those that were idle for as long prove themselves now. */
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

/** A slot is being checked for this borrower. */
function assign<T>(borrower: Borrower<T> | undefined, slot: Slot<T>): void {
  if (borrower === undefined) return;
  borrower.slot = slot;
  if (borrower.waiter !== undefined) borrower.waiter.slot = slot;
}
