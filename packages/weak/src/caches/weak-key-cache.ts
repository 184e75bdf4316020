/// <reference lib="esnext.disposable" preserve="true" />
import { CacheDisposedError } from "@heapwise/lru";
import { checkCount, print, readBytes, readOptions, type Checks } from "@heapwise/lru/slots";
import { chargeOf } from "@heapwise/sizeof";
import { canBeHeldWeakly } from "../host/can-be-held-weakly.ts";
import { epochs, type CollectionListener } from "../collection/collection-epochs.ts";
import { DerivedAccess } from "./derived-access.ts";
import { checkHost, host, hostNow } from "../host/host.ts";
import { RecencyList, type Place } from "../tail/recency-list.ts";
import type { Share } from "../tail/shared-parts.ts";
import { Sweep } from "../tail/sweep.ts";
import { pass } from "./weak-cache-options.ts";

/**
 * Bounds of a `WeakKeyCache`. Without any, only collected keys, `delete` and `clear` remove
 * entries.
 */
export interface WeakKeyCacheOptions {
  /** Maximum number of entries. The least recently used entry is evicted. No limit by default. */
  max?: number | undefined;
  /**
   * Maximum bytes of values and of the cache's own records: a number, a size such as `"64mb"`, or a
   * part of the memory such as `"5%"`. `@heapwise/sizeof` computes the size of a value, without its
   * key. If several values have slices of one buffer, the buffer counts once. A value is charged
   * its size at the time of `set`. A value that is larger than the whole bound is not stored. No
   * limit by default.
   */
  maxBytes?: number | string | undefined;
}

/** A value, and the place of its key in the order of use. */
interface Entry<V> {
  value: V;
  place: Place;
}

const CHECKS: Checks = { max: checkCount, maxBytes: pass };
/**
 * Bytes that the cache itself takes for an entry: a place in the `WeakMap`, a record, a `WeakRef`
 * and its place in the list.
 */
const ENTRY_BYTES = 130;

/**
 * A cache whose entries live as long as their keys, as in a `WeakMap`, and that has a bound, a size
 * and an order of use.
 *
 * Keys are objects, functions and symbols that are not registered, compared by identity. A value
 * may refer to its key: both are still collected. Only a full collection takes a key and its entry.
 *
 * The values are in a `WeakMap` and nowhere else, so a value can never keep its key alive. The
 * order of use is a list of weak references, from which neither keys nor values can be reached.
 *
 * @example
 * ```ts
 * import { WeakKeyCache } from "@heapwise/weak";
 *
 * const parsed = new WeakKeyCache<object, { source: object; lines: number }>({ max: 500 });
 * const source = { text: "a\nb" };
 * parsed.set(source, { source, lines: 2 });
 * parsed.get(source)?.lines; // => 2
 * parsed.size; // => 1
 * ```
 */
export class WeakKeyCache<K extends WeakKey, V> extends DerivedAccess<K, V> implements Disposable {
  #entries = new WeakMap<K, Entry<V>>();
  #order: RecencyList<K> = new RecencyList();
  readonly #max: number;
  readonly #maxBytes: number;
  readonly #sweep: Sweep;
  readonly #listener: CollectionListener = { onCollection: () => this.#onCollection() };
  #unwatch: (() => void) | undefined;
  /** Whether the list may contain keys that are dead. */
  #isStale = false;
  #isDisposed = false;

  /**
   * Creates an empty cache.
   *
   * @throws {TypeError | RangeError} if an option is unknown or invalid
   * @throws {UnsupportedHostError} if the host has no `WeakRef`
   */
  constructor(options: WeakKeyCacheOptions = {}) {
    super();
    checkHost("create cache");
    const { max = Infinity, maxBytes } = readOptions("create cache", options, CHECKS);
    this.#max = max;
    this.#maxBytes = maxBytes === undefined ? Infinity : readBound(maxBytes);
    this.#sweep = new Sweep({
      end: () => this.#order.end,
      look: (place) => this.#look(place),
      settle: () => this.#shrink(),
      now: hostNow,
    });
  }

  /** Number of entries, an upper bound: entries of dead keys count until they are swept. O(1). */
  get size(): number {
    return this.#order.size;
  }

  /** Bytes that the entries are charged now; 0 if the cache has no `maxBytes`. O(1). */
  bytes(): number {
    return this.#order.bytes;
  }

  /**
   * Exact number of entries whose keys are alive. O(n). Each key that it finds lives until the end
   * of the job.
   */
  liveSize(): number {
    let live = 0;
    for (let place = 1; place < this.#order.end; place++) {
      if (this.#order.isUsed(place) && this.#order.ref(place).deref() !== undefined) live++;
    }
    return live;
  }

  /** The value of a key, or undefined. Counts as a use of the entry. */
  override get(key: K): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#order.use(entry.place);
    return entry.value;
  }

  /** The value of a key, or undefined. Does not count as a use of the entry. */
  peek(key: K): V | undefined {
    return this.#entries.get(key)?.value;
  }

  /**
   * Whether the cache has the key. False if the key cannot be held weakly. Does not count as a use.
   */
  override has(key: K): boolean {
    return this.#entries.has(key);
  }

  /**
   * Stores a value under a key, as the most recently used entry, and returns the cache. An existing
   * value is replaced. May evict other entries. If the value is larger than `maxBytes`, it is not
   * stored, and an existing entry of the key is deleted.
   *
   * @throws {TypeError} if the key cannot be held weakly
   * @throws {CacheDisposedError} if the cache was disposed of
   */
  override set(key: K, value: V): this {
    this.refuseWrite(key);
    const shares: Share[] = [];
    // Before anything changes, because it runs user code if a value computes its own size.
    const bytes = this.#maxBytes === Infinity ? 0 : this.#bytesOf(key, value, shares);
    if (this.#isDisposed) throw new CacheDisposedError("set entry");
    const entry = this.#entries.get(key);
    if (bytes === undefined) {
      if (entry !== undefined) this.delete(key);
      return this;
    }
    const order = this.#order;
    if (entry !== undefined) {
      entry.value = value;
      order.use(entry.place);
      order.charge(entry.place, bytes, shares);
      this.#keepBounds(0, 0);
      return this;
    }
    // Before other entries are evicted, because those may hold the same parts.
    order.parts.hold(shares);
    this.#keepBounds(1, bytes);
    const place = order.add(new host.WeakRef(key));
    order.charge(place, bytes, shares);
    order.parts.release(shares);
    this.#entries.set(key, { value, place });
    this.#unwatch ??= epochs.watch(this.#listener);
    this.#sweep.onWrite();
    return this;
  }

  /** Deletes an entry. Returns whether the cache had it. */
  delete(key: K): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#entries.delete(key);
    this.#order.remove(entry.place);
    if (this.#shrink()) this.#sweep.restart();
    return true;
  }

  /** Deletes all entries, and returns the memory that they took. */
  clear(): void {
    this.#entries = new WeakMap();
    this.#order = new RecencyList();
    this.#sweep.stop();
  }

  /**
   * Live entries, the most recently used first. Does not count as a use. Each entry is looked up
   * when its turn comes, and its key lives from then until the end of the job. The loop may change
   * the cache.
   *
   * @example
   * ```ts
   * import { WeakKeyCache } from "@heapwise/weak";
   *
   * const [a, b] = [{ name: "a" }, { name: "b" }];
   * const cache = new WeakKeyCache<object, number>().set(a, 1).set(b, 2);
   * cache.get(a);
   * [...cache.entries()]; // => [[{ name: "a" }, 1], [{ name: "b" }, 2]]
   * ```
   */
  override *entries(): IterableIterator<[K, V]> {
    const refs: WeakRef<K>[] = [];
    for (let at = this.#order.newest; at !== 0; at = this.#order.older(at)) {
      refs.push(this.#order.ref(at));
    }
    for (const ref of refs) {
      const key = ref.deref();
      if (key === undefined) continue;
      const entry = this.#entries.get(key);
      if (entry !== undefined) yield [key, entry.value];
    }
  }

  /** Clears the cache. It stays readable and empty; a later write throws a `CacheDisposedError`. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#unwatch?.();
    this.clear();
  }

  /** `"WeakKeyCache"`, for `Object.prototype.toString`. */
  get [Symbol.toStringTag](): string {
    return "WeakKeyCache";
  }

  protected override refuseWrite(key: K): void {
    if (this.#isDisposed) throw new CacheDisposedError("set entry");
    if (canBeHeldWeakly(key)) return;
    throw new TypeError(
      `Cannot set entry: key is ${print(key)}, expected an object, a function or a symbol that is not registered`,
    );
  }

  #onCollection(): void {
    this.#isStale = true;
    this.#sweep.begin();
  }

  #look(place: Place): void {
    if (this.#order.isUsed(place) && this.#order.ref(place).deref() === undefined) {
      this.#order.remove(place);
    }
  }

  #sweepAll(): void {
    this.#isStale = false;
    this.#sweep.stop();
    for (let place = 1; place < this.#order.end; place++) this.#look(place);
  }

  /**
   * Bytes that only this entry holds; adds its shared parts to `shares`. Undefined if the entry is
   * too large to be stored.
   */
  #bytesOf(key: K, value: V, shares: Share[]): number | undefined {
    const { parts } = this.#order;
    let [shared, charged] = [0, 0];
    const { bytes, truncated } = chargeOf(value, {
      limit: this.#maxBytes,
      // The key lives or dies by itself.
      exclude: (part) => part === key,
      share: {
        parts: "large",
        charge: (part, size) => {
          const share = parts.shareOf(part, size);
          shares.push(share);
          shared += size;
          charged += share.bytes;
          return true;
        },
      },
    });
    const own = ENTRY_BYTES + bytes - shared;
    return truncated || own + charged > this.#maxBytes ? undefined : own;
  }

  /** Makes room for `more` entries that need `bytes` in all. */
  #keepBounds(more: number, bytes: number): void {
    const order = this.#order;
    const isOver = (): boolean =>
      order.size + more > this.#max || order.bytes + bytes > this.#maxBytes;
    // Dead entries are removed before live ones.
    if (this.#isStale && isOver()) this.#sweepAll();
    while (isOver()) this.#remove(order.oldest);
  }

  #remove(place: Place): void {
    const key = this.#order.ref(place).deref();
    this.#order.remove(place);
    if (key !== undefined) this.#entries.delete(key);
  }

  /** Moves the entries to a shorter list if the list is mostly empty. Returns whether it did. */
  #shrink(): boolean {
    const order = this.#order;
    if (order.end <= 64 || order.size >= order.end >>> 2) return false;
    this.#order = new RecencyList(order.parts);
    for (let at = order.oldest; at !== 0; at = order.newer(at)) {
      const key = order.ref(at).deref();
      if (key === undefined) order.charge(at, 0);
      else this.#entries.get(key)!.place = this.#order.moveFrom(order, at);
    }
    return true;
  }
}

function readBound(maxBytes: number | string): number {
  const bytes = readBytes("create cache", "maxBytes", maxBytes);
  if (bytes >= 1) return bytes;
  throw new RangeError(
    `Cannot create cache: maxBytes is ${print(maxBytes)}, expected at least 1 byte`,
  );
}
