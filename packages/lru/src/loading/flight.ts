import type { Load } from "./load.ts";

/**
 * A key that is being loaded, with all who want its value.
 *
 * - Whoever waits has joined, and shares one promise. Who can leave stops to count when it does.
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
  /** Whether the promise is, or would be. */
  isSettled = false;
  /** Callers that wait. */
  waiting = 0;
  #promise: Promise<V> | undefined;
  #resolve: ((value: V) => void) | undefined = undefined;
  #reject: ((error: unknown) => void) | undefined = undefined;
  #isKept = false;

  constructor(key: K, load: Load<K, V>, isFirst: boolean) {
    this.key = key;
    this.load = load;
    this.isFirst = isFirst;
  }

  /** Of the value; never settled where nobody wants it any more. */
  get promise(): Promise<V> {
    return (this.#promise ??= new Promise<V>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    }));
  }

  /** A caller waits. */
  join(): Promise<V> {
    this.waiting++;
    this.load.wait(1);
    return this.promise;
  }

  /** A caller goes; when it was the last who wanted the load, that is aborted with the reason. */
  leave(reason: unknown): void {
    this.waiting--;
    this.load.wait(-1);
    this.load.abandonUnwanted({ reason });
  }

  /** The cache itself wants the value, whether or not somebody waits for it. */
  keep(): void {
    if (this.#isKept) return;
    this.#isKept = true;
    this.load.kept++;
  }

  /** A write or a removal has overtaken the load: the cache has no use for its result. */
  fence(): void {
    this.isFenced = true;
    if (!this.#isKept) return;
    this.#isKept = false;
    this.load.kept--;
    this.load.abandonUnwanted(undefined);
  }

  resolve(value: V): void {
    this.isSettled = true;
    this.#resolve?.(value);
  }

  reject(error: unknown): void {
    this.isSettled = true;
    this.#reject?.(error);
  }
}
