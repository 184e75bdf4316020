import { Turn, type Heap } from "../host/host.ts";
import type { Gauge } from "./soft-limit.ts";

/** Most writes between two looks at the heap. */
const MOST_WRITES = 256;
/** Shares of the room above the limit: what may be written between two looks, and between two trims. */
const LOOKS = 16;
const TRIMS = 4;
/** Values demoted in one job where the heap can't be read. */
const MOST_KEPT = 1000;

/** What a guard does to its cache. */
export interface Guarded {
  /** Lets go of half of what the cache holds strongly. */
  trim(): void;
}

/**
 * Keeps a cache below a limit of the heap.
 *
 * - After a collection the heap holds what lives, and nothing else: above the limit the cache gives half
 *   of its front away, at each collection again.
 * - A long job gets no such news, and all that is demoted in it lives to its end. So each few writes
 *   look at the heap, garbage included. When half of the room that was below the limit at the start of
 *   the job is gone, the guard trips: victims are dropped rather than demoted until the next macrotask.
 * - Above the limit the front is halved at once. Again when the heap goes on growing by a quarter of the
 *   room above the limit, or when it is still above it after it fell: the engine collects before
 *   it gives up, and what it then finds must be garbage.
 * - Where the heap can't be read, the guard trips after a number of demotions in one job.
 */
export class HeapGuard {
  #isTripped = false;
  /** The next macrotask begins a new job. */
  readonly #turn: Turn = new Turn(() => this.#endJob());
  readonly #cache: Guarded;
  readonly #gauge: Gauge;
  readonly #read: () => Heap | undefined;
  #writesLeft = 1;
  #writes = 1;
  #lastUsed = 0;
  /** At the first look in this job, bytes. */
  #startUsed = 0;
  /** Where the next trim of a long job is due, bytes. */
  #trimAt = 0;
  /** Values demoted in this job, where the heap can't be read. */
  #kept = 0;
  readonly #isBlind: boolean;

  constructor(cache: Guarded, gauge: Gauge, read: () => Heap | undefined) {
    this.#cache = cache;
    this.#gauge = gauge;
    this.#read = read;
    this.#isBlind = read() === undefined;
  }

  /** Whether victims are to be dropped. */
  get isTripped(): boolean {
    // Its end is lost if the timers that were to begin the next job are gone.
    if (this.#isTripped && !this.#turn.isAwaited) this.#endJob();
    return this.#isTripped;
  }

  /** Before something is written. */
  beforeWrite(): void {
    if (--this.#writesLeft > 0) return;
    const heap = this.#read();
    if (heap === undefined) {
      this.#writesLeft = Infinity;
      return;
    }
    const { used, limit, end } = this.#gauge(heap);
    const grown = used - this.#lastUsed;
    const room = end - limit;
    if (this.#isFirstInJob()) this.#startUsed = used;
    if (used > (this.#startUsed + limit) / 2) this.#isTripped = true;
    if (used <= limit) {
      this.#trimAt = 0;
    } else if (used >= this.#trimAt || grown < 0) {
      this.#isTripped = true;
      this.#trimAt = used + room / TRIMS;
      this.#cache.trim();
    }
    // What was written since the last look tells how much the next few writes may take.
    const perWrite = grown / this.#writes;
    const wanted = perWrite > 0 ? Math.floor(room / LOOKS / perWrite) : 2 * this.#writes;
    this.#writes = this.#writesLeft = Math.min(Math.max(wanted, 1), MOST_WRITES);
    this.#lastUsed = used;
  }

  /** A value is now held by a fresh `WeakRef`. */
  onDemotion(): void {
    if (!this.#isBlind) return;
    this.#isFirstInJob();
    if (++this.#kept >= MOST_KEPT) this.#isTripped = true;
  }

  /** A collection has just run: no job goes on across it. */
  onCollection(): void {
    if (this.#turn.isAwaited) this.#turn.ask(true);
    this.#endJob();
    const heap = this.#read();
    if (heap === undefined) return;
    const { used, limit } = this.#gauge(heap);
    this.#lastUsed = used;
    if (used > limit) this.#cache.trim();
  }

  /** Whether nothing has asked in this job so far. Sees to it that the job ends. */
  #isFirstInJob(): boolean {
    if (this.#turn.isAwaited) return false;
    this.#endJob();
    this.#turn.ask();
    return true;
  }

  #endJob(): void {
    this.#isTripped = false;
    this.#kept = 0;
  }
}
