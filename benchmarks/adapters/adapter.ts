/**
 * The methods that the suites call on a cache. Every cache here has these methods itself, so that
 * no wrapper is timed.
 */
export interface MeasuredCache<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
  has(key: K): boolean;
  clear(): unknown;
}

/** One cache under measurement. */
export interface Adapter {
  /** Name in options and tables. */
  readonly name: string;
  /**
   * Evicts exactly the least recently used entry. Its hits must equal those of every other exact
   * cache.
   */
  readonly exact: boolean;
  /**
   * Holds at most its capacity. The bare `Map` does not: it evicts nothing, so it shows the least
   * that a hit can cost.
   */
  readonly bounded: boolean;
  /**
   * Keys become property names: objects cannot be distinguished, and strings are internalized,
   * which changes the same strings for every other cache.
   */
  readonly keysAsProperties: boolean;
  create<K, V>(capacity: number): MeasuredCache<K, V>;
}
