import { Turn, type Heap } from "../host/host.ts";
import type { Gauge } from "./soft-limit.ts";

/** Maximum number of writes between two readings of the heap. */
const MOST_WRITES = 256;
/**
 * The room above the limit is divided by these numbers: how much may be written between two
 * readings, and between two trims.
 */
const LOOKS = 16;
const TRIMS = 4;
/** Values that may be demoted in one job if the heap cannot be read. */
const MOST_KEPT = 1000;

/** The cache that a guard acts on. */
export interface Guarded {
  /** Releases half of the values that the cache holds strongly. */
  trim(): void;
}

/**
 * Keeps a cache below a limit of the heap.
 *
 * - After a collection the heap holds live objects only. If it is above the limit, the cache gives
 *   up half of its front, at each such collection again.
 * - A long job gets no report of collections, and each value that is demoted in it lives until it
 *   ends. So every few writes read the heap, which then includes garbage. If half of the room that
 *   was below the limit at the start of the job is used up, the guard trips: until the next
 *   macrotask, victims are dropped instead of demoted.
 * - Above the limit the front is halved at once. It is halved again if the heap grows by another
 *   quarter of the room above the limit, or if the heap fell and is still above the limit. The
 *   engine collects before it runs out of memory, and by then the dropped values must be garbage.
 * - If the heap cannot be read, the guard trips after a number of demotions in one job.
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
  /** Bytes at the first reading in this job. */
  #startUsed = 0;
  /** The next trim of a long job is due if the heap reaches this number of bytes. */
  #trimAt = 0;
  /** Values demoted in this job, counted if the heap cannot be read. */
  #kept = 0;
  readonly #isBlind: boolean;

  constructor(cache: Guarded, gauge: Gauge, read: () => Heap | undefined) {
    this.#cache = cache;
    this.#gauge = gauge;
    this.#read = read;
    this.#isBlind = read() === undefined;
  }

  /** Whether victims must be dropped. */
  get isTripped(): boolean {
    // The macrotask that would end the job is lost if the host's timers were replaced.
    if (this.#isTripped && !this.#turn.isAwaited) this.#endJob();
    return this.#isTripped;
  }

  /** Called before each write. */
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
    // The bytes written since the last reading predict how much the next few writes take.
    const perWrite = grown / this.#writes;
    const wanted = perWrite > 0 ? Math.floor(room / LOOKS / perWrite) : 2 * this.#writes;
    this.#writes = this.#writesLeft = Math.min(Math.max(wanted, 1), MOST_WRITES);
    this.#lastUsed = used;
  }

  /** Called if a fresh `WeakRef` now holds a value. */
  onDemotion(): void {
    if (!this.#isBlind) return;
    this.#isFirstInJob();
    if (++this.#kept >= MOST_KEPT) this.#isTripped = true;
  }

  /** After a collection: no job runs across one. */
  onCollection(): void {
    if (this.#turn.isAwaited) this.#turn.ask(true);
    this.#endJob();
    const heap = this.#read();
    if (heap === undefined) return;
    const { used, limit } = this.#gauge(heap);
    this.#lastUsed = used;
    if (used > limit) this.#cache.trim();
  }

  /** Whether this is the first request in this job. Makes sure that the job ends. */
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
