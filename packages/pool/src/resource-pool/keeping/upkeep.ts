import type { Deadline, DeadlineQueue } from "../../time/deadline-queue.ts";
import type { ResourceChecks } from "../lending/resource-checks.ts";
import type { Token } from "../lending/slot.ts";
import type { Settings } from "../settings.ts";
import type { EventHub } from "../reports/pool-events.ts";
import type { Stock } from "./stock.ts";

/** The share of `keepAlive` that chance takes off, so that not all are validated together. */
const KEEP_ALIVE_JITTER = 0.1;

/** The members of a core that upkeep uses. */
export interface UpkeepHost<T> {
  readonly settings: Settings<T>;
  readonly stock: Pick<Stock<T>, "slots" | "idle" | "isSpare" | "leased" | "retire" | "end">;
  readonly checks: Pick<ResourceChecks<T>, "verify">;
  readonly emit: EventHub<T>["emit"];
  readonly isClosed: boolean;
  readonly isEmpty: boolean;
  now(): number;
  pump(): void;
}

/**
 * The work of a core by the clock, on one unref'd timer: ends idle resources, keeps others alive,
 * replaces resources that are too old, and reports loans that are too long. It is planned for the
 * earliest of these times. If that time has moved to later, it runs once without finding anything.
 * Nothing is planned while nothing can fall due.
 */
export class Upkeep<T> {
  readonly #core: UpkeepHost<T>;
  readonly #deadlines: DeadlineQueue;
  readonly #deadline: Deadline = { at: Infinity, run: () => this.lookAround(), index: -1 };

  constructor(core: UpkeepHost<T>, deadlines: DeadlineQueue) {
    this.#core = core;
    this.#deadlines = deadlines;
  }

  /** Plans to look around at the time `at`, or earlier. */
  plan(at: number): void {
    if (!this.#core.isClosed) this.#deadlines.putBy(this.#deadline, at);
  }

  /** Plans to look around when a loan that began or ended at the time `now` may be the reason. */
  planAfterUse(now: number): void {
    const soonest = Math.min(
      this.#core.settings.idleTimeout,
      this.#core.settings.keepAlive * (1 - KEEP_ALIVE_JITTER),
      this.#core.settings.leakThreshold,
    );
    if (soonest !== Infinity) this.plan(now + soonest);
  }

  /** Does all work that is due, and plans the next. */
  lookAround(): void {
    const core = this.#core;
    const now = core.now();
    const next = Math.min(
      this.#retire(now),
      this.#report(now),
      this.#dismiss(now),
      this.#keep(now),
    );
    // Not at once again, even if a duration is 0.
    if (next !== Infinity && !core.isClosed && !core.isEmpty) this.plan(Math.max(next, now + 1));
    core.pump();
  }

  /** Removes the deadline. */
  stop(): void {
    this.#deadlines.remove(this.#deadline);
  }

  /** Retires slots that are too old. Like the others, returns when to look again. */
  #retire(now: number): number {
    let next = Infinity;
    for (const slot of this.#core.stock.slots) {
      if (slot.isRetiring) continue;
      if (slot.expiresAt <= now) this.#core.stock.retire(slot);
      else next = Math.min(next, slot.expiresAt);
    }
    return next;
  }

  /** Reports each loan that is too long, once. */
  #report(now: number): number {
    if (this.#core.settings.leakThreshold === Infinity) return Infinity;
    let next = Infinity;
    for (const slot of this.#core.stock.leased()) {
      if (slot.isReported) continue;
      const isNew = slot.isTouched && slot.uses !== slot.touchedLoan;
      const at = (isNew ? now : slot.lentSince) + this.#core.settings.leakThreshold;
      if (at > now) {
        next = Math.min(next, at);
        continue;
      }
      slot.isReported = slot.isMarked = true;
      this.#core.emit("leak", { kind: "held", holder: slot.holderAt(now) });
    }
    return next;
  }

  /** Ends slots that have been idle for too long, down to `min` and `minIdle`. */
  #dismiss(now: number): number {
    let next = Infinity;
    for (const token of this.#core.stock.idle.toArray()) {
      const { slot } = token;
      if (!this.#core.stock.isSpare) return Infinity;
      // While its turn of the event loop goes on, its exact time is not written yet.
      const at = (slot.isTouched ? now : slot.since) + this.#core.settings.idleTimeout;
      if (at > now) next = Math.min(next, at);
      else if (!slot.isRetiring && this.#core.stock.idle.remove(token))
        this.#core.stock.end(slot, "idle");
    }
    return next;
  }

  /** Validates idle slots that have not been used for `keepAlive`. */
  #keep(now: number): number {
    if (this.#core.settings.keepAlive === Infinity || this.#core.settings.validate === undefined)
      return Infinity;
    let next = Infinity;
    for (const token of this.#core.stock.idle.toArray()) {
      const { slot } = token;
      if (slot.isRetiring) continue;
      const at =
        slot.provenAt + this.#core.settings.keepAlive * (1 - KEEP_ALIVE_JITTER * slot.chance);
      if (at > now) next = Math.min(next, at);
      else {
        next = Math.min(next, now + this.#core.settings.keepAlive * (1 - KEEP_ALIVE_JITTER));
        this.#validate(token);
      }
    }
    return next;
  }

  #validate(token: Token<T>): void {
    if (this.#core.stock.idle.remove(token)) this.#core.checks.verify(token, true);
  }
}
