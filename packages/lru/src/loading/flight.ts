import type { Load } from "./load.ts";

/** One who waits for the value of a key, and may leave. */
export interface Waiter<K, V> {
  land(flight: Flight<K, V>, value: V): void;
  fail(flight: Flight<K, V>, error: unknown): void;
}

/** Told of a load of which nobody wants the result any more: by the reason of the last who left, or by a fence. */
export type Abandon<K, V> = (
  load: Load<K, V>,
  leaving: { readonly reason: unknown } | undefined,
) => void;

/**
 * A key that is being loaded, with all who want its value.
 *
 * - Callers that cannot leave share one promise; each of the others is a waiter.
 * - The load is abandoned when nobody is left who wants any of its keys.
 * - A fenced flight has been overtaken by a write or a removal of its key: who waits gets the result,
 *   the cache does not.
 */
export class Flight<K, V> {
  readonly key: K;
  readonly load: Load<K, V>;
  /** Whether the key had no entry, live or stale, when the load began. */
  readonly isFirst: boolean;
  isFenced = false;
  isSettled = false;
  readonly #abandon: Abandon<K, V>;
  #shared: Promise<V> | undefined;
  #resolve: ((value: V) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #waiters: Set<Waiter<K, V>> | undefined;
  #isKept = false;
  #holders = 0;
  /** Runs when the flight is settled. */
  #releases: (() => void)[] | undefined;

  constructor(key: K, load: Load<K, V>, isFirst: boolean, abandon: Abandon<K, V>) {
    this.#abandon = abandon;
    this.key = key;
    this.load = load;
    this.isFirst = isFirst;
  }

  /** Callers that wait. */
  get waiting(): number {
    return this.#holders - (this.#isKept ? 1 : 0);
  }

  /** A promise of the value, for a caller that cannot leave. */
  share(): Promise<V> {
    if (this.#shared === undefined) {
      this.#shared = new Promise<V>((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      });
      this.#hold();
      this.load.wait(1);
    }
    return this.#shared;
  }

  join(waiter: Waiter<K, V>): void {
    this.#waiters ??= new Set();
    this.#waiters.add(waiter);
    this.#hold();
    this.load.wait(1);
  }

  /** A waiter goes; when it was the last who wanted the load, that is aborted with the reason. */
  leave(waiter: Waiter<K, V>, reason: unknown): void {
    if (this.isSettled || !this.#waiters?.delete(waiter)) return;
    this.load.wait(-1);
    this.#drop({ reason });
  }

  /** The cache itself wants the value, whether or not somebody waits for it. */
  keep(): void {
    if (this.#isKept) return;
    this.#isKept = true;
    this.#hold();
  }

  /** A write or a removal has overtaken the load: the cache has no use for its result. */
  fence(): void {
    this.isFenced = true;
    if (!this.#isKept) return;
    this.#isKept = false;
    this.#drop(undefined);
  }

  whenSettled(release: () => void): void {
    this.#releases ??= [];
    this.#releases.push(release);
  }

  resolve(value: V): void {
    this.#settle();
    this.#resolve?.(value);
    this.#waiters?.forEach((waiter) => waiter.land(this, value));
  }

  /** Returns whether somebody has heard of it. */
  reject(error: unknown): boolean {
    this.#settle();
    this.#reject?.(error);
    this.#waiters?.forEach((waiter) => waiter.fail(this, error));
    return this.#shared !== undefined || (this.#waiters?.size ?? 0) > 0;
  }

  #settle(): void {
    this.isSettled = true;
    this.#releases?.forEach((release) => release());
  }

  #hold(): void {
    if (this.#holders++ === 0) this.load.held++;
  }

  #drop(leaving: { readonly reason: unknown } | undefined): void {
    if (--this.#holders === 0 && --this.load.held === 0) this.#abandon(this.load, leaving);
  }
}
