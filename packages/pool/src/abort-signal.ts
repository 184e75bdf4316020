/** What a pool uses of an `AbortSignal`. */
export interface AbortSignalShape {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** The platform's `AbortSignal`, where the program's types know it, so that a signal fits `fetch`. */
export type PoolSignal = typeof globalThis extends { AbortSignal: { prototype: infer Signal } }
  ? Signal
  : AbortSignalShape;

interface Controller {
  readonly signal: PoolSignal;
  abort(reason?: unknown): void;
}

/** A new `AbortController` of the platform. */
export function createAbortController(): Controller {
  return new (globalThis as unknown as { AbortController: new () => Controller }).AbortController();
}
