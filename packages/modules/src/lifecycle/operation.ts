/** What an operation does. */
export type OperationKind = "load" | "reload" | "unload";

/**
 * A load, reload or unload of one root. The next one waits for it, or abandons it: then each wait
 * of the operation throws, and it ends its own work.
 */
export class Operation {
  readonly kind: OperationKind;
  /** When it began, in the time of the clock. */
  readonly since: number;
  /** Resolves at the end of the operation, however it ends. */
  readonly done: Promise<void>;
  #finish!: () => void;
  #reason: Error | undefined;
  readonly #waits = new Set<(reason: Error) => void>();

  constructor(kind: OperationKind, since: number) {
    this.kind = kind;
    this.since = since;
    this.done = new Promise((resolve) => (this.#finish = resolve));
  }

  get isAbandoned(): boolean {
    return this.#reason !== undefined;
  }

  /** Makes the waits of the operation throw an error. Later calls do nothing. */
  abandon(reason: Error): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    for (const reject of this.#waits) reject(reason);
    this.#waits.clear();
  }

  /** Says that the operation has ended. */
  finish(): void {
    this.#finish();
  }

  /**
   * Waits for a promise, or throws the reason as soon as the operation is abandoned. The caller
   * goes on some jobs later: call `check` before the next change.
   */
  guard<Result>(promise: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      // The code of a module is not stopped by that: its promise is left alone.
      const settle = (): void => void this.#waits.delete(reject);
      promise.then(
        (result) => {
          settle();
          resolve(result);
        },
        (error: unknown) => {
          settle();
          reject(error as Error);
        },
      );
      if (this.#reason !== undefined) reject(this.#reason);
      else this.#waits.add(reject);
    });
  }

  /** Throws the reason if the operation is abandoned. */
  check(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }
}
