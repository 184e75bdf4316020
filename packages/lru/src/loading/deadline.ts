import { hostClock, LONGEST_DELAY, type Clock, type HostCancel } from "../expiry/clock.ts";

/** Calls a function once, in `ms` milliseconds. Returns a function that cancels the call. */
export type Schedule = Required<Clock>["schedule"];

/**
 * A time limit of any length. It keeps the process alive while a caller waits, and does not if only
 * work in the background depends on it.
 */
export class Deadline {
  readonly #schedule: Schedule;
  readonly #run: () => void;
  #isAwaited: boolean;
  #cancel!: HostCancel;

  /** `schedule` belongs to the clock of the program; the default are the timers of the platform. */
  constructor(
    schedule: Schedule = hostClock.schedule,
    run: () => void,
    ms: number,
    isAwaited: boolean,
  ) {
    this.#schedule = schedule;
    this.#run = run;
    this.#isAwaited = isAwaited;
    this.#start(ms);
  }

  /** Whether a caller waits, so that the limit keeps the process alive. */
  set isAwaited(isAwaited: boolean) {
    this.#isAwaited = isAwaited;
    this.#cancel.hold?.(isAwaited);
  }

  cancel(): void {
    this.#cancel();
  }

  #start(ms: number): void {
    const slice = Math.min(ms, LONGEST_DELAY);
    const next = (): void => (ms > slice ? this.#start(ms - slice) : this.#run());
    this.#cancel = this.#schedule(next, slice);
    if (this.#isAwaited) this.#cancel.hold?.(true);
  }
}
