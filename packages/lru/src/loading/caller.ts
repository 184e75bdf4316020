import type { LoadSignal } from "./abort-signal.ts";
import type { Deadline } from "./deadline.ts";
import type { Flight, Waiter } from "./flight.ts";
import { unwatchSignal, watchSignal } from "./signal-watch.ts";

/** Joins flights on behalf of one call, which may leave them: by its signal, or when it has waited long enough. */
export class Caller<K, V> implements Waiter<K, V> {
  /** Of a call for one key the value, of one for several what it has got so far. */
  readonly promise: Promise<Map<K, V>>;
  readonly #found = new Map<K, V>();
  readonly #flights: Set<Flight<K, V>>;
  readonly #signal: LoadSignal | undefined;
  #resolve!: (found: Map<K, V>) => void;
  #reject!: (error: unknown) => void;
  readonly #abort = (): void => {
    const reason: unknown = this.#signal!.reason;
    this.#reject(reason);
    this.#leave(reason);
  };
  /** Set by the cache where a stale value could stand in. */
  softDeadline: Deadline | undefined = undefined;

  constructor(flights: Iterable<Flight<K, V>>, signal: LoadSignal | undefined) {
    this.#flights = new Set(flights);
    this.#signal = signal;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (signal !== undefined) watchSignal(signal, this.#abort);
    for (const flight of this.#flights) flight.join(this);
  }

  /** Goes on with a value that stands in for that of a flight, which goes on in the background. Returns whether it was waited for. */
  substitute(flight: Flight<K, V>, value: V): boolean {
    if (!this.#flights.has(flight)) return false;
    flight.keep();
    flight.leave(this, undefined);
    this.land(flight, value);
    return true;
  }

  land(flight: Flight<K, V>, value: V): void {
    this.#flights.delete(flight);
    this.#found.set(flight.key, value);
    if (this.#flights.size > 0) return;
    this.#resolve(this.#found);
    this.#leave(undefined);
  }

  fail(flight: Flight<K, V>, error: unknown): void {
    this.#flights.delete(flight);
    this.#reject(error);
    this.#leave(error);
  }

  #leave(reason: unknown): void {
    if (this.#signal !== undefined) unwatchSignal(this.#signal, this.#abort);
    this.softDeadline?.cancel();
    const flights = [...this.#flights];
    this.#flights.clear();
    for (const flight of flights) flight.leave(this, reason);
  }
}
