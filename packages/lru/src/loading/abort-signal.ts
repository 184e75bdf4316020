import { checker, type Check } from "../checks/read-options.ts";

/** What is used of an `AbortSignal`. */
interface SignalShape {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** The platform's `AbortSignal`, where the program's types know it, so that a signal fits `fetch`. */
export type LoadSignal = typeof globalThis extends { AbortSignal: { prototype: infer Signal } }
  ? Signal
  : SignalShape;

interface ControllerShape {
  readonly signal: LoadSignal;
  abort(reason?: unknown): void;
}

/** A new `AbortController`. */
export function createController(): ControllerShape {
  const { AbortController } = globalThis as unknown as {
    AbortController: new () => ControllerShape;
  };
  return new AbortController();
}

/** What can be used as an `AbortSignal`, from whatever realm. */
export const checkSignal: Check = /* @__PURE__ */ checker<SignalShape | null>(
  "an AbortSignal",
  (signal) =>
    typeof signal?.aborted === "boolean" &&
    typeof signal.addEventListener === "function" &&
    typeof signal.removeEventListener === "function",
);
