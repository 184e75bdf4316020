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

/**
 * Those who wait until a signal aborts, with one listener for each signal: a program may have many
 * wait on one, of which Node warns. A signal may be of the program's own making, and do anything.
 */
export class SignalWatch<W> {
  readonly #watched = new WeakMap<PoolSignal, SignalListener<W>>();
  readonly #onAbort: (waiter: W, reason: unknown) => void;

  /** `onAbort` is called with each waiter, and with the reason. */
  constructor(onAbort: (waiter: W, reason: unknown) => void) {
    this.#onAbort = onAbort;
  }

  /** Adds a waiter. Throws what the signal throws; `onAbort` may be called before this returns. */
  add(signal: PoolSignal, waiter: W): void {
    const listener = this.#watched.get(signal);
    if (listener !== undefined) (listener.others ??= new Set()).add(waiter);
    else this.#listen(signal, waiter);
    // It may have aborted since it was last asked.
    if (signal.aborted) this.#onAbort(waiter, reasonOf(signal));
  }

  /** Takes a waiter out. Never throws. */
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
      // What it calls then finds nobody.
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

/** What `create` is called with. */
interface CreateContext {
  readonly signal: PoolSignal;
}

/** The `AbortController` of a creation. It is made when `create` asks for the signal: many never do, and not every host has one. */
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
