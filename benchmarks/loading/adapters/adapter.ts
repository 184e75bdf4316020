/** Loads the value of a key. */
export type Load = (key: string) => Promise<number>;

/** Loads the values of several keys in one call, in their order. */
export type LoadMany = (keys: readonly string[]) => Promise<number[]>;

/** A cache that loads what it does not hold, once for all who ask meanwhile. */
export type LoadingCache = (key: string) => Promise<number | undefined>;

/** One such cache under measurement. */
export interface LoadingAdapter {
  /** Name in tables. */
  readonly name: string;
  create(capacity: number, load: Load, loadMany: LoadMany): LoadingCache;
}
