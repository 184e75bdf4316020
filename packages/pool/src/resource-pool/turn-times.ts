import { SYSTEM_CLOCK, type Clock } from "../time/clock.ts";
import { atTurnEnd } from "../time/turn-end.ts";
import type { Slot } from "./slot.ts";

/** So many readings of the time share one of the clock. */
const SHARED_READINGS = 32;

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
  readonly #onTurn: (now: number) => void;
  #touched: Slot<T>[] = [];
  #hasReading = false;
  #reading = 0;
  #readings = 0;

  /** `onTurn` is called at the first reading of a turn, with the machine's clock only. */
  constructor(clock: Clock | undefined, onTurn: (now: number) => void) {
    this.#clock = clock ?? SYSTEM_CLOCK;
    this.#usesSystem = clock === undefined;
    this.#onTurn = onTurn;
  }

  /** Leaves the exact time of later loans and returns of this turn to its end. */
  touch(slot: Slot<T>): void {
    const now = this.now();
    slot.isTouched = true;
    slot.since = slot.provenAt = now;
    this.#touched.push(slot);
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
    if (!this.#hasReading) {
      this.#reading = this.#clock.now();
      this.#hasReading = true;
      this.#readings = 0;
      atTurnEnd(this.#settle);
      this.#onTurn(this.#reading);
    } else if (++this.#readings % SHARED_READINGS === 0) {
      this.#reading = this.#clock.now();
    }
    return this.#reading;
  }

  readonly #settle = (): void => {
    this.#hasReading = false;
    if (this.#touched.length === 0) return;
    const touched = this.#touched;
    this.#touched = [];
    const now = this.#clock.now();
    for (const slot of touched) {
      slot.isTouched = false;
      slot.since = slot.provenAt = now;
    }
  };
}
