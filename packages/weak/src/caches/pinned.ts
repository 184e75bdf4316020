/// <reference lib="esnext.disposable" preserve="true" />

/** Keeps an entry until it is released. Holds nothing once it is over: then, or because the entry has left. */
export interface Pin extends Disposable {
  /** Gives the pin back. From the second call on it does nothing. */
  release(): void;
}

/** The value that the pins of one key hold. It stands in for the `WeakRef` of a value that none can hold. */
export class Pinned<V> {
  /** Undefined when the entry has left. */
  value: V | undefined;
  #count = 0;

  constructor(value: V) {
    this.value = value;
  }

  deref(): V | undefined {
    return this.value;
  }

  /** Adds a pin. `unpin` is called when the last one is released, unless the entry has left. */
  pin(unpin: () => void): Pin {
    this.#count++;
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      if (--this.#count === 0 && this.value !== undefined) unpin();
    };
    return { release, [Symbol.dispose]: release };
  }
}
