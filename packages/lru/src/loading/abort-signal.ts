import { checker, type Check } from "../checks/read-options.ts";

/** The members of an `AbortSignal` that the cache uses. */
interface SignalShape {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/**
 * An `AbortSignal`: the type of the platform if the program has that type, so that a signal can be
 * passed on to `fetch`; otherwise the members that the cache uses.
 */
export type LoadSignal = typeof globalThis extends { AbortSignal: { prototype: infer Signal } }
  ? Signal
  : SignalShape;

interface ControllerShape {
  readonly signal: LoadSignal;
  abort(reason?: unknown): void;
}

/** Creates an `AbortController`. */
export function createController(): ControllerShape {
  const { AbortController } = globalThis as unknown as {
    AbortController: new () => ControllerShape;
  };
  return new AbortController();
}

/**
 * Throws a TypeError if a value cannot be used as an `AbortSignal`. A signal of another realm can.
 */
export const checkSignal: Check = /* @__PURE__ */ checker<SignalShape | null>(
  "an AbortSignal",
  (signal) =>
    typeof signal?.aborted === "boolean" &&
    typeof signal.addEventListener === "function" &&
    typeof signal.removeEventListener === "function",
);
