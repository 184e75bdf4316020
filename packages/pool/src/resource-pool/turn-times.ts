import { SYSTEM_CLOCK, type Clock } from "../time/clock.ts";
import { atTurnEnd } from "../time/turn-end.ts";
import type { Slot } from "./slot.ts";

/** So many readings of the time share one of the clock. */
const SHARED_READINGS = 32;

/**
 * The time as loans need it: to read the clock takes longer than a loan. What is lent or comes back in
 * a turn of the event loop is touched, and gets its time at the end of the turn; a wait begins and
 * ends at a reading of this turn.
 */
export class TurnTimes<T> {
  readonly #clock: Clock;
  readonly #usesSystem: boolean;
  readonly #onSettled: (now: number) => void;
  #touched: Slot<T>[] = [];
  #hasReading = false;
  #reading = 0;
  #readings = 0;

  /** `onSettled` hears of the end of a turn in which something was touched. */
  constructor(clock: Clock | undefined, onSettled: (now: number) => void) {
    this.#clock = clock ?? SYSTEM_CLOCK;
    this.#usesSystem = clock === undefined;
    this.#onSettled = onSettled;
  }

  /** Leaves the time of a loan or return to the end of the turn. */
  touch(slot: Slot<T>): void {
    slot.isTouched = true;
    if (this.#touched.push(slot) === 1) atTurnEnd(this.#settle);
  }

  /** The time; of the machine's clock, a reading of this turn that at most 32 calls share. */
  now(): number {
    if (!this.#usesSystem) return this.#clock.now();
    if (!this.#hasReading) {
      this.#hasReading = true;
      this.#readings = 0;
      this.#reading = this.#clock.now();
      if (this.#touched.length === 0) atTurnEnd(this.#settle);
    } else if (++this.#readings % SHARED_READINGS === 0) {
      this.#reading = this.#clock.now();
    }
    return this.#reading;
  }

  readonly #settle = (): void => {
    this.#hasReading = false;
    if (this.#touched.length === 0) return;
    const now = this.#clock.now();
    for (const slot of this.#touched) {
      slot.isTouched = false;
      slot.since = slot.provenAt = now;
    }
    this.#touched = [];
    this.#onSettled(now);
  };
}
