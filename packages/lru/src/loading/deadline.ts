/** Longest delay of a platform timer, ms; a longer one would run at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** What a platform timer is: an object in Node, which may hold the process, and a number in browsers. */
type Timer = { ref?(): void; unref?(): void } | number;

interface Timers {
  setTimeout(run: () => void, ms: number): Timer;
  clearTimeout(timer: Timer): void;
}

/** Runs something once, `ms` from now, and returns what cancels it. */
export type Schedule = (run: () => void, ms: number) => () => void;

/**
 * A limit of time, of any length. While somebody waits for it, it holds the process; one that only
 * the background knows does not.
 */
export class Deadline {
  readonly #run: () => void;
  #isAwaited: boolean;
  #timer: Timer | undefined;
  #cancel: () => void;

  /** `schedule` is that of an injected clock; without it the platform's timers are used. */
  constructor(schedule: Schedule | undefined, run: () => void, ms: number, isAwaited: boolean) {
    this.#run = run;
    this.#isAwaited = isAwaited;
    this.#cancel = schedule !== undefined ? schedule(run, ms) : () => this.#stop();
    if (schedule === undefined) this.#start(ms);
  }

  /** Whether somebody waits for it. */
  set isAwaited(isAwaited: boolean) {
    this.#isAwaited = isAwaited;
    this.#hold();
  }

  cancel(): void {
    this.#cancel();
  }

  #start(ms: number): void {
    const slice = Math.min(ms, LONGEST_DELAY);
    const next = (): void => (ms > slice ? this.#start(ms - slice) : this.#run());
    this.#timer = (globalThis as unknown as Timers).setTimeout(next, slice);
    this.#hold();
  }

  #hold(): void {
    const timer = this.#timer;
    if (typeof timer !== "object") return;
    if (this.#isAwaited) timer.ref?.();
    else timer.unref?.();
  }

  #stop(): void {
    if (this.#timer !== undefined) (globalThis as unknown as Timers).clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
