/** What the suites call on a cache. Every cache here has these methods itself, so that no wrapper is timed. */
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
  /** Evicts exactly the least recently used entry, so that its hits must equal those of every other such cache. */
  readonly exact: boolean;
  /** Holds at most its capacity. The bare `Map` does not: it is the floor under the hits, with no eviction. */
  readonly bounded: boolean;
  /**
   * Keys become property names: objects are not told apart, and strings are internalized, which
   * changes them for every other cache that is given the same ones.
   */
  readonly keysAsProperties: boolean;
  create<K, V>(capacity: number): MeasuredCache<K, V>;
}
