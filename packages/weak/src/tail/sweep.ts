import { reportError } from "@heapwise/lru/slots";
import { Turn, reportsCollections } from "../host/host.ts";

/** How long a slice takes, in ms. */
const SLICE = 1;
/** Slots between two readings of the clock. */
const SLOTS_AT_ONCE = 32;
/** Slots that are checked at each write. */
const SLOTS_PER_WRITE = 2;

/** A table that can be swept. Its slots are from 1 to below `end`. */
export interface Sweepable {
  end(): number;
  /** Removes the entry of a slot if its weakly held part is dead. Changes no other slot. */
  look(slot: number): void;
  /** Called when a slice is over. Returns whether slots have changed. */
  settle(): boolean;
  now(): number;
  /**
   * Called with what `now` and `settle` throw. Without it, the host reports the error as uncaught.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * Checks every slot once after each collection: in slices of at most a millisecond, each in a
 * separate macrotask, and a few slots at each write, for programs that write in one long job.
 *
 * If a collection comes before the last sweep is over, the new round starts at the slot at which
 * the last one stopped, so that each slot is reached.
 */
export class Sweep {
  readonly #table: Sweepable;
  #cursor = 1;
  /** Slots that are left in this round. */
  #left = 0;
  readonly #turn: Turn = new Turn(() => this.#slice());
  /** Whether the clock has failed in this round. It is not read again before the next round. */
  #isTimeless = false;

  constructor(table: Sweepable) {
    this.#table = table;
  }

  /** Begins a round, after a collection. */
  begin(): void {
    this.#all();
    this.#isTimeless = false;
    // The slice that would continue the last round may be lost.
    if (this.#left > 0) this.#turn.ask(true);
  }

  /** Continues the round at a write, if there is one. The caller settles the slots itself. */
  onWrite(): void {
    // If the host reports no collection, nothing else begins a round: so this begins another one
    // each time.
    if (this.#left <= 0 && !reportsCollections) this.#all();
    if (this.#left > 0) this.#step(SLOTS_PER_WRITE);
  }

  /** Starts the round over all slots again, because slots have changed. */
  restart(): void {
    if (this.#left > 0) this.#all();
  }

  #all(): void {
    this.#left = this.#table.end() - 1;
  }

  /** Ends the round. */
  stop(): void {
    this.#left = 0;
  }

  #slice(): void {
    const table = this.#table;
    const start = this.#now();
    let now: number;
    do {
      this.#step(SLOTS_AT_ONCE);
      now = this.#now();
      // If the clock goes back, or returns NaN, the slice ends too.
    } while (this.#left > 0 && now >= start && now < start + SLICE);
    try {
      if (table.settle()) this.restart();
    } catch (error) {
      reportError(error, table.onError);
    }
    if (this.#left > 0) this.#turn.ask();
  }

  /** The time of the table's clock; NaN for the rest of a round in which the clock has failed. */
  #now(): number {
    if (this.#isTimeless) return NaN;
    try {
      return this.#table.now();
    } catch (error) {
      this.#isTimeless = true;
      reportError(error, this.#table.onError);
      return NaN;
    }
  }

  #step(count: number): void {
    const table = this.#table;
    const end = table.end();
    this.#left = Math.min(this.#left, end - 1);
    for (let i = Math.min(count, this.#left); i > 0; i--) {
      this.#left--;
      if (this.#cursor >= end) this.#cursor = 1;
      table.look(this.#cursor++);
    }
  }
}
