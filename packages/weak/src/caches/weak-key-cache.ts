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

/** How much a cache with weak keys holds. */
export interface WeakKeyCacheOptions {
  /** Most entries; the least recently used leaves. No limit by default. */
  max?: number | undefined;
  /**
   * Most bytes, a number, a size like `"64mb"` or a part of the memory like `"5%"`: values by
   * `@heapwise/sizeof` less their keys, and what the cache itself takes. A buffer of which several values
   * have slices counts once. What a value weighed when it was set counts until it leaves; a heavier one
   * than all of it is not stored. No limit by default.
   */
  maxBytes?: number | string | undefined;
}

/** A value, and where its key is in the order of use. */
interface Entry<V> {
  value: V;
  place: Place;
}

const CHECKS: Checks = { max: checkCount, maxBytes: pass };
/** What the cache itself takes for an entry: a place in the `WeakMap`, a record, a `WeakRef` and its place in the list. */
const ENTRY_BYTES = 130;

/**
 * A cache whose entries live as long as their keys, and that has a bound, a size and an order of use.
 *
 * The values are in a `WeakMap` and nowhere else, so a value may refer to its key: both are collected
 * together. The order of use is a list of weak references, which reaches neither.
 *
 * Keys are objects, functions and symbols that are not registered, compared by identity. Only full
 * collections take entries whose keys were iterated over or bounded.
 */
export class WeakKeyCache<K extends WeakKey, V> extends DerivedAccess<K, V> implements Disposable {
  #entries = new WeakMap<K, Entry<V>>();
  #order: RecencyList<K> = new RecencyList();
  readonly #max: number;
  readonly #maxBytes: number;
  readonly #sweep: Sweep;
  readonly #listener: CollectionListener = { onCollection: () => this.#onCollection() };
  #unwatch: (() => void) | undefined;
  /** Whether keys may be dead and still be in the list. */
  #isStale = false;
  #isDisposed = false;

  /** Throws a TypeError or RangeError for an unknown option or a bad value. */
  constructor(options: WeakKeyCacheOptions = {}) {
    super();
    checkHost("create cache");
    const { max = Infinity, maxBytes } = readOptions("create cache", options, CHECKS);
    this.#max = max;
    this.#maxBytes = maxBytes === undefined ? Infinity : readBound(maxBytes);
    this.#sweep = new Sweep({
      end: () => this.#order.end,
      look: (place) => this.#look(place),
      settle: () => this.#giveBack(),
      now: hostNow,
    });
  }

  /** Entries, an upper bound: those of dead keys count until they are swept. O(1). */
  get size(): number {
    return this.#order.size;
  }

  /** Bytes that are charged; 0 where none are bounded. O(1). */
  bytes(): number {
    return this.#order.bytes;
  }

  /** Entries whose keys are alive, exactly. O(n); the keys live to the end of the job. */
  liveSize(): number {
    let live = 0;
    for (let place = 1; place < this.#order.end; place++) {
      if (this.#order.isUsed(place) && this.#order.ref(place).deref() !== undefined) live++;
    }
    return live;
  }

  /** The value of a key, or undefined. A use of the entry. */
  override get(key: K): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#order.use(entry.place);
    return entry.value;
  }

  /** The value of a key, or undefined. No use of the entry. */
  peek(key: K): V | undefined {
    return this.#entries.get(key)?.value;
  }

  /** Whether the key is there; false for what can't be a key. No use of the entry. */
  override has(key: K): boolean {
    return this.#entries.has(key);
  }

  /** Stores a value under a key. Throws a TypeError for a key that can't be held weakly. */
  override set(key: K, value: V): this {
    this.refuseWrite(key);
    const shares: Share[] = [];
    // Runs user code if a value tells its own size, so before anything changes.
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
    // Before the newcomer makes others leave that hold the same parts.
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

  /** Deletes an entry. Returns whether it was there. */
  delete(key: K): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#entries.delete(key);
    this.#order.remove(entry.place);
    if (this.#giveBack()) this.#sweep.restart();
    return true;
  }

  /** Deletes all entries, and gives back the memory held for them. */
  clear(): void {
    this.#entries = new WeakMap();
    this.#order = new RecencyList();
    this.#sweep.stop();
  }

  /**
   * Live entries, the last used first. Each is looked up when its turn comes, and its key lives from
   * then to the end of the job. The loop may change the cache.
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

  /** Clears the cache. It stays readable and empty; later writes throw a CacheDisposedError. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#unwatch?.();
    this.clear();
  }

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

  /** Bytes that only this entry holds, and its shared parts; undefined if it can't be stored. */
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

  /** Makes room for so many newcomers of so many bytes. */
  #keepBounds(more: number, bytes: number): void {
    const order = this.#order;
    const isOver = (): boolean =>
      order.size + more > this.#max || order.bytes + bytes > this.#maxBytes;
    // Dead entries leave before live ones.
    if (this.#isStale && isOver()) this.#sweepAll();
    while (isOver()) this.#remove(order.oldest);
  }

  #remove(place: Place): void {
    const key = this.#order.ref(place).deref();
    this.#order.remove(place);
    if (key !== undefined) this.#entries.delete(key);
  }

  /** Moves the entries to a shorter list when most of it is empty. Returns whether it did. */
  #giveBack(): boolean {
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
