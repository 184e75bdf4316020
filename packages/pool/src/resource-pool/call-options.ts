import type { AbortSignalShape } from "../abort-signal.ts";
import { checkNames, checkNumber, checkType, readOptions, refuse } from "../checks.ts";
import type { AcquireOptions, CloseOptions, ReplaceOptions, ResizePoolOptions } from "./options.ts";
import { checkEither } from "./settings.ts";

/** Throws a TypeError if an option of `resize` is unknown. */
export function checkResize(options: ResizePoolOptions): void {
  checkNames("resize pool", options, ["min", "max"]);
}

const KNOWN_BY_ACQUIRE = ["signal", "timeout", "priority", "label", "affinity"];

/** Throws if an option of `acquire` is unknown or invalid. */
export function checkAcquire<T>(options: AcquireOptions<T>): void {
  const action = "acquire resource";
  checkNames(action, options, KNOWN_BY_ACQUIRE);
  const { signal, timeout, priority, label, affinity } = options;
  if (signal !== undefined && !isSignal(signal)) {
    refuse(action, "signal", signal, "an AbortSignal");
  }
  if (timeout !== undefined) checkNumber(action, "timeout", timeout, 0, Infinity);
  if (priority !== undefined) checkNumber(action, "priority", priority, -1e9, 1e9);
  if (label !== undefined) checkType(action, "label", label, "string");
  if (affinity !== undefined) checkType(action, "affinity", affinity, "function");
}

function isSignal(value: unknown): boolean {
  const signal = value as Partial<AbortSignalShape> | null;
  return (
    typeof signal?.addEventListener === "function" &&
    typeof signal.removeEventListener === "function" &&
    typeof signal.aborted === "boolean"
  );
}

const CLOSE_DEFAULTS = { deadline: 30_000, waiters: "reject" };

/** Checks the options of `close` and fills in the defaults. */
export function readClose(options: CloseOptions): { deadline: number; serves: boolean } {
  const action = "close pool";
  const { deadline, waiters } = readOptions(action, options, CLOSE_DEFAULTS);
  checkNumber(action, "deadline", deadline, 0, Infinity);
  checkEither(action, "waiters", waiters, "serve", "reject");
  return { deadline, serves: waiters === "serve" };
}

/** Checks the options of `replaceAll`. Returns `over`, in ms. */
export function readReplace(options: ReplaceOptions): number {
  const action = "replace resources";
  const { over } = readOptions(action, options, { over: 0 });
  checkNumber(action, "over", over, 0, Number.MAX_SAFE_INTEGER);
  return over;
}
