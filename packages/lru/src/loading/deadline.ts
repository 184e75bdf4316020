import { hostClock, LONGEST_DELAY, type Clock, type HostCancel } from "../expiry/clock.ts";

/** Runs something once, `ms` from now, and returns what cancels it. */
export type Schedule = Required<Clock>["schedule"];

/**
 * A limit of time, of any length. While somebody waits for it, it holds the process; one that only
 * the background knows does not.
 */
export class Deadline {
  readonly #schedule: Schedule;
  readonly #run: () => void;
  #isAwaited: boolean;
  #cancel!: HostCancel;

  /** `schedule` is that of an injected clock; without it the platform's timers are used. */
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

  /** Whether somebody waits for it. */
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
