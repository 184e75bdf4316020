import { checkFunction, print } from "@heapwise/lru/slots";
import { canBeHeldWeakly } from "../host/can-be-held-weakly.ts";
import { WeakCache } from "./weak-cache.ts";

/**
 * One live instance for each key: who asks for equal keys gets the identical object, for as long as
 * anybody holds it. Then it is collected, and another one is made when the key is asked for again.
 *
 * Keys are held as long as their instances live, and compared as in a `Map` (SameValueZero). An
 * instance may refer to its key. A key that refers to its instance keeps both until `clear`.
 */
export class Interner<K, T extends WeakKey> {
  readonly #instances: WeakCache<K, T> = new WeakCache<K, T>({ strong: { max: 0 } });

  /** Instances, an upper bound: collected ones count until they are swept. O(1). */
  get size(): number {
    return this.#instances.size;
  }

  /** Instances that are alive, exactly. O(n). */
  liveSize(): number {
    return this.#instances.liveSize();
  }

  /** The live instance of a key, or undefined. */
  peek(key: K): T | undefined {
    return this.#instances.peek(key);
  }

  /**
   * The instance of a key, which is made if none is alive. If `make` interns the same key itself, that
   * instance is the one. Throws a TypeError for what can't be held weakly; when `make` throws, nothing is
   * stored.
   */
  intern(key: K, make: (key: K) => T): T {
    checkFunction("intern value", "make", make);
    const found = this.#instances.get(key);
    if (found !== undefined) return found;
    const made = make(key);
    if (!canBeHeldWeakly(made)) {
      throw new TypeError(
        `Cannot intern value: make returns ${print(made)}, expected an object, a function or a symbol that is not registered`,
      );
    }
    return this.#instances.getOrInsert(key, made);
  }

  /** Forgets all instances. For a key that is asked for again another one is made, even if the old one is alive. */
  clear(): void {
    this.#instances.clear();
  }

  get [Symbol.toStringTag](): string {
    return "Interner";
  }
}
