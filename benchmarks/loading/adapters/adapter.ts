/** Loads the value of a key. */
export type Load = (key: string) => Promise<number>;

/** Loads the values of several keys in one call, in the order of the keys. */
export type LoadMany = (keys: readonly string[]) => Promise<number[]>;

/** A cache that loads missing values. Callers that ask during the load share it. */
export type LoadingCache = (key: string) => Promise<number | undefined>;

/** One such cache under measurement. */
export interface LoadingAdapter {
  /** Name in tables. */
  readonly name: string;
  create(capacity: number, load: Load, loadMany: LoadMany): LoadingCache;
}
