import type { KeyHash } from "./key-hashes.ts";

/** The parts of a chained hash table that differ between designs. */
export interface TableDesign {
  readonly hashString: KeyHash<string>;
  readonly hashInteger: KeyHash<number>;
  /** Length of the table, a power of two. */
  readonly tableLength: number;
}

/**
 * A strict LRU of one design, for keys that are strings, int32 numbers or objects. It has only the
 * methods that the suites call.
 */
export interface DesignedCache<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
  has(key: K): boolean;
}
