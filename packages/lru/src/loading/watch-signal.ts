import type { LoadSignal } from "./abort-signal.ts";

/** What one listener on a signal serves: all the calls that were made with it. */
interface SignalWatch {
  readonly calls: Set<() => void>;
  readonly end: () => void;
}

const watches = /* @__PURE__ */ new WeakMap<LoadSignal, SignalWatch>();

/**
 * Has a call leave when the signal aborts, and returns what ends that. However many calls share the
 * signal, it gets one listener; the last call takes it along.
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
