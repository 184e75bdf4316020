import type { Location } from "@heapwise/leaks";
import { promisify } from "node:util";
import type { HotTimers } from "./hot-timers.ts";
import { locateCaller } from "./locate-caller.ts";
import type { OpenThings } from "./open-things.ts";
import type { TimerPromises } from "./scoped-timer-promises.ts";

type Callback = (...values: unknown[]) => unknown;
type Start = (callback: unknown, ...values: unknown[]) => unknown;
type Stop = (timer: unknown) => void;
type Name = "setTimeout" | "setInterval" | "setImmediate";

/** Where the real functions are looked up at each call: test runners replace them. */
export type TimerHome = Readonly<Record<string, unknown>>;

const STOPS = {
  setTimeout: "clearTimeout",
  setInterval: "clearInterval",
  setImmediate: "clearImmediate",
} as const;

/** What timers need from their scope. */
export interface TimersContext {
  readonly open: OpenThings;
  readonly hasEnded: () => boolean;
  readonly home: () => TimerHome;
  readonly promises: () => TimerPromises;
  /** Whether timers that are open at the end are reported. */
  readonly isReported: boolean;
}

/**
 * The six functions of timers for one scope. A timer that runs for the last time or is cleared is
 * forgotten, by whatever way; one that is started again by `refresh` is known again. After the end
 * of the scope timers are made as before, but never run.
 */
export function makeScopedTimers(context: TimersContext): HotTimers {
  const timers: Record<string, unknown> = {};
  for (const name of ["setTimeout", "setInterval", "setImmediate"] as const) {
    timers[name] = makeStart(name, context);
    timers[STOPS[name]] = makeStop(STOPS[name], context);
  }
  return timers as unknown as HotTimers;
}

function makeStart(name: Name, context: TimersContext): unknown {
  // A property of an object gives the function its name.
  const { [name]: start } = {
    [name](callback: unknown, ...values: unknown[]): unknown {
      const real = context.home()[name] as Start;
      if (typeof callback !== "function") return real(callback, ...values);
      const stop = context.home()[STOPS[name]] as Stop;
      const run = new ScopedTimer(name, context, stop);
      const timer = real(run.wrap(callback as Callback), ...values);
      run.begin(timer, context.isReported ? locateCaller(start!) : undefined, values[0]);
      return timer;
    },
  };
  if (name === "setInterval") return start;
  Object.defineProperty(start, promisify.custom, {
    enumerable: true,
    get: () => context.promises()[name],
  });
  return start;
}

function makeStop(name: string, { open, home }: TimersContext): unknown {
  return {
    [name](timer: unknown): void {
      (home()[name] as Stop)(timer);
      if (open.forget(timer)) return;
      if (typeof timer !== "string" && typeof timer !== "number") return;
      for (const key of open.keys()) {
        if (isTimer(key) && isNumbered(key, timer)) open.forget(key);
      }
    },
  }[name];
}

/** One timer of a scope, by which it is ended. */
class ScopedTimer {
  readonly #name: Name;
  readonly #context: TimersContext;
  readonly #stop: Stop;
  #timer: unknown;
  #location: Location | undefined;
  #delay: unknown;

  constructor(name: Name, context: TimersContext, stop: Stop) {
    this.#name = name;
    this.#context = context;
    this.#stop = stop;
  }

  wrap(callback: Callback): Callback {
    if (this.#name === "setInterval") return callback;
    const forget = (): boolean => this.#context.open.forget(this.#timer);
    return function (this: unknown, ...values: unknown[]): unknown {
      forget();
      return Reflect.apply(callback, this, values);
    };
  }

  begin(timer: unknown, location: Location | undefined, delay: unknown): void {
    this.#timer = timer;
    this.#location = location;
    this.#delay = delay;
    if (this.#context.hasEnded()) {
      this.#end();
      return;
    }
    this.#add();
    if (this.#name === "setTimeout") this.#followRefresh();
  }

  #add(): void {
    const location = this.#location;
    const timer = this.#timer;
    this.#context.open.add(timer, {
      row: this.#context.isReported ? { kind: "timer", name: this.#words(), location } : undefined,
      end: () => this.#end(),
      isOver: () => isDestroyed(timer) === true,
    });
  }

  #words(): string {
    if (this.#name === "setImmediate") return this.#name;
    const delay = Number(this.#delay);
    return `${this.#name} ${delay >= 1 && delay <= 2 ** 31 - 1 ? Math.trunc(delay) : 1} ms`;
  }

  #end(): void {
    this.#stop(this.#timer);
    // Else Node would call a callback that is gone.
    const timer = this.#timer;
    replaceRefresh(timer, () => timer);
  }

  /** `refresh` starts a timer again that has run, or that runs. */
  #followRefresh(): void {
    const timer = this.#timer;
    const real = refreshOf(timer);
    if (real === undefined) return;
    const start = (): unknown => {
      if (this.#context.hasEnded()) return timer;
      const result: unknown = Reflect.apply(real, timer, []);
      if (isDestroyed(timer) !== true && !this.#context.open.has(timer)) this.#add();
      return result;
    };
    replaceRefresh(timer, start);
  }
}

function isTimer(key: unknown): key is object {
  return refreshOf(key) !== undefined || typeof key === "number";
}

function refreshOf(timer: unknown): (() => unknown) | undefined {
  if (typeof timer !== "object" || timer === null) return undefined;
  const { refresh } = timer as { refresh?: unknown };
  return typeof refresh === "function" ? (refresh as () => unknown) : undefined;
}

function replaceRefresh(timer: unknown, value: () => unknown): void {
  if (refreshOf(timer) === undefined) return;
  Object.defineProperty(timer, "refresh", { value, configurable: true, writable: true });
}

/** The field in which Node notes the end of a timer, at least up to Node 26. */
const DESTROYED = "_destroyed";

/** Whether Node has ended a timer; undefined for timers of others. */
function isDestroyed(timer: unknown): boolean | undefined {
  const { [DESTROYED]: flag } = Object(timer) as { [DESTROYED]?: unknown };
  return typeof flag === "boolean" ? flag : undefined;
}

/** Whether a timer was cleared by its number. */
function isNumbered(timer: unknown, number: string | number): boolean {
  return isDestroyed(timer) ?? Number(timer) === Number(number);
}
