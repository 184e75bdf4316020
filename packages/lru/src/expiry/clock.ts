import { print } from "../check-function.ts";

/** Where a cache takes its time from. Times are ms from any origin; they need not be integers. */
export interface Clock {
  /** The time that is now, ms. It should not go back; where it does, entries live longer by that much. */
  now(): number;
  /**
   * Runs a function once, after at least that many ms, and returns what cancels it. Left out, no
   * timer is armed, and entries leave when the cache is used.
   */
  schedule?(run: () => void, ms: number): () => void;
}

interface Unreferable {
  unref?(): unknown;
}

interface Host {
  readonly performance: { now(): number };
  readonly setTimeout: (run: () => void, ms: number) => unknown;
  readonly clearTimeout: (timer: unknown) => void;
  readonly Deno?: { unrefTimer?(timer: unknown): void };
}

/** Looked up at each call, so that a test which replaces the globals by fakes replaces them here. */
const host = globalThis as unknown as Host;

/** The monotonic time of the host, and its timers, which keep no program alive. */
export const hostClock: Required<Clock> = {
  now: () => host.performance.now(),
  schedule: (run, ms) => {
    const { clearTimeout } = host;
    const timer = host.setTimeout(run, Math.max(Math.ceil(ms), 1));
    if (typeof timer === "object") (timer as Unreferable | null)?.unref?.();
    else host.Deno?.unrefTimer?.(timer);
    // The same kind of timers clears it, fake or real.
    return () => clearTimeout(timer);
  },
};

/** Which timers are in use: fakes replace them, and a timer of the others may then never fire. */
export function hostTimers(): unknown {
  return host.setTimeout;
}

/** Reads a clock. Throws a TypeError for what is no time. */
export function readTime(action: string, clock: Clock): number {
  const now: unknown = clock.now();
  if (Number.isFinite(now)) return now as number;
  throw new TypeError(`Cannot ${action}: clock.now returns ${print(now)}, expected milliseconds`);
}
