import { attempt } from "../host/attempt.ts";
import { outside } from "../host/outside.ts";
import { print, refuse } from "../checks/read-options.ts";
import { reportError } from "../checks/report-error.ts";

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

/** Longest delay of a platform timer, ms; a longer one would run at once. */
export const LONGEST_DELAY: number = 0x7fff_ffff;

/** What a platform timer is: an object in Node, which may hold the process, and a number elsewhere. */
type Timer = { ref?(): void; unref?(): void } | number | null;

interface Host {
  readonly performance?: { now(): number };
  readonly setTimeout: ((run: () => void, ms: number) => Timer) | undefined;
  readonly clearTimeout: ((timer: Timer) => void) | undefined;
  readonly Deno?: { refTimer?(timer: number): void; unrefTimer?(timer: number): void };
}

/**
 * Looked up at each call, so that a test which replaces the globals by fakes replaces them here. What is asked for with
 * each write is a global by its own name, which V8 finds sooner.
 */
const host = globalThis as unknown as Host;

/** Cancels a timer. That of a host timer can make it hold the process, and let go of it again. */
export interface HostCancel {
  (): void;
  hold?(isAwaited: boolean): void;
}

const hostPerformance = /* @__PURE__ */ attempt(() => host.performance);
const hostNow = /* @__PURE__ */ attempt(() => hostPerformance!.now);
const hostSetTimeout = /* @__PURE__ */ attempt(() => host.setTimeout);

/** Cancels nothing: the host has no timers, or refuses them, as in the global scope of a worker. */
export const unarmed: HostCancel = () => {};

/**
 * The monotonic time of the host, or that of day if it has no other, and its timers, which keep no
 * program alive, and no request.
 */
export const hostClock: Required<Clock> = {
  now:
    hostNow === undefined
      ? () => Date.now()
      : () => {
          const source = performance;
          const now = source.now();
          noteReading(now, source);
          return now;
        },
  schedule: (run, ms) => {
    // The same kind of timers clears it, fake or real.
    let clear: Host["clearTimeout"];
    let timer: Timer;
    try {
      const { clearTimeout, setTimeout } = host;
      clear = clearTimeout;
      timer = outside(() => setTimeout!(run, Math.max(Math.ceil(ms), 1)));
    } catch {
      return unarmed;
    }
    const cancel: HostCancel = () => clear?.(timer);
    cancel.hold = (isAwaited) => {
      const method = isAwaited ? "ref" : "unref";
      if (typeof timer === "number") host.Deno?.[`${method}Timer`]?.(timer);
      else timer?.[method]?.();
    };
    cancel.hold(false);
    return cancel;
  },
};

/**
 * A reading costs as much as a hit, and keeps the processor from working on the next one meanwhile.
 * In a burst, which is `BURST` readings in close succession, the clock is read for one hit in
 * `STRIDE`; in between, what had more than `MARGIN` left at the last reading is live. To be wrong
 * about an entry, a program would have to stand still for longer than that in one task, right after
 * such a burst, which is over when the task is, or when no hit comes for `PATIENCE` promises.
 */
const BURST = 64;
const STRIDE = 128;
const PATIENCE = 8;
/** Readings after which the next task takes a burst up again. */
const RESUMPTION = 8;
const LONGEST_GAP = 0.25;
const MARGIN = 10_000;

/** What is live beyond `until`, ms, is live for the next `left` hits without a reading. */
export class Trust {
  until: number = Infinity;
  left = 0;

  /** Takes one of the hits without a reading that are left. Returns whether the clock is still the same. */
  spend(): boolean {
    this.left--;
    // Not the global performance, whose getter costs half as much as a reading.
    return hostPerformance!.now === hostNow && setTimeout === hostSetTimeout;
  }
}

/** What the bursts of all caches have earned. */
export const trust: Trust = /* @__PURE__ */ new Trust();
/** Where the clock has to be read at each hit. */
export const noTrust: Trust = /* @__PURE__ */ new Trust();
const burst = { last: -Infinity, readings: 0, isWatched: false, left: 0, idle: 0 };
/** Made outside of the request that may have imported this. */
const settled = /* @__PURE__ */ outside(() => Promise.resolve());

const isGenuine = /* @__PURE__ */ findGenuine();

/** Time that somebody else moves is read at each hit. */
function findGenuine(): boolean {
  if (hostNow === undefined || hostSetTimeout === undefined) return false;
  return !Object.hasOwn(hostPerformance!, "now");
}

function noteReading(now: number, source: NonNullable<Host["performance"]>): void {
  burst.readings = now - burst.last < LONGEST_GAP ? burst.readings + 1 : 0;
  burst.last = now;
  trust.left = 0;
  if (burst.readings < BURST) return;
  if (!isGenuine || source !== hostPerformance) return;
  if (source.now !== hostNow || setTimeout !== hostSetTimeout) return;
  trust.until = now + MARGIN;
  trust.left = STRIDE - 1;
  if (burst.isWatched) return;
  burst.isWatched = true;
  burst.idle = 0;
  void settled.then(watchBurst);
}

/**
 * Goes along with the promises of a task, all of which are done before another task begins. A timer
 * would come too late: other tasks run before it, a hidden page holds it back, and a program may
 * cancel it.
 */
function watchBurst(): void {
  burst.idle = trust.left === burst.left ? burst.idle + 1 : 0;
  burst.left = trust.left;
  if (burst.idle < PATIENCE) {
    void settled.then(watchBurst);
    return;
  }
  trust.left = 0;
  burst.readings = BURST - RESUMPTION;
  burst.isWatched = false;
}

/** A clock of the program's own, which throws a TypeError instead of telling what is no time, and never when a timer is cancelled. */
export function checkedClock(clock: Clock, onError: ((error: unknown) => void) | undefined): Clock {
  return {
    now: () => {
      const now: unknown = clock.now();
      if (Number.isFinite(now)) return now as number;
      refuse("read clock", `now returns ${print(now)}`, "milliseconds");
    },
    ...(clock.schedule !== undefined && {
      schedule: (run, ms) => {
        const cancel = outside(() => clock.schedule!(run, ms));
        return () => {
          try {
            cancel();
          } catch (error) {
            reportError(error, onError);
          }
        };
      },
    }),
  };
}
