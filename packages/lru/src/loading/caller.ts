import type { Hold } from "../removal/hold.ts";
import type { LoadSignal } from "./abort-signal.ts";
import type { Deadline } from "./deadline.ts";
import type { Flight, Waiter } from "./flight.ts";
import type { Gathering } from "./gathering.ts";
import { watchSignal } from "./watch-signal.ts";

/**
 * One call that waits for flights, and that may leave them: if its signal aborts, or if its soft
 * timeout is over.
 */
export class Caller<K, V> implements Waiter<K, V> {
  /** Settles with all values of the call, or with the first error. */
  readonly promise: Promise<Gathering<K, V>>;
  readonly #gathering: Gathering<K, V>;
  readonly #flights: Set<Flight<K, V>>;
  readonly #unwatch: (() => void) | undefined;
  #resolve!: (gathering: Gathering<K, V>) => void;
  #reject!: (error: unknown) => void;
  /** The soft timeout. Set by `Loading` if a stale value could stand in. */
  softDeadline: Deadline | undefined;

  constructor(
    flights: Iterable<Flight<K, V>>,
    signal: LoadSignal | undefined,
    gathering: Gathering<K, V>,
  ) {
    this.#flights = new Set(flights);
    this.#gathering = gathering;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    for (const flight of this.#flights) flight.join(this);
    try {
      // The clock of the program may have aborted the signal since the last check.
      if (signal?.aborted) throw signal.reason;
      this.#unwatch = signal && watchSignal(signal, () => this.#end(signal.reason));
    } catch (error) {
      this.#end(error);
    }
  }

  /** Whether the call waits for a flight. */
  get isWaiting(): boolean {
    return this.#flights.size > 0;
  }

  /**
   * Takes a stale value in place of the value of a flight, which goes on in the background. Returns
   * whether the call was waiting for that flight.
   */
  substitute(flight: Flight<K, V>, value: V, hold: Hold<K, V> | undefined): boolean {
    if (!this.#flights.has(flight)) return false;
    flight.keep();
    flight.leave(this, undefined);
    this.loaded(flight, value, hold);
    return true;
  }

  loaded(flight: Flight<K, V>, value: V, hold: Hold<K, V> | undefined): void {
    this.#flights.delete(flight);
    this.#gathering.addLoaded(flight.key, value, hold);
    if (this.#flights.size > 0) return;
    this.#resolve(this.#gathering);
    this.#leave(undefined);
  }

  failed(flight: Flight<K, V>, error: unknown): void {
    this.#flights.delete(flight);
    // The other loads were begun for the cache as well: only the signal of a caller ends them.
    for (const other of this.#flights) other.keep();
    this.#end(error);
  }

  #end(error: unknown): void {
    this.#reject(error);
    this.#leave(error);
  }

  #leave(reason: unknown): void {
    this.#unwatch?.();
    this.softDeadline?.cancel();
    const flights = [...this.#flights];
    this.#flights.clear();
    for (const flight of flights) flight.leave(this, reason);
  }
}
