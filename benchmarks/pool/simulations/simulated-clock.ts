import type { Clock } from "@heapwise/pool";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock for simulations: time jumps from one timer to the next, and promises settle between them. */
export class SimulatedClock implements Clock {
  #now = 0;
  #order = 0;
  #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  schedule(run: () => void, ms: number): () => void {
    const timer = { at: this.#now + Math.max(0, ms), order: (this.#order += 1), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Resolves so many ms later. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.schedule(resolve, ms));
  }

  /** Runs until that time. */
  async runUntil(end: number): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      let next: Timer | undefined;
      for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer;
      if (next === undefined || next.at > end) break;
      this.#now = next.at;
      // All that is due at one time, before promises settle.
      const { at: now } = next;
      const due = this.#timers.filter(({ at }) => at === now).sort((a, b) => a.order - b.order);
      this.#timers = this.#timers.filter(({ at }) => at !== now);
      for (const { run } of due) run();
    }
    this.#now = end;
  }
}
