/** The members of an `AbortSignal` that a pool uses. */
export interface AbortSignalShape {
  /** Whether the signal has aborted. */
  readonly aborted: boolean;
  /** Why the signal has aborted. */
  readonly reason: unknown;
  /** Adds a listener that is called when the signal aborts. */
  addEventListener(type: "abort", listener: () => void): void;
  /** Removes a listener. */
  removeEventListener(type: "abort", listener: () => void): void;
}

/**
 * The type of a signal that a pool takes and passes to `create`: the platform's `AbortSignal`,
 * which fits `fetch`, if the types of the program have one, or otherwise the members that a pool
 * uses.
 */
export type PoolSignal = typeof globalThis extends { AbortSignal: { prototype: infer Signal } }
  ? Signal
  : AbortSignalShape;

interface Controller {
  readonly signal: PoolSignal;
  abort(reason?: unknown): void;
}

/**
 * The waiters of many signals, with one listener for each signal, because a program may wait many
 * times on one signal and Node warns of many listeners. A signal may be an object of the program,
 * and may do anything when it is called.
 */
export class SignalWatch<W> {
  readonly #watched = new WeakMap<PoolSignal, SignalListener<W>>();
  readonly #onAbort: (waiter: W, reason: unknown) => void;

  /** `onAbort` is called with each waiter of a signal that aborts, and with the reason. */
  constructor(onAbort: (waiter: W, reason: unknown) => void) {
    this.#onAbort = onAbort;
  }

  /**
   * Adds a waiter. Errors of the signal are passed on. `onAbort` may be called before the return.
   */
  add(signal: PoolSignal, waiter: W): void {
    const listener = this.#watched.get(signal);
    if (listener !== undefined) (listener.others ??= new Set()).add(waiter);
    else this.#listen(signal, waiter);
    // The signal may have aborted since the caller looked.
    if (signal.aborted) this.#onAbort(waiter, reasonOf(signal));
  }

  /** Removes a waiter. Never throws. */
  remove(signal: PoolSignal, waiter: W): void {
    const listener = this.#watched.get(signal);
    if (listener === undefined) return;
    const { others } = listener;
    if (listener.first === waiter) listener.first = undefined;
    else others?.delete(waiter);
    if (listener.first !== undefined || (others !== undefined && others.size > 0)) return;
    this.#watched.delete(signal);
    try {
      signal.removeEventListener("abort", listener.abort);
    } catch {
      // The listener that is left finds no waiter.
    }
  }

  #listen(signal: PoolSignal, first: W): void {
    const listener: SignalListener<W> = {
      first,
      others: undefined,
      abort: () => this.#abort(signal, listener),
    };
    this.#watched.set(signal, listener);
    signal.addEventListener("abort", listener.abort);
  }

  #abort(signal: PoolSignal, { first, others }: SignalListener<W>): void {
    const reason = reasonOf(signal);
    if (first !== undefined) this.#onAbort(first, reason);
    if (others !== undefined) for (const waiter of others) this.#onAbort(waiter, reason);
  }
}

function reasonOf(signal: PoolSignal): unknown {
  try {
    return signal.reason;
  } catch (error) {
    return error;
  }
}

/** Most signals have one waiter. */
interface SignalListener<W> {
  first: W | undefined;
  others: Set<W> | undefined;
  readonly abort: () => void;
}

/** The argument of `create`. */
interface CreateContext {
  readonly signal: PoolSignal;
}

/**
 * The `AbortController` of a creation. It is made when `create` reads the signal, because many
 * never do, and some hosts have no `AbortController`.
 */
export class LazyController {
  readonly context: CreateContext;
  #controller: Controller | undefined;
  #abort: { readonly reason: unknown } | undefined;

  constructor() {
    const made = (): Controller => this.#made();
    this.context = {
      get signal() {
        return made().signal;
      },
    };
  }

  abort(reason: unknown): void {
    this.#abort ??= { reason };
    this.#controller?.abort(reason);
  }

  #made(): Controller {
    if (this.#controller === undefined) {
      const { AbortController } = globalThis as unknown as {
        AbortController: new () => Controller;
      };
      this.#controller = new AbortController();
      if (this.#abort !== undefined) this.#controller.abort(this.#abort.reason);
    }
    return this.#controller;
  }
}
