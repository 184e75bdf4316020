import { attempt } from "../host/attempt.ts";
import { outside } from "../host/outside.ts";
import { print, refuse } from "../checks/read-options.ts";
import { reportError } from "../checks/report-error.ts";

/**
 * A source of time for a cache: for tests, and for programs with timers of their own. Times are
 * milliseconds from any origin. They need not be integers.
 *
 * @example
 * ```ts
 * import { LRUCache, type Clock } from "@heapwise/lru";
 *
 * let now = 0;
 * const clock: Clock = { now: () => now };
 * const cache = new LRUCache<string, number>({ max: 10, ttl: 1000, clock });
 * cache.set("a", 1);
 * now = 999;
 * cache.get("a"); // => 1
 * now = 1000;
 * cache.get("a"); // => undefined
 * ```
 */
export interface Clock {
  /**
   * Returns the present time, ms. If it is not a finite number, the call of the cache that needs
   * it throws a TypeError. It should not go back: if it does, entries live longer by the same time.
   */
  now(): number;
  /**
   * Calls `run` once, after at least `ms` milliseconds, and returns a function that cancels the
   * call. If `schedule` is omitted, the cache sets no timer: it removes expired entries only while
   * the program uses it.
   */
  schedule?(run: () => void, ms: number): () => void;
}

/** Longest delay of a platform timer, ms; a longer one would run at once. */
export const LONGEST_DELAY: number = 0x7fff_ffff;

/** A timer of the platform: in Node an object that may hold the process, elsewhere a number. */
type Timer = { ref?(): void; unref?(): void } | number | null;

interface Host {
  readonly performance?: { now(): number };
  readonly setTimeout: ((run: () => void, ms: number) => Timer) | undefined;
  readonly clearTimeout: ((timer: Timer) => void) | undefined;
  readonly Deno?: { refTimer?(timer: number): void; unrefTimer?(timer: number): void };
}

/**
 * Functions of the host are looked up here at each call, so that fakes which a test puts in place
 * of the globals take effect. `now` runs at each write and names `performance` itself: V8 finds a
 * global by its own name sooner.
 */
const host = globalThis as unknown as Host;

/** Cancels a timer. */
export interface HostCancel {
  (): void;
  /** Makes a timer of the host keep the process alive while `isAwaited`, and not otherwise. */
  hold?(isAwaited: boolean): void;
}

const hostPerformance = /* @__PURE__ */ attempt(() => host.performance);
const hostNow = /* @__PURE__ */ attempt(() => hostPerformance!.now);
const hostSetTimeout = /* @__PURE__ */ attempt(() => host.setTimeout);

/**
 * Cancels nothing. It stands for a timer that could not be set: the host has no timers, or refuses
 * them, as in the global scope of a worker.
 */
export const unarmed: HostCancel = () => {};

/**
 * The monotonic time of the host, or the time of day if the host has no other. Its timers keep
 * neither the program nor a request alive.
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
 * A reading of the clock takes as long as a hit, and the processor cannot work on the next hit at
 * the same time. So a burst of readings earns credit: after `BURST` readings, each less than
 * `LONGEST_GAP` ms after the one before, the clock is read for one hit in `STRIDE`. For the hits in
 * between, an entry is live if it had more than `MARGIN` ms left at the last reading.
 *
 * This is wrong only if the program stops for longer than `MARGIN` inside one task, right after a
 * burst. A burst ends with its task, or when no hit comes for `PATIENCE` promises.
 */
const BURST = 64;
const STRIDE = 128;
const PATIENCE = 8;
/** Readings after which the next task continues a burst. */
const RESUMPTION = 8;
const LONGEST_GAP = 0.25;
const MARGIN = 10_000;

/** Hits that need no reading of the clock. */
export class ClockCredit {
  /** An entry that expires later than this, ms, is live. */
  until: number = Infinity;
  /** The number of hits for which this holds. */
  left = 0;

  /**
   * Takes one of these hits. Returns whether the clock is still the clock that earned the credit.
   */
  spend(): boolean {
    this.left--;
    // The getter of the global `performance` would take half as long as a reading.
    return hostPerformance!.now === hostNow && setTimeout === hostSetTimeout;
  }
}

/** The credit that bursts have earned. All caches with the clock of the host share it. */
export const burstCredit: ClockCredit = /* @__PURE__ */ new ClockCredit();
/** For a cache that has to read the clock at each hit. It never has a hit left. */
export const noCredit: ClockCredit = /* @__PURE__ */ new ClockCredit();
const burst = { last: -Infinity, readings: 0, isWatched: false, left: 0, idle: 0 };
/** Created outside of the request that may have imported this module. */
const settled = /* @__PURE__ */ outside(() => Promise.resolve());

const isGenuine = /* @__PURE__ */ findGenuine();

/** Whether the clock is the host's own. A clock that a test moves is read at each hit. */
function findGenuine(): boolean {
  if (hostNow === undefined || hostSetTimeout === undefined) return false;
  return !Object.hasOwn(hostPerformance!, "now");
}

function noteReading(now: number, source: NonNullable<Host["performance"]>): void {
  burst.readings = now - burst.last < LONGEST_GAP ? burst.readings + 1 : 0;
  burst.last = now;
  burstCredit.left = 0;
  if (burst.readings < BURST) return;
  if (!isGenuine || source !== hostPerformance) return;
  if (source.now !== hostNow || setTimeout !== hostSetTimeout) return;
  burstCredit.until = now + MARGIN;
  burstCredit.left = STRIDE - 1;
  if (burst.isWatched) return;
  burst.isWatched = true;
  burst.idle = 0;
  void settled.then(watchBurst);
}

/**
 * Awaits one promise after another while hits come, and so ends the burst with its task: all
 * promises of a task are settled before the next task begins. A timer would be too late: other
 * tasks run before it, a hidden page delays it, and a program may cancel it.
 */
function watchBurst(): void {
  burst.idle = burstCredit.left === burst.left ? burst.idle + 1 : 0;
  burst.left = burstCredit.left;
  if (burst.idle < PATIENCE) {
    void settled.then(watchBurst);
    return;
  }
  burstCredit.left = 0;
  burst.readings = BURST - RESUMPTION;
  burst.isWatched = false;
}

/**
 * Wraps a clock of the program. `now` throws a TypeError if the clock does not return a finite
 * number. Cancelling a timer never throws: its error goes to `onError`.
 */
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
