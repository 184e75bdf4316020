import { host, inMacrotask } from "../host.ts";

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
}

/**
 * Looks at every slot once after each collection: in slices of at most a millisecond, each in a
 * macrotask of its own, and a little at each write for those who write in one long job.
 *
 * A collection that comes before the last sweep is over starts a new round where that one has
 * stopped, so that no slot waits for ever.
 */
export class Sweep {
  readonly #table: Sweepable;
  #cursor = 1;
  /** Slots to look at before the round is over. */
  #left = 0;
  #isScheduled = false;

  constructor(table: Sweepable) {
    this.#table = table;
  }

  /** Begins a round. */
  begin(): void {
    this.#left = this.#table.end() - 1;
    this.#schedule();
  }

  /** Goes on with the round, if there is one. For a caller that settles itself. */
  onWrite(): void {
    // Nothing begins a round if the host tells of no collection: then it never ends.
    if (this.#left <= 0 && host.FinalizationRegistry === undefined) {
      this.#left = this.#table.end() - 1;
    }
    if (this.#left > 0) this.#step(SLOTS_PER_WRITE);
  }

  /** Slots have changed: looks at all of them in this round. */
  restart(): void {
    if (this.#left > 0) this.#left = this.#table.end() - 1;
  }

  /** Ends the round. */
  stop(): void {
    this.#left = 0;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#left <= 0) return;
    this.#isScheduled = true;
    inMacrotask(() => {
      this.#isScheduled = false;
      this.#slice();
    });
  }

  #slice(): void {
    const table = this.#table;
    const end = table.now() + SLICE;
    try {
      do this.#step(SLOTS_AT_ONCE);
      while (this.#left > 0 && !(table.now() >= end));
      if (table.settle()) this.restart();
    } finally {
      this.#schedule();
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
