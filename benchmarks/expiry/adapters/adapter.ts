/** What the suite calls on a cache whose entries leave by themselves at their deadlines. */
export interface ExpiringCache {
  readonly size: number;
  /** Stores an entry that lives so many ms. */
  set(key: string, value: number, ttl: number): void;
  delete(key: string): void;
}

/** One cache under measurement. */
export interface ExpiringAdapter {
  readonly name: string;
  create(max: number): ExpiringCache;
}
