import type { LoadSignal } from "./abort-signal.ts";

/** The one listener on a signal, and all calls that were made with that signal. */
interface SignalWatch {
  readonly calls: Set<() => void>;
  readonly end: () => void;
}

const watches = /* @__PURE__ */ new WeakMap<LoadSignal, SignalWatch>();

/**
 * Calls `leave` if the signal aborts. Returns a function that ends this. A signal gets one listener
 * for all calls that share it; the listener is removed with the last of these calls.
 */
export function watchSignal(signal: LoadSignal, leave: () => void): () => void {
  const watch = watches.get(signal) ?? watchFirst(signal);
  watch.calls.add(leave);
  return () => {
    if (watch.calls.delete(leave) && watch.calls.size === 0) watch.end();
  };
}

function watchFirst(signal: LoadSignal): SignalWatch {
  const calls = new Set<() => void>();
  const abort = (): void => {
    for (const leave of calls) leave();
  };
  const end = (): void => {
    watches.delete(signal);
    signal.removeEventListener("abort", abort);
  };
  const watch = { calls, end };
  watches.set(signal, watch);
  signal.addEventListener("abort", abort);
  return watch;
}
