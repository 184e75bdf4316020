import { outsideContext } from "../outside-context.ts";
import { weakly } from "../weakly.ts";
import { tellerNow, timersNow, type Clock } from "./clock.ts";

/** A number in browsers, and in Deno before 2.9. */
type Timer = { unref?(): void } | number;

interface Host {
  readonly Deno?: { unrefTimer?(timer: number): void };
}

/** Timers cannot wait longer; a longer time takes several. A literal, because bundlers keep unused powers. */
const LONGEST_DELAY = 2_147_483_647;

/**
 * The timer of a pool that looks now and then for what nobody used. Nobody awaits it: it is unref'd,
 * armed outside every async context, and holds its pool weakly, if the host can.
 *
 * `start` may be called at each return: it reads no clock, unless the clock has no `schedule`.
 */
export class IdleTimer {
  readonly #clock: Clock | undefined;
  readonly #ms: number;
  readonly #run: () => void;
  /** What the timer that waits was armed with: the fake timers of a test may have gone, and taken it along. */
  #armedWith: unknown;
  /** Of timers that were armed only the last one counts. */
  #turn = 0;
  #dueAt: number | undefined;

  /** A timer that runs `run` once, `ms` after it was started. */
  constructor(clock: Clock | undefined, ms: number, run: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#run = run;
  }

  /** Starts the timer, unless it waits already. */
  start(): void {
    const clock = this.#clock;
    const schedule = clock === undefined ? timersNow() : clock.schedule;
    if (schedule === undefined) {
      // A clock, or a host, that does not call back is asked at each return.
      const now = this.#now();
      // Not-a-number is no time: the next return asks again.
      if (!(now >= (this.#dueAt ||= now + this.#ms))) return;
      this.#dueAt = undefined;
      this.#run();
    } else if (this.#armedWith !== schedule) {
      this.#armedWith = schedule;
      this.#arm(this.#ms);
    }
  }

  /** Not-a-number if the clock of the program throws: the loan that has just ended must not fail. */
  #now(): number {
    try {
      return (this.#clock ?? tellerNow()).now();
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
      // The host has no timers here, as in the global scope of a worker: the next return tries again.
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
