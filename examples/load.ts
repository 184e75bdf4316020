/** Callers that make one call after another until they are told to stop, and what came of the calls. */
export class Load {
  /** Calls that were begun, and that were answered. */
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

  /** Resolves when so many more calls have been answered. */
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

  /** Has the callers stop after their present calls, and resolves when these have settled. */
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
      // A call that fails at once leaves the others their turn.
      await new Promise(setImmediate);
    }
  }
}

/** Asks again and again until the answer is the wanted one. The limit of the test ends what never comes. */
export async function until<T>(wanted: T, ask: () => Promise<T> | T): Promise<void> {
  while ((await ask()) !== wanted) await new Promise(setImmediate);
}
