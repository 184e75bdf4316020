/** Longest delay of a platform timer, ms; a longer one would run at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** What a platform timer is: an object in Node, which may hold the process, and a number elsewhere. */
type Timer = { ref?(): void; unref?(): void } | number;

interface Host {
  readonly setTimeout: (run: () => void, ms: number) => Timer;
  readonly clearTimeout: (timer: Timer) => void;
  readonly Deno?: { refTimer?(timer: number): void; unrefTimer?(timer: number): void };
}

/** Looked up at each call, so that a test which replaces the globals by fakes replaces them here. */
const host = globalThis as unknown as Host;

/** Runs something once, `ms` from now, and returns what cancels it. */
export type Schedule = (run: () => void, ms: number) => () => void;

/**
 * A limit of time, of any length. While somebody waits for it, it holds the process; one that only
 * the background knows does not.
 */
export class Deadline {
  readonly #schedule: Schedule | undefined;
  readonly #run: () => void;
  #isAwaited: boolean;
  #timer: Timer | undefined;
  #cancel!: () => void;

  /** `schedule` is that of an injected clock; without it the platform's timers are used. */
  constructor(schedule: Schedule | undefined, run: () => void, ms: number, isAwaited: boolean) {
    this.#schedule = schedule;
    this.#run = run;
    this.#isAwaited = isAwaited;
    this.#start(ms);
  }

  /** Whether somebody waits for it. */
  set isAwaited(isAwaited: boolean) {
    this.#isAwaited = isAwaited;
    this.#hold();
  }

  cancel(): void {
    this.#timer = undefined;
    this.#cancel();
  }

  #start(ms: number): void {
    const slice = Math.min(ms, LONGEST_DELAY);
    const next = (): void => (ms > slice ? this.#start(ms - slice) : this.#run());
    if (this.#schedule !== undefined) {
      this.#cancel = this.#schedule(next, slice);
      return;
    }
    // The same kind of timers clears it, fake or real.
    const { clearTimeout } = host;
    const timer = host.setTimeout(next, slice);
    this.#timer = timer;
    this.#cancel = () => clearTimeout(timer);
    this.#hold();
  }

  #hold(): void {
    const timer = this.#timer;
    if (typeof timer === "number") {
      if (this.#isAwaited) host.Deno?.refTimer?.(timer);
      else host.Deno?.unrefTimer?.(timer);
    } else if (this.#isAwaited) timer?.ref?.();
    else timer?.unref?.();
  }
}
