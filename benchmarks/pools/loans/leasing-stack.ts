interface Slot<T> {
  readonly value: T;
  readonly stack: LeasingStack<T>;
}

/** The simplest possible lease: the right to one loan, which ends once. */
class BareLease<T> {
  readonly #slot: Slot<T>;
  #isOver = false;

  constructor(slot: Slot<T>) {
    this.#slot = slot;
  }

  get value(): T {
    return this.#slot.value;
  }

  release(): void {
    if (this.#isOver) throw new Error("the loan has ended");
    this.#isOver = true;
    this.#slot.stack.giveBack(this.#slot);
  }
}

/** An array of things. Each loan is an object of its own, which shows the cost of a lease alone. */
export class LeasingStack<T> {
  readonly #idle: Slot<T>[];

  constructor(values: readonly T[]) {
    this.#idle = values.map((value) => ({ value, stack: this }));
  }

  tryAcquire(): BareLease<T> | undefined {
    const slot = this.#idle.pop();
    return slot === undefined ? undefined : new BareLease(slot);
  }

  giveBack(slot: Slot<T>): void {
    this.#idle.push(slot);
  }
}
