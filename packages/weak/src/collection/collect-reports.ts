import { reportError } from "@heapwise/lru/slots";
import { Turn } from "../host/host.ts";

/**
 * Calls a listener with the keys whose values were collected, in a macrotask of its own: what the
 * program was doing when that was found is over then.
 *
 * Meanwhile, or in an earlier call, the program may have stored another value under a key. Then the
 * listener is not called with it: what it would clean up belongs to the new value.
 */
export class CollectReports<K> {
  readonly #listener: (key: K) => void;
  readonly #isLive: (key: K) => boolean;
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #turn: Turn = new Turn(() => this.#run());
  #keys: K[] = [];

  /**
   * `isLive` tells whether a key has a value that is alive, or nobody is to be told; `onError` is
   * called with what the listener throws.
   */
  constructor(
    listener: (key: K) => void,
    isLive: (key: K) => boolean,
    onError: ((error: unknown) => void) | undefined,
  ) {
    this.#listener = listener;
    this.#isLive = isLive;
    this.#onError = onError;
  }

  /** The value of a key was found to be collected. */
  push(key: K): void {
    this.#keys.push(key);
    this.#turn.ask();
  }

  /** A collection has run: a macrotask that was to call the listener, and is lost, is begun again. */
  onCollection(): void {
    if (this.#keys.length > 0) this.#turn.ask(true);
  }

  #run(): void {
    const keys = this.#keys;
    this.#keys = [];
    for (const key of keys) {
      try {
        if (!this.#isLive(key)) this.#listener(key);
      } catch (error) {
        reportError(error, this.#onError);
      }
    }
  }
}
