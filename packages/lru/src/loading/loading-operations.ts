import { DerivedOperations, type Keys } from "../cache/derived-operations.ts";
import type { CacheLease } from "../removal/hold.ts";
import type { BulkLoader, Loader, LoadOptions } from "./loader.ts";
import type { Loading } from "./loading.ts";

/** What a cache does with loaders. */
export abstract class LoadingOperations<K, V> extends DerivedOperations<K, V> {
  /** Made by the first load: a cache that never loads does without. */
  #loading: Loading<K, V> | undefined;

  protected abstract createLoading(): Loading<K, V>;
  /** From now on it is known who has which value in hand. */
  protected abstract beginDisposal(): unknown;
  /** A call that may have counted hits and misses is made: observers are told of them. Returns its result. */
  protected abstract told<Result>(result: Result): Result;

  /** The loads of the cache, where there has been one. */
  protected get loads(): Loading<K, V> | undefined {
    return this.#loading;
  }

  get #ownLoads(): Loading<K, V> {
    return (this.#loading ??= this.createLoading());
  }

  /**
   * The value of a key, which is loaded where there is none: once, for all who ask meanwhile. A write,
   * a deletion or an eviction of the key during the load keeps its result out of the cache, not from
   * those who wait. In a cache that disposes of its values, the value is open until this turn of the
   * event loop is over: to use it across an `await`, take `acquireOrLoad`. Rejects with what the
   * loader throws, with the reason of the signal, with a `LoadCycleError`, a `LoadTimeoutError` or a
   * `CacheDisposedError`. Counted as `get`.
   */
  getOrLoad(key: K, load?: Loader<K, V>, options?: LoadOptions): Promise<V> {
    return this.told(this.#ownLoads.getOrLoad(key, load, options));
  }

  /**
   * The values of several keys, in their order; what is missing is loaded in one call. A key without
   * a value is left out. Rejects when any of them fails; the others are loaded and stored all the same.
   */
  getOrLoadMany(
    keys: Keys<K>,
    loadMany?: BulkLoader<K, V>,
    options?: LoadOptions,
  ): Promise<Map<K, V>> {
    return this.told(this.#ownLoads.getOrLoadMany(keys, loadMany, options));
  }

  /**
   * A lease of the value of a key, which is loaded if it is not there. A stale value that a window
   * serves is lent, and so is one that the cache could not store. Undefined if the load yields no
   * value. From now on values are disposed of as after `acquire`. Rejects as `getOrLoad`.
   */
  acquireOrLoad(
    key: K,
    load?: Loader<K, V>,
    options?: LoadOptions,
  ): Promise<CacheLease<V> | undefined> {
    this.beginDisposal();
    return this.told(this.#ownLoads.acquireOrLoad(key, load, options));
  }

  /**
   * Leases of the values of several keys, in their order; a key without a value is left out. All or
   * nothing: if it rejects, as `getOrLoadMany` does, what was leased is released.
   */
  acquireOrLoadMany(
    keys: Keys<K>,
    loadMany?: BulkLoader<K, V>,
    options?: LoadOptions,
  ): Promise<Map<K, CacheLease<V>>> {
    this.beginDisposal();
    return this.told(this.#ownLoads.acquireOrLoadMany(keys, loadMany, options));
  }

  /**
   * Loads a key again, or for the first time, with the cache's own loader. What is there stays until
   * the value comes, and when it does not. A failure rejects the promise, which may be left alone:
   * it is also treated as that of a load in the background.
   */
  refresh(key: K): Promise<V> {
    return this.#ownLoads.refresh(key);
  }
}
