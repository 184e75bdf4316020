interface ReadyCall {
  resolve(): void;
  reject(error: unknown): void;
}

/** The calls of `ready` that wait, all of them for the same. */
export class ReadyCalls {
  #calls: ReadyCall[] = [];

  get size(): number {
    return this.#calls.length;
  }

  add(): Promise<void> {
    return new Promise((resolve, reject) => this.#calls.push({ resolve, reject }));
  }

  resolve(): void {
    for (const { resolve } of this.#calls.splice(0)) resolve();
  }

  reject(error: () => unknown): void {
    for (const { reject } of this.#calls.splice(0)) reject(error());
  }
}
