import { outsideContext } from "../outside-context.ts";
import { weakly } from "../weakly.ts";
import { SYSTEM_CLOCK, type Clock } from "./clock.ts";
import { LONGEST_DELAY, setReffed, type Timer } from "./deadline-queue.ts";

interface Host {
  readonly setTimeout?: unknown;
}

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
  /** What is left when the timer fires: timers cannot wait longer than 24.8 days. */
  #rest = 0;
  #dueAt = Infinity;

  /** A timer that runs `run` once, `ms` after it was started. Infinity is never. */
  constructor(clock: Clock | undefined, ms: number, run: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#run = run;
  }

  /** Starts the timer, unless it waits already. */
  start(): void {
    if (this.#ms === Infinity) return;
    const clock = this.#clock;
    const schedule = clock === undefined ? (globalThis as Host).setTimeout : clock.schedule;
    if (schedule === undefined) this.#look((clock ?? SYSTEM_CLOCK).now());
    else if (this.#armedWith !== schedule) {
      this.#armedWith = schedule;
      this.#arm(this.#ms);
    }
  }

  /** A clock, or a host, that does not call back is asked at each return. */
  #look(now: number): void {
    if (this.#dueAt === Infinity) this.#dueAt = now + this.#ms;
    else if (now >= this.#dueAt) {
      this.#dueAt = Infinity;
      this.#run();
    }
  }

  #arm(ms: number): void {
    const clock = this.#clock;
    const delay = Math.min(ms, LONGEST_DELAY);
    this.#rest = ms - delay;
    const fire = this.#later(++this.#turn);
    try {
      outsideContext(() => {
        if (clock === undefined) setReffed(setTimeout(fire, delay), false);
        else clock.schedule!(fire, delay);
      });
    } catch {
      // The host has no timers here, as in the global scope of a worker: the next return tries again.
      this.#armedWith = undefined;
    }
  }

  #later(turn: number): () => void {
    const timer = weakly(this);
    return () => {
      const alive = timer.deref();
      if (alive !== undefined) alive.#fire(turn);
    };
  }

  #fire(turn: number): void {
    if (turn !== this.#turn) return;
    if (this.#rest > 0) this.#arm(this.#rest);
    else {
      this.#armedWith = undefined;
      this.#run();
    }
  }
}

declare function setTimeout(run: () => void, ms: number): Timer;
