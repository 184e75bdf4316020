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
