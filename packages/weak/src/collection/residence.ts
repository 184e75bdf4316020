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

/** How long a value is held strongly after it was written, whatever the front does. With several conditions, until all are over. */
export interface MinResidence {
  /** Until so many other entries were written. */
  entries?: number | undefined;
  /** For so long, ms. */
  ms?: number | undefined;
  /** Until so many full collections were seen. */
  epochs?: number | undefined;
}

/** In a ring from the oldest to the newest. One that holds nothing, and is never released, is between these two. */
interface Link {
  older: Link;
  newer: Link;
  readonly order: number;
}

/** A value and when it was written. */
interface Held<K> extends Link {
  readonly key: K;
  readonly value: WeakKey;
  readonly time: number;
  readonly epoch: number;
}

/**
 * Values that were written a short while ago, held strongly, so that a value which is not used again
 * at once outlives the next collection.
 *
 * The values alone are held: it does not matter whether front or tail have their entries. In a list
 * beside the `Map`, whose own order would be slow to take the oldest from, or hold on to what has left.
 */
export class Residence<K> {
  /** By key, the oldest first. Written by the residence alone. */
  readonly held: Map<K, Held<K>> = new Map();
  readonly #entries: number;
  readonly #ms: number;
  readonly #epochs: number;
  readonly #clock: Clock;
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #timer: ExpiryTimer<object> | undefined;

  #ends: Link = emptyRing();
  #order = 0;
  /** Time that has passed, ms. It never goes back, so that no value waits for an older one. */
  #time = 0;
  /** What the clock told last, ms, and which function of the host it read. */
  #lastNow = 0;
  #source: unknown = undefined;
  /** The same of the source before. */
  #otherNow = 0;
  #otherSource: unknown = undefined;

  /** `onError` is called with what the clock throws outside of a write. */
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

  /** The time that is now, for `hold`, ms; 0 if none is wanted. Runs the clock, which may do anything. */
  now(): number {
    if (this.#ms === 0) return 0;
    const now = this.#clock.now();
    const source = this.#clock === hostClock ? attempt(() => host.performance!.now) : this;
    if (source !== this.#source) {
      // Fake time and real time tell nothing of one another; real time goes on when the fake is gone.
      const last = source === this.#otherSource ? this.#otherNow : now;
      this.#otherSource = this.#source;
      this.#otherNow = this.#lastNow;
      this.#source = source;
      this.#lastNow = last;
    }
    const passed = now - this.#lastNow;
    this.#lastNow = now;
    // A step back is no time.
    return (this.#time += Math.max(passed, 0));
  }

  /** Holds a value from `now` on, in place of the key's old one. */
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

  /** A collection has run. */
  onCollection(): void {
    this.#look(this.#time);
  }

  /** Holds the key's value no longer. */
  drop(key: K): void {
    const held = this.held.get(key);
    if (held === undefined) return;
    this.held.delete(key);
    const { older, newer } = held;
    older.newer = newer;
    newer.older = older;
  }

  /** Holds nothing any more. */
  clear(): void {
    this.held.clear();
    this.#ends = emptyRing();
    this.#timer?.stop();
  }

  /** Lets go of the values whose time is over. `time` is now at least, if the clock fails. */
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
