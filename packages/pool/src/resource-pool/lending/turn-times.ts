import { SYSTEM_CLOCK, type Clock } from "../../time/clock.ts";
import { sharedReading, type Reading } from "../../time/shared-reading.ts";
import { atTurnEnd } from "../../time/turn-end.ts";
import type { Slot } from "./slot.ts";

/**
 * The time for loans. Reading the clock takes longer than a loan. So the first loan or return of a
 * turn of the event loop reads it, and later ones share that reading. A slot that is lent or comes
 * back is touched: it is not looked at again in this turn, and gets its exact time at the end of
 * the turn.
 *
 * For ages and statistics. A deadline never uses a shared reading.
 */
export class TurnTimes<T> {
  readonly #clock: Clock;
  readonly #usesSystem: boolean;
  readonly #onReading: (now: number) => void;
  #touched: Slot<T>[] = [];
  #reading: Reading | undefined;

  /**
   * `onReading` is called with each new reading of the machine's clock, so also when a turn begins.
   */
  constructor(clock: Clock | undefined, onReading: (now: number) => void) {
    this.#clock = clock ?? SYSTEM_CLOCK;
    this.#usesSystem = clock === undefined;
    this.#onReading = onReading;
  }

  /** Marks a slot. Later loans and returns of this turn get their exact time at its end. */
  touch(slot: Slot<T>): void {
    const now = this.now();
    slot.since = slot.provenAt = now;
    if (this.#usesSystem && !slot.isTouched) {
      slot.isTouched = true;
      if (this.#touched.push(slot) === 1) atTurnEnd(this.#settle);
    }
    slot.owner.planAfterUse(now);
  }

  /**
   * The same for a slot that is about to be lent. If the loan outlives the turn, it is as old as
   * this call.
   */
  touchLoan(slot: Slot<T>): void {
    this.touch(slot);
    slot.touchedAt = this.#clock.now();
    slot.touchedLoan = slot.uses + 1;
  }

  /** The time. On the clock of the machine, up to 32 calls of one turn share a reading. */
  now(): number {
    if (!this.#usesSystem) return this.#clock.now();
    const reading = sharedReading();
    if (reading !== this.#reading) {
      this.#reading = reading;
      this.#onReading(reading.at);
    }
    return reading.at;
  }

  readonly #settle = (now: number): void => {
    const touched = this.#touched;
    this.#touched = [];
    for (const slot of touched) {
      slot.isTouched = false;
      slot.since = slot.provenAt = now;
    }
  };
}
