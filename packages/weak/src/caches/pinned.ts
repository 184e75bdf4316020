/// <reference lib="esnext.disposable" preserve="true" />

/**
 * Holds the value of an entry strongly until the pin is released. If the entry is removed first,
 * the pin ends and holds nothing. With `using`, it is released at the end of the block.
 */
export interface Pin extends Disposable {
  /**
   * Releases the pin. Later calls do nothing. If the value cannot be held weakly, and its entry has
   * left the front, releasing the last pin evicts the entry, and may call `onRemoval`.
   */
  release(): void;
}

/**
 * The value that the pins of one key hold. It stands in for a `WeakRef` if the value cannot be held
 * weakly.
 */
export class Pinned<V> {
  /** Undefined once the entry was removed. */
  value: V | undefined;
  #count = 0;

  constructor(value: V) {
    this.value = value;
  }

  deref(): V | undefined {
    return this.value;
  }

  /**
   * Adds a pin. Calls `unpin` when the last pin is released, unless the entry was removed before.
   */
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
