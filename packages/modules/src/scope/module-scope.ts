import type { LeftBehind } from "./left-behind.ts";

/** Settings of a scope. */
export interface ScopeSettings {
  /** Whether timers and `process` are shadowed. */
  readonly globals: "scoped" | "shared";
  /** Called with the error of each cleanup that throws. */
  readonly onError: (error: unknown) => void;
}

/**
 * What one version of a module made and what has to end with it: timers, listeners of `process`,
 * functions that were deferred, and a signal. Ends everything once, in reverse order.
 */
export class ModuleScope {
  readonly #settings: ScopeSettings;
  readonly #cleanups: (() => void | Promise<void>)[] = [];
  #controller: AbortController | undefined;
  #hasEnded = false;

  constructor(settings: ScopeSettings) {
    this.#settings = settings;
  }

  /** The variables that shadow globals in the code of the module, by name. */
  readonly globals: Readonly<Record<string, unknown>> = {};

  /** What `require` and `import` of a builtin give in place of the real one, or undefined. */
  builtin(_id: string): unknown {
    return undefined;
  }

  /** Aborted when the scope ends. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#hasEnded) this.#controller.abort();
    return this.#controller.signal;
  }

  /** Runs a function when the scope ends, or at once if it has ended. */
  defer(cleanup: () => void | Promise<void>): void {
    this.#cleanups.push(cleanup);
  }

  /**
   * Ends all that is open, in reverse order of making; an error of a cleanup stops none of the
   * others. Returns what had to be ended, and what stays. Later calls do nothing and return nothing.
   */
  async end(): Promise<LeftBehind[]> {
    if (this.#hasEnded) return [];
    this.#hasEnded = true;
    this.#controller?.abort();
    for (const cleanup of this.#cleanups.splice(0).reverse()) {
      try {
        await cleanup();
      } catch (error) {
        this.#settings.onError(error);
      }
    }
    return [];
  }
}
