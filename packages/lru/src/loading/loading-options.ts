import { checkFunction, checkInteger, print } from "../check-function.ts";
import type { Clock } from "../expiry/clock.ts";
import { checkDuration } from "../expiry/expiry-options.ts";
import type { CycleDetector } from "./cycle-detector.ts";
import { isSignal, type LoadSignal } from "./abort-signal.ts";
import type { LoadingOptions, LoadOptions } from "./loader.ts";

const DURATIONS = [
  "refreshAfter",
  "negativeTtl",
  "staleWhileRevalidate",
  "staleIfError",
  "softTimeout",
  "hardTimeout",
] as const;

type Timeouts = Pick<
  LoadingOptions<unknown, unknown>,
  "softTimeout" | "hardTimeout" | "staleWhileRevalidate" | "staleIfError"
> & { readonly clock?: Clock | undefined };

/** Throws for options of loading that are none. */
export function checkLoadingOptions<K, V>(options: LoadingOptions<K, V> & Timeouts): void {
  const action = "create cache";
  for (const name of ["load", "loadMany"] as const) {
    if (options[name] !== undefined) checkFunction(action, name, options[name]);
  }
  for (const name of DURATIONS) {
    const ms = options[name];
    if (ms !== undefined && ms !== 0) checkDuration(action, name, ms);
  }
  if (options.maxRefreshes !== undefined) {
    checkInteger(action, "maxRefreshes", options.maxRefreshes, 1, Number.MAX_SAFE_INTEGER);
  }
  const { loadCycles } = options;
  if (
    loadCycles !== undefined &&
    typeof (loadCycles as Partial<CycleDetector> | null)?.wait !== "function"
  ) {
    throw new TypeError(
      `Cannot create cache: loadCycles is ${print(loadCycles)}, expected what detectLoadCycles() returns`,
    );
  }
  checkTimeouts(options);
}

function checkTimeouts({
  softTimeout,
  hardTimeout,
  staleWhileRevalidate,
  staleIfError,
  clock,
}: Timeouts): void {
  if (softTimeout !== undefined && staleWhileRevalidate === undefined && staleIfError === undefined)
    throw new TypeError(
      "Cannot create cache: softTimeout is set alone, expected staleIfError or staleWhileRevalidate too",
    );
  for (const [name, ms] of Object.entries({ softTimeout, hardTimeout })) {
    if (ms === undefined || clock === undefined || clock.schedule !== undefined) continue;
    throw new TypeError(
      `Cannot create cache: ${name} is set with a clock that has no schedule, expected clock.schedule too`,
    );
  }
}

/** The signal of a call. Throws a TypeError for options that are none. */
export function signalOf(options: LoadOptions | undefined): LoadSignal | undefined {
  if (options === undefined) return undefined;
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot load entry: options are ${print(options)}, expected an object`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || name === "signal") continue;
    throw new TypeError(`Cannot load entry: option "${name}" is not known, expected signal`);
  }
  const { signal } = options;
  if (signal === undefined || isSignal(signal)) return signal;
  throw new TypeError(`Cannot load entry: signal is ${print(signal)}, expected an AbortSignal`);
}
