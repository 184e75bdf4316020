import { SYSTEM_CLOCK, type Clock } from "../../time/clock.ts";
import { sharedReading, type Reading } from "../../time/shared-reading.ts";
import { atTurnEnd } from "../../time/turn-end.ts";
import type { Slot } from "./slot.ts";

/**
 * The time as loans need it: to read the clock takes longer than a loan. The first loan or return of
 * a turn of the event loop reads it, later ones share that reading. What is lent or comes back is
 * touched: it needs no further look in this turn, and gets its exact time at the end of it.
 *
 * For ages and statistics; a deadline is never made of a shared reading.
 */
export class TurnTimes<T> {
  readonly #clock: Clock;
  readonly #usesSystem: boolean;
  readonly #onReading: (now: number) => void;
  #touched: Slot<T>[] = [];
  #reading: Reading | undefined;

  /** `onReading` is called with each new reading of the machine's clock, at the beginning of a turn above all. */
  constructor(clock: Clock | undefined, onReading: (now: number) => void) {
    this.#clock = clock ?? SYSTEM_CLOCK;
    this.#usesSystem = clock === undefined;
    this.#onReading = onReading;
  }

  /** Leaves the exact time of later loans and returns of this turn to its end. */
  touch(slot: Slot<T>): void {
    const now = this.now();
    slot.since = slot.provenAt = now;
    if (this.#usesSystem && !slot.isTouched) {
      slot.isTouched = true;
      if (this.#touched.push(slot) === 1) atTurnEnd(this.#settle);
    }
    slot.owner.planAfterUse(now);
  }

  /** The same for a slot that is about to be lent: this loan is as old as it is, if it outlives the turn. */
  touchLoan(slot: Slot<T>): void {
    this.touch(slot);
    slot.touchedAt = this.#clock.now();
    slot.touchedLoan = slot.uses + 1;
  }

  /** The time; of the machine's clock, a reading of this turn that at most 32 calls share. */
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
