import { checkFunction, print } from "@heapwise/lru/slots";
import { canBeHeldWeakly } from "../host/can-be-held-weakly.ts";
import { WeakCache } from "./weak-cache.ts";

/**
 * Keeps one live instance for each key. All callers that ask for equal keys get the identical
 * object, as long as the program holds it. Then the collector takes it, and the next call for the
 * key makes another instance.
 *
 * Keys are held strongly while their instances live, and compared as in a `Map` (SameValueZero). An
 * instance may refer to its key. If a key refers to its own instance, both stay until `clear`.
 *
 * The constructor throws an `UnsupportedHostError` if the host has no `WeakRef`.
 *
 * @example
 * ```ts
 * import { Interner } from "@heapwise/weak";
 *
 * const colours = new Interner<string, { readonly name: string }>();
 * const make = (name: string) => ({ name });
 * const red = colours.intern("red", make);
 * red === colours.intern("red", make); // => true
 * colours.liveSize(); // => 1
 * ```
 */
export class Interner<K, T extends WeakKey> {
  readonly #instances: WeakCache<K, T> = new WeakCache<K, T>({ strong: { max: 0 } });

  /** Number of instances, an upper bound: collected instances count until they are swept. O(1). */
  get size(): number {
    return this.#instances.size;
  }

  /**
   * Exact number of instances that are alive. O(n). Each instance that it finds lives until the end
   * of the job.
   */
  liveSize(): number {
    return this.#instances.liveSize();
  }

  /** The live instance of a key, or undefined. Makes none. */
  peek(key: K): T | undefined {
    return this.#instances.peek(key);
  }

  /**
   * Returns the live instance of a key. If there is no live instance, calls `make` and keeps its
   * result weakly. If `make` itself interns the same key, that instance is kept and returned. If
   * `make` throws, nothing is stored.
   *
   * @throws {TypeError} if `make` is not a function, or returns a value that cannot be held weakly
   * @throws any error of `make`
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

  /**
   * Forgets all instances. The next `intern` of a key makes another instance, even if the old one
   * is still alive.
   */
  clear(): void {
    this.#instances.clear();
  }

  /** `"Interner"`, for `Object.prototype.toString`. */
  get [Symbol.toStringTag](): string {
    return "Interner";
  }
}
