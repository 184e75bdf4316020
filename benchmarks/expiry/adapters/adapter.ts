/**
 * The methods that the suite calls on a cache that removes entries by itself at their deadlines.
 */
export interface ExpiringCache {
  readonly size: number;
  /** Stores an entry that expires after `ttl` ms. */
  set(key: string, value: number, ttl: number): void;
  delete(key: string): void;
}

/** One cache under measurement. */
export interface ExpiringAdapter {
  readonly name: string;
  create(max: number): ExpiringCache;
}
