import type { Hold } from "../removal/hold.ts";
import type { RemovalCause } from "../removal/removal-queue.ts";

/** The load of a flight, as far as its flights use it. */
export interface FlightOwner {
  /** Number of callers that wait, over all flights. */
  waiting: number;
  /** Number of its flights that the cache itself wants. */
  kept: number;
  /** The time limit of the load. It keeps the process alive while a caller waits. */
  readonly deadline: { isAwaited: boolean } | undefined;
  /**
   * Ends the load if no caller waits for it and the cache does not want it. `leaving` is the reason
   * of the last caller that left; undefined if a write or a removal was the cause.
   */
  abandonIfUnwanted(leaving: { readonly reason: unknown } | undefined): void;
}

/** A call that waits for the value of a key, and that may leave. */
export interface Waiter<K, V> {
  /**
   * The flight has a value. `hold` is a use of the value until this method returns; undefined if
   * the cache does not own its values.
   */
  loaded(flight: Flight<K, V>, value: V, hold: Hold<K, V> | undefined): void;
  /** The load of the flight has failed. */
  failed(flight: Flight<K, V>, error: unknown): void;
}

/**
 * A key that is being loaded, with all callers that want its value.
 *
 * - Callers that cannot leave share one promise, and count as one caller. Each other caller is a
 *   waiter.
 * - The load is abandoned if neither a caller nor the cache wants any of its keys any more.
 * - A flight is fenced if its key was written or removed during the load: the callers get the
 *   result, and the cache does not store it.
 */
export class Flight<K, V, Owner extends FlightOwner = FlightOwner> {
  readonly key: K;
  readonly load: Owner;
  /** Whether the key had no entry, live or stale, when the load began. */
  isFirst = false;
  /** The cause of the write or removal that has fenced the flight. */
  fencedBy: RemovalCause | undefined;
  /** Number of callers that wait. The callers that share the promise count as one. */
  waiting = 0;
  #shared: Promise<V> | undefined;
  #resolve: ((value: V) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #waiters: Set<Waiter<K, V>> | undefined;
  #isKept = false;

  constructor(key: K, load: Owner) {
    this.key = key;
    this.load = load;
  }

  /** The shared promise of the value, for a caller that cannot leave. */
  share(): Promise<V> {
    if (this.#shared === undefined) {
      this.#wait(1);
      this.#shared = new Promise<V>((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      });
    }
    return this.#shared;
  }

  /** Adds a waiter, which counts as a caller until it leaves. */
  join(waiter: Waiter<K, V>): void {
    this.#wait(1);
    this.listen(waiter);
  }

  /** Calls a listener at the end of the flight. It does not count as a caller. */
  listen(waiter: Waiter<K, V>): void {
    this.#waiters ??= new Set();
    this.#waiters.add(waiter);
  }

  /**
   * Takes a waiter away. If no caller is left that wants the load, the load is aborted with the
   * reason.
   */
  leave(waiter: Waiter<K, V>, reason: unknown): void {
    if (!this.#waiters?.delete(waiter)) return;
    this.#wait(-1);
    this.load.abandonIfUnwanted({ reason });
  }

  get isFenced(): boolean {
    return this.fencedBy !== undefined;
  }

  /** Whether callers share the promise. Such callers have no hold of the value that they get. */
  get isShared(): boolean {
    return this.#shared !== undefined;
  }

  /** Whether a caller or the cache wants the value. */
  get isWanted(): boolean {
    return this.waiting > 0 || this.#isKept;
  }

  /** Marks the flight as wanted by the cache itself, with or without callers. */
  keep(): void {
    if (this.#isKept || this.isFenced) return;
    this.#isKept = true;
    this.load.kept++;
  }

  /** Marks the flight as fenced: the cache does not store the result, and no longer wants it. */
  fence(cause: RemovalCause): void {
    this.fencedBy ??= cause;
    if (!this.#isKept) return;
    this.#isKept = false;
    this.load.kept--;
    this.load.abandonIfUnwanted(undefined);
  }

  /** Gives the value to all callers. */
  resolve(value: V, hold: Hold<K, V> | undefined): void {
    this.#resolve?.(value);
    this.#waiters?.forEach((waiter) => waiter.loaded(this, value, hold));
  }

  /** Rejects all callers. */
  reject(error: unknown): void {
    this.#reject?.(error);
    this.#waiters?.forEach((waiter) => waiter.failed(this, error));
  }

  #wait(change: 1 | -1): void {
    this.waiting += change;
    const { load } = this;
    load.waiting += change;
    if (load.deadline !== undefined) load.deadline.isAwaited = load.waiting > 0;
  }
}
