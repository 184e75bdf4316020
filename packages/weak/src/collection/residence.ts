import {
  attempt,
  checkedClock,
  ExpiryTimer,
  hostClock,
  reportError,
  type Clock,
} from "@heapwise/lru/slots";
import { epochs } from "./collection-epochs.ts";
import { checkHost, host } from "../host/host.ts";

/**
 * How long a value is held strongly after it was written, whatever the front does. With several
 * conditions, the value is held until all are met. At least one is required.
 */
export interface MinResidence {
  /** Until this number of other entries were written. */
  entries?: number | undefined;
  /** For this time, in ms. */
  ms?: number | undefined;
  /**
   * Until this number of full collections were seen. The cache throws an `UnsupportedHostError` if
   * the host has no `FinalizationRegistry`.
   */
  epochs?: number | undefined;
}

/**
 * A link of a ring from the oldest to the newest value. Between the newest and the oldest is a link
 * that holds no value and is never released.
 */
interface Link {
  older: Link;
  newer: Link;
  readonly order: number;
}

/** A value and the time of its write. */
interface Held<K> extends Link {
  readonly key: K;
  readonly value: WeakKey;
  readonly time: number;
  readonly epoch: number;
}

/**
 * Holds recently written values strongly, so that a value which is not used again at once outlives
 * the next collection.
 *
 * It holds the values alone, whether their entries are in the front or in the tail. The ring exists
 * in addition to the `Map`: with the order of a `Map`, taking the oldest entry would be slow, or
 * the `Map` would hold values that were removed.
 */
export class Residence<K> {
  /** By key, the oldest first. Only the residence writes to it. */
  readonly held: Map<K, Held<K>> = new Map();
  readonly #entries: number;
  readonly #ms: number;
  readonly #epochs: number;
  readonly #clock: Clock;
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #timer: ExpiryTimer<object> | undefined;

  #ends: Link = emptyRing();
  #order = 0;
  /** Time that has passed, in ms. It never goes back, so that no value waits for an older one. */
  #time = 0;
  /** The last reading of the clock, in ms, and the function of the host that was read. */
  #lastNow = 0;
  #source: unknown = undefined;
  /** The last reading of the source before, and that source. */
  #otherNow = 0;
  #otherSource: unknown = undefined;

  /** `onError` is called with errors that the clock throws outside of a write. */
  constructor(
    residence: MinResidence,
    clock: Clock,
    onError: ((error: unknown) => void) | undefined = undefined,
  ) {
    this.#onError = onError;
    this.#entries = residence.entries ?? 0;
    this.#ms = residence.ms ?? 0;
    this.#epochs = residence.epochs ?? 0;
    if (this.#epochs > 0) checkHost("count collections", "FinalizationRegistry");
    this.#clock = clock === hostClock ? hostClock : checkedClock(clock, onError);
    if (this.#ms > 0 && this.#ms < Infinity && this.#clock.schedule !== undefined) {
      const schedules = this.#clock as Required<Clock>;
      this.#timer = new ExpiryTimer<object>(this, Residence.#wake, schedules, onError);
    }
  }

  /**
   * The present time for `hold`, in ms; 0 if the residence has no `ms`. Runs the program's clock,
   * which may do anything.
   */
  now(): number {
    if (this.#ms === 0) return 0;
    const now = this.#clock.now();
    const source = this.#clock === hostClock ? attempt(() => host.performance!.now) : this;
    if (source !== this.#source) {
      // Fake time and real time are not comparable. When the fake is gone, real time goes on from
      // its last reading.
      const last = source === this.#otherSource ? this.#otherNow : now;
      this.#otherSource = this.#source;
      this.#otherNow = this.#lastNow;
      this.#source = source;
      this.#lastNow = last;
    }
    const passed = now - this.#lastNow;
    this.#lastNow = now;
    // If the clock goes back, no time has passed.
    return (this.#time += Math.max(passed, 0));
  }

  /** Holds a value from `now` on, in place of the old value of the key. */
  hold(key: K, value: WeakKey, now: number): void {
    this.drop(key);
    const newer = this.#ends;
    const { older } = newer;
    const order = ++this.#order;
    const held = { key, value, order, time: now, epoch: epochs.count, older, newer };
    older.newer = newer.older = held;
    this.held.set(key, held);
    this.#release(now);
  }

  /** Releases values after a collection. */
  onCollection(): void {
    this.#look(this.#time);
  }

  /** Stops holding the value of a key. */
  drop(key: K): void {
    const held = this.held.get(key);
    if (held === undefined) return;
    this.held.delete(key);
    const { older, newer } = held;
    older.newer = newer;
    newer.older = older;
  }

  /** Stops holding all values. */
  clear(): void {
    this.held.clear();
    this.#ends = emptyRing();
    this.#timer?.stop();
  }

  /**
   * Releases the values whose conditions are met. If the clock fails, `time` is the earliest time
   * that it can be.
   */
  #look(time: number): void {
    try {
      time = this.now();
    } catch (error) {
      reportError(error, this.#onError);
      this.#time = time = Math.max(time, this.#time);
    }
    this.#release(time);
  }

  #release(now: number): void {
    for (;;) {
      const held = this.#ends.newer as Held<K>;
      if (this.#order - held.order < this.#entries) return;
      if (epochs.count - held.epoch < this.#epochs) return;
      if (now - held.time < this.#ms) {
        this.#timer?.ensure(held.time + this.#ms, now, Math.min(this.#ms / 64, 1000));
        return;
      }
      this.drop(held.key);
    }
  }

  static #wake(this: void, owner: object): void {
    const residence = owner as Residence<unknown>;
    residence.#look(residence.#timer!.fired());
  }
}

function emptyRing(): Link {
  const ends = { order: Infinity } as Link;
  return (ends.older = ends.newer = ends);
}
