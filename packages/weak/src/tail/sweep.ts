import { reportError } from "@heapwise/lru/slots";
import { Turn, tellsCollections } from "../host/host.ts";

/** How long a slice takes, ms. */
const SLICE = 1;
/** Slots between two looks at the clock. */
const SLOTS_AT_ONCE = 32;
/** Slots that each write looks at. */
const SLOTS_PER_WRITE = 2;

/** What is swept: slots from 1 to below `end`. */
export interface Sweepable {
  end(): number;
  /** Removes the entry of a slot when what it holds weakly is dead. Changes no other slot. */
  look(slot: number): void;
  /** A slice is over. Returns whether slots have changed. */
  settle(): boolean;
  now(): number;
  /** Called with what `now` and `settle` throw; without it the host reports it as uncaught. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * Looks at every slot once after each collection: in slices of at most a millisecond, each in a
 * macrotask of its own, and a little at each write for those who write in one long job.
 *
 * A collection that comes before the last sweep is over starts a new round where that one has
 * stopped, so that each slot is reached.
 */
export class Sweep {
  readonly #table: Sweepable;
  #cursor = 1;
  /** Slots to look at before the round is over. */
  #left = 0;
  readonly #turn: Turn = new Turn(() => this.#slice());
  /** Whether the clock has failed in this round: it is not read again before the next one. */
  #isTimeless = false;

  constructor(table: Sweepable) {
    this.#table = table;
  }

  /** Begins a round, after a collection. */
  begin(): void {
    this.#all();
    this.#isTimeless = false;
    // The slice that was to go on with the last round may be lost.
    if (this.#left > 0) this.#turn.ask(true);
  }

  /** Goes on with the round, if there is one. For a caller that settles itself. */
  onWrite(): void {
    // Nothing begins a round if the host tells of no collection: then it never ends.
    if (this.#left <= 0 && !tellsCollections) this.#all();
    if (this.#left > 0) this.#step(SLOTS_PER_WRITE);
  }

  /** Slots have changed: looks at all of them in this round. */
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
      // A clock that went back, or tells no time, ends the slice too.
    } while (this.#left > 0 && now >= start && now < start + SLICE);
    try {
      if (table.settle()) this.restart();
    } catch (error) {
      reportError(error, table.onError);
    }
    if (this.#left > 0) this.#turn.ask();
  }

  /** The time of the table's clock, or none for the rest of a round in which it has failed. */
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
