import type { Hold } from "../removal/hold.ts";
import type { LoadSignal } from "./abort-signal.ts";
import type { Deadline } from "./deadline.ts";
import type { Flight, Waiter } from "./flight.ts";
import type { Gathering } from "./gathering.ts";
import { watchSignal } from "./watch-signal.ts";

/** Joins flights on behalf of one call, which may leave them: by its signal, or when it has waited long enough. */
export class Caller<K, V> implements Waiter<K, V> {
  /** What it has got, when that is all. */
  readonly promise: Promise<Gathering<K, V>>;
  readonly #gathering: Gathering<K, V>;
  readonly #flights: Set<Flight<K, V>>;
  readonly #unwatch: (() => void) | undefined;
  #resolve!: (gathering: Gathering<K, V>) => void;
  #reject!: (error: unknown) => void;
  /** Set by the cache if a stale value could stand in. */
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
      // The clock may have aborted it since it was looked at.
      if (signal?.aborted) throw signal.reason;
      this.#unwatch = signal && watchSignal(signal, () => this.#end(signal.reason));
    } catch (error) {
      this.#end(error);
    }
  }

  /** Whether it waits for anything. */
  get isWaiting(): boolean {
    return this.#flights.size > 0;
  }

  /** Goes on with a value that stands in for that of a flight, which goes on in the background. Returns whether it was waited for. */
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
    // The others were begun for the cache as well: only a caller's signal gives them up.
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
