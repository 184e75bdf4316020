import type { Hold } from "../removal/hold.ts";
import type { RemovalCause } from "../removal/removal-queue.ts";

/** The load of a flight, as far as its flights use it. */
export interface FlightOwner {
  /** Number of its flights that the cache itself wants. */
  kept: number;
  /** Adds a caller that waits, or takes one away. */
  wait(change: 1 | -1): void;
  /**
   * Ends the load if no caller waits for it and the cache does not want it. `leaving` is the reason
   * of the last caller that left; undefined if a write or a removal was the cause.
   */
  abandonIfUnwanted(leaving: { readonly reason: unknown } | undefined): void;
}

/** One who waits for the value of a key, and may leave. */
export interface Waiter<K, V> {
  /** `hold` is a use of the value until this returns; undefined if the cache holds no books of holders. */
  loaded(flight: Flight<K, V>, value: V, hold: Hold<K, V> | undefined): void;
  failed(flight: Flight<K, V>, error: unknown): void;
}

/**
 * A key that is being loaded, with all who want its value.
 *
 * - Callers that cannot leave share one promise, and count as one; each of the others is a waiter.
 * - The load is abandoned when nobody is left who wants any of its keys.
 * - A fenced flight has been overtaken by a write or a removal of its key: who waits gets the result,
 *   the cache does not.
 */
export class Flight<K, V, Owner extends FlightOwner = FlightOwner> {
  readonly key: K;
  readonly load: Owner;
  /** Whether the key had no entry, live or stale, when the load began. */
  isFirst = false;
  /** Why a write or a removal has overtaken it. */
  fencedBy: RemovalCause | undefined;
  /** Callers that wait. */
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

  /** A promise of the value, for a caller that cannot leave. */
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

  join(waiter: Waiter<K, V>): void {
    this.#wait(1);
    this.listen(waiter);
  }

  /** Tells of the end somebody who does not wait for the value. */
  listen(waiter: Waiter<K, V>): void {
    this.#waiters ??= new Set();
    this.#waiters.add(waiter);
  }

  /** A waiter goes; when it was the last who wanted the load, that is aborted with the reason. */
  leave(waiter: Waiter<K, V>, reason: unknown): void {
    if (!this.#waiters?.delete(waiter)) return;
    this.#wait(-1);
    this.load.abandonIfUnwanted({ reason });
  }

  get isFenced(): boolean {
    return this.fencedBy !== undefined;
  }

  /** Whether callers share its promise, who do not hold the value that they get. */
  get isShared(): boolean {
    return this.#shared !== undefined;
  }

  /** Whether anybody wants the value. */
  get isWanted(): boolean {
    return this.waiting > 0 || this.#isKept;
  }

  /** The cache itself wants the value, whether or not somebody waits for it. */
  keep(): void {
    if (this.#isKept || this.isFenced) return;
    this.#isKept = true;
    this.load.kept++;
  }

  /** A write or a removal has overtaken the load: the cache has no use for its result. */
  fence(cause: RemovalCause): void {
    this.fencedBy ??= cause;
    if (!this.#isKept) return;
    this.#isKept = false;
    this.load.kept--;
    this.load.abandonIfUnwanted(undefined);
  }

  resolve(value: V, hold: Hold<K, V> | undefined): void {
    this.#resolve?.(value);
    this.#waiters?.forEach((waiter) => waiter.loaded(this, value, hold));
  }

  reject(error: unknown): void {
    this.#reject?.(error);
    this.#waiters?.forEach((waiter) => waiter.failed(this, error));
  }

  #wait(change: 1 | -1): void {
    this.waiting += change;
    this.load.wait(change);
  }
}
