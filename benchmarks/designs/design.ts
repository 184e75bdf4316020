import type { KeyHash } from "./key-hashes.ts";

/** What a chained hash table may do in one way or another. */
export interface TableDesign {
  readonly hashString: KeyHash<string>;
  readonly hashInteger: KeyHash<number>;
  /** Length of the table, a power of two. */
  readonly tableLength: number;
}

/** A strict LRU of one design, for keys that are strings, int32 numbers or objects: what the suites call, and no more. */
export interface DesignedCache<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
  has(key: K): boolean;
}
