import { reportError } from "@heapwise/lru/slots";
import { Turn } from "../host/host.ts";

/**
 * Calls a listener with the keys whose values were collected. It runs in a separate macrotask, so
 * that the call that found the dead value is over by then.
 *
 * Before that macrotask, or in an earlier call of the listener, the program may have stored another
 * value under a key. Then the listener is not called with that key, because it would clean up after
 * the new value.
 */
export class CollectReports<K> {
  readonly #listener: (key: K) => void;
  readonly #isLive: (key: K) => boolean;
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #turn: Turn = new Turn(() => this.#run());
  #keys: K[] = [];

  /**
   * `isLive` returns true if a key has a live value, and always once reports have ended. `onError`
   * is called with errors of the listener.
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

  /** Adds a key whose value was found to be collected. */
  push(key: K): void {
    this.#keys.push(key);
    this.#turn.ask();
  }

  /** After a collection: starts the macrotask again, because the one that was begun may be lost. */
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
