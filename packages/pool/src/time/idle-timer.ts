import { outsideContext } from "../outside-context.ts";
import { weakly } from "../weakly.ts";
import { findClock, timersNow, type Clock } from "./clock.ts";

/** A number in browsers, and in Deno before 2.9. */
type Timer = { unref?(): void } | number;

interface Host {
  readonly Deno?: { unrefTimer?(timer: number): void };
}

/**
 * The longest delay of a timer, ms; a longer time takes several timers. A literal, because bundlers
 * keep unused powers.
 */
const LONGEST_DELAY = 2_147_483_647;

/**
 * The timer by which an ObjectPool or a BufferPool looks for values that have not been used for a
 * time. It keeps no process alive (it is unref'd), is armed outside every async context, and holds
 * its pool weakly if the host has WeakRef.
 *
 * `start` may be called at each return: it reads no clock, unless the clock has no `schedule`.
 */
export class IdleTimer {
  readonly #clock: Clock | undefined;
  readonly #ms: number;
  readonly #run: () => void;
  /**
   * The function that armed the waiting timer. If another one is in its place now, fake timers of a
   * test were removed, and the waiting timer with them.
   */
  #armedWith: unknown;
  /** Number of the last timer that was armed. Earlier timers do nothing when they fire. */
  #turn = 0;
  #dueAt: number | undefined;

  /** Makes a timer that runs `run` once, `ms` after `start`. */
  constructor(clock: Clock | undefined, ms: number, run: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#run = run;
  }

  /** Starts the timer, unless it is waiting already. */
  start(): void {
    const clock = this.#clock;
    const schedule = clock === undefined ? timersNow() : clock.schedule;
    if (schedule === undefined) {
      // A clock or a host that cannot call back is read at each return.
      const now = this.#now();
      // NaN is not a time: the next return reads the clock again.
      if (!(now >= (this.#dueAt ||= now + this.#ms))) return;
      this.#dueAt = undefined;
      this.#run();
    } else if (this.#armedWith !== schedule) {
      this.#armedWith = schedule;
      this.#arm(this.#ms);
    }
  }

  /** The time, or NaN if the clock of the program throws: the return of a value must not fail. */
  #now(): number {
    try {
      return (this.#clock ?? findClock()).now();
    } catch {
      return NaN;
    }
  }

  #arm(ms: number): void {
    const clock = this.#clock;
    const delay = Math.min(ms, LONGEST_DELAY);
    const fire = this.#later(++this.#turn, ms - delay);
    try {
      outsideContext(() => {
        if (clock === undefined) unref(setTimeout(fire, delay));
        else clock.schedule!(fire, delay);
      });
    } catch {
      // The host has no timers here, as in the global scope of a worker. The next return tries
      // again.
      this.#armedWith = undefined;
    }
  }

  #later(turn: number, rest: number): () => void {
    const timer = weakly(this);
    return () => {
      const alive = timer.deref();
      if (alive !== undefined) alive.#fire(turn, rest);
    };
  }

  #fire(turn: number, rest: number): void {
    if (turn !== this.#turn) return;
    if (rest > 0) this.#arm(rest);
    else {
      this.#armedWith = undefined;
      this.#run();
    }
  }
}

function unref(timer: Timer): void {
  if (typeof timer === "number") (globalThis as Host).Deno?.unrefTimer?.(timer);
  else timer.unref?.();
}

declare function setTimeout(run: () => void, ms: number): Timer;
