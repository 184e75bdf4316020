import type { LoadSignal } from "./abort-signal.ts";

/** What one listener on a signal serves: all the calls that were made with it. */
class SignalWatch {
  readonly calls = new Set<() => void>();
  readonly #signal: LoadSignal;

  constructor(signal: LoadSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", this.#abort);
  }

  end(): void {
    watches.delete(this.#signal);
    this.#signal.removeEventListener("abort", this.#abort);
  }

  readonly #abort = (): void => {
    this.end();
    for (const leave of this.calls) leave();
  };
}

const watches = new WeakMap<LoadSignal, SignalWatch>();

/** Has a call leave when the signal aborts. However many calls share the signal, it gets one listener. */
export function watchSignal(signal: LoadSignal, leave: () => void): void {
  const watch = watches.get(signal) ?? new SignalWatch(signal);
  watches.set(signal, watch);
  watch.calls.add(leave);
}

/** Ends that; the last call takes the listener with it. */
export function unwatchSignal(signal: LoadSignal, leave: () => void): void {
  const watch = watches.get(signal);
  if (watch?.calls.delete(leave) && watch.calls.size === 0) watch.end();
}
