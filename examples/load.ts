/** Callers that make one call after another until `stop`. Counts the results of the calls. */
export class Load {
  /** Number of calls that were begun, and of calls that were answered. */
  begun = 0;
  served = 0;
  readonly failures: unknown[] = [];
  readonly #call: (n: number) => Promise<void>;
  readonly #callers: readonly Promise<void>[];
  readonly #awaited = new Set<() => void>();
  #isStopped = false;

  /** Starts `callers` callers. Each call gets a number of its own. */
  constructor(callers: number, call: (n: number) => Promise<void>) {
    this.#call = call;
    this.#callers = Array.from({ length: callers }, () => this.#run());
  }

  /** Resolves when `count` more calls have been answered. */
  moreServed(count: number): Promise<void> {
    const wanted = this.served + count;
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.served < wanted) return;
        this.#awaited.delete(look);
        resolve();
      };
      this.#awaited.add(look);
    });
  }

  /** Stops the callers after their present calls. Resolves when these calls have settled. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#callers);
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#call(this.begun++);
        this.served++;
        for (const look of this.#awaited) look();
      } catch (error) {
        this.failures.push(error);
      }
      // A call that fails at once must not keep the others from their turn.
      await new Promise(setImmediate);
    }
  }
}

/** Calls `ask` until it returns the wanted value. If that never happens, the test times out. */
export async function until<T>(wanted: T, ask: () => Promise<T> | T): Promise<void> {
  while ((await ask()) !== wanted) await new Promise(setImmediate);
}
