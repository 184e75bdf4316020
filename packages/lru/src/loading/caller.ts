import type { LoadSignal } from "./abort-signal.ts";
import type { Deadline } from "./deadline.ts";
import type { Flight } from "./flight.ts";
import { watchSignal } from "./signal-watch.ts";

/** Joins flights on behalf of one call, which may leave them: by its signal, or when it has waited long enough. */
export class Caller<K, V> {
  /** What it has got, by key, when that is all. */
  readonly promise: Promise<Map<K, V>>;
  readonly #found = new Map<K, V>();
  readonly #flights: Set<Flight<K, V>>;
  readonly #unwatch: (() => void) | undefined;
  #resolve!: (found: Map<K, V>) => void;
  #reject!: (error: unknown) => void;
  /** Set by the cache where a stale value could stand in. */
  softDeadline: Deadline | undefined;

  constructor(flights: Iterable<Flight<K, V>>, signal: LoadSignal | undefined) {
    this.#flights = new Set(flights);
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#unwatch =
      signal &&
      watchSignal(signal, () => {
        // What is settled has only not been heard of yet.
        if (![...this.#flights].every(({ isSettled }) => isSettled)) this.#fail(signal.reason);
      });
    for (const flight of this.#flights) {
      flight.join().then(
        (value) => this.#land(flight, value),
        (error) => {
          if (this.#flights.delete(flight)) this.#fail(error);
        },
      );
    }
  }

  /** Goes on with a value that stands in for that of a flight, which goes on in the background. Returns whether it was waited for. */
  substitute(flight: Flight<K, V>, value: V): boolean {
    if (flight.isSettled || !this.#flights.has(flight)) return false;
    flight.keep();
    flight.leave(undefined);
    this.#land(flight, value);
    return true;
  }

  #land(flight: Flight<K, V>, value: V): void {
    if (!this.#flights.delete(flight)) return;
    this.#found.set(flight.key, value);
    if (this.#flights.size > 0) return;
    this.#resolve(this.#found);
    this.#leave(undefined);
  }

  #fail(error: unknown): void {
    this.#reject(error);
    this.#leave(error);
  }

  #leave(reason: unknown): void {
    this.#unwatch?.();
    this.softDeadline?.cancel();
    const flights = [...this.#flights];
    this.#flights.clear();
    for (const flight of flights) flight.leave(reason);
  }
}
