/// <reference lib="esnext.disposable" preserve="true" />
import { CacheDisposedError, LRUCache } from "@heapwise/lru";
import { canonical, hostClock, print, reportError } from "@heapwise/lru/slots";
import { canBeHeldWeakly } from "./can-be-held-weakly.ts";
import { CollectReports } from "./collect-reports.ts";
import { epochs, type CollectionListener } from "./collection-epochs.ts";
import { DerivedAccess } from "./derived-access.ts";
import { checkHost, host, hostNow } from "./host.ts";
import { Residence } from "./residence.ts";
import { HeapGuard } from "./soft/heap-guard.ts";
import { readHeap } from "./soft/heap.ts";
import { Sweep } from "./tail/sweep.ts";
import { TailTable, type TailSlot } from "./tail/tail-table.ts";
import { readWeakCacheOptions, type WeakCacheOptions } from "./weak-cache-options.ts";
import { WeakStatsCounter, type WeakCacheStats } from "./weak-cache-stats.ts";

/**
 * A cache that lets go: recently used values are held strongly in a bounded front, all others for as
 * long as the program holds them anyway.
 *
 * ```
 * set, get ->  front (LRUCache, strong)  -- evicted: demoted -->  tail (a WeakRef for each value)
 *                                        <-- get: revived ------        |
 *                                                                 collected: swept
 * ```
 *
 * Objects, functions and symbols that are not registered go behind the front; other values leave with
 * it. Keys are held strongly and compared as in a `Map` (SameValueZero); `undefined` and `null` are
 * values like others. A dead value is never returned, iterated or counted as a hit.
 *
 * Invariants:
 * - a key is in the front or in the tail, never in both, but for the moment between two steps of a write;
 * - a key in the tail has one `WeakRef`, so nothing that is late can remove what came later;
 * - no entry has a finalization record: the tail is swept after each collection of the process.
 */
export class WeakCache<K, V> extends DerivedAccess<K, V> implements Disposable {
  readonly #front: LRUCache<K, V> | undefined;
  readonly #tail: TailTable<K> = new TailTable();
  readonly #sweep: Sweep;
  readonly #residence: Residence<K> | undefined;
  readonly #guard: HeapGuard | undefined;
  readonly #reports: CollectReports<K> | undefined;
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #listener: CollectionListener = {
    onCollection: () => this.#onCollection(),
    onError: (error) => reportError(error, this.#onError),
  };
  #unwatch: (() => void) | undefined = undefined;
  #stats = new WeakStatsCounter();
  /** A value on its way from the tail to the front, which may refuse it: its `WeakRef` is good for another demotion. */
  #reviving: { readonly value: unknown; readonly ref: WeakRef<WeakKey> } | undefined = undefined;
  #isDisposed = false;

  /** Throws a TypeError or RangeError for an unknown option or a bad value. */
  constructor(options: WeakCacheOptions<K> = {}) {
    super();
    checkHost("create cache");
    const { strong, gauge } = readWeakCacheOptions(options as WeakCacheOptions<never>);
    const { minResidence, onCollect, clock = hostClock } = options;
    if (strong !== undefined) {
      this.#front = new LRUCache<K, V>({
        ...strong,
        onRemoval: (key, value, cause) => {
          if (cause === "evicted") this.#demote(key, value);
        },
      });
    }
    this.#onError = options.onError;
    const { onError } = options;
    this.#reports =
      onCollect && new CollectReports({ onCollect, isLive: (key: K) => this.has(key), onError });
    this.#residence = minResidence && new Residence(minResidence, clock, onError);
    this.#guard = gauge && new HeapGuard({ trim: () => this.#trim() }, gauge, readHeap);
    this.#sweep = new Sweep({
      end: () => this.#tail.end,
      look: (slot) => this.#look(slot),
      settle: () => this.#settle(),
      now: () => (clock === hostClock ? hostNow() : clock.now()),
      onError: options.onError,
    });
    if (gauge !== undefined || minResidence?.epochs !== undefined) this.#watch();
  }

  /** Entries, an upper bound: dead ones count until they are swept. O(1). */
  get size(): number {
    return (this.#front?.size ?? 0) + this.#tail.size;
  }

  /** Entries whose values are alive, exactly. O(n); what it finds lives to the end of the job. */
  liveSize(): number {
    let live = this.#front?.size ?? 0;
    const tail = this.#tail;
    for (let slot = 1; slot < tail.end; slot++) {
      if (tail.isUsed(slot) && tail.ref(slot).deref() !== undefined) live++;
    }
    return live;
  }

  /** The value of a key, or undefined. A use of the entry, which is in the front from then on; counted as hit or miss. */
  override get(key: K): V | undefined {
    const value = this.#front?.get(key);
    return value === undefined ? this.#getBehind(key) : value;
  }

  /** The value of a key, or undefined. No use of the entry, and not counted. */
  peek(key: K): V | undefined {
    const value = this.#front?.peek(key);
    return value === undefined ? this.#peekBehind(key) : value;
  }

  /** Whether the key is there with a value that is alive, and is so to the end of the job. No use of the entry, and not counted. */
  override has(key: K): boolean {
    return this.#front?.has(key) === true || this.#peekBehind(key) !== undefined;
  }

  /**
   * Stores a value under a key; what is there is replaced. Throws a TypeError for a value that can't
   * be held weakly where there is no front.
   */
  override set(key: K, value: V): this {
    if (this.#isDisposed) throw new CacheDisposedError("set entry");
    const isWeak = canBeHeldWeakly(value);
    if (!isWeak && this.#front === undefined) {
      throw new TypeError(
        `Cannot set entry: value is ${print(value)}, expected an object, a function or a symbol that is not registered where strong.max is 0`,
      );
    }
    const now = this.#residence === undefined ? 0 : this.#residence.now();
    // The clock may have done anything.
    if (this.#isDisposed) throw new CacheDisposedError("set entry");
    this.#guard?.beforeWrite();
    this.#write(key, value, undefined);
    if (this.#residence !== undefined && !this.#isDisposed) {
      if (isWeak) this.#residence.hold(canonical(key), value, now);
      else this.#residence.drop(key);
    }
    this.#finish();
    return this;
  }

  /** Deletes an entry. Returns whether it was there, with a value that was alive. */
  delete(key: K): boolean {
    let deleted = this.#front?.delete(key) === true;
    const slot = this.#tail.find(key);
    if (slot !== 0) {
      deleted = this.#tail.ref(slot).deref() !== undefined;
      if (deleted) this.#tail.remove(slot);
      else this.#bury(slot);
    }
    this.#residence?.drop(key);
    this.#finish();
    return deleted;
  }

  /** Deletes all entries, and gives back the memory held for them. */
  clear(): void {
    if (this.#reports !== undefined) this.#lookAtAll();
    this.#front?.clear();
    this.#tail.clear();
    this.#sweep.stop();
    this.#residence?.clear();
  }

  /**
   * Live entries: those of the front from the hottest to the coldest, then the others. Each is looked
   * up when its turn comes, and lives from then to the end of the job. The loop may change the cache.
   */
  override *entries(): IterableIterator<[K, V]> {
    // A copy of the keys: the loop body may move, delete and add entries at will.
    const keys = [...(this.#front?.keys() ?? []), ...this.#tail.keys()];
    for (const key of keys) {
      const value = this.peek(key);
      if (value !== undefined || this.has(key)) yield [key, value as V];
    }
  }

  /** Counts since the cache was made or `resetStats` was called. */
  stats(): WeakCacheStats {
    return this.#stats.snapshot(this.#front?.stats());
  }

  /** Starts all counts from 0. */
  resetStats(): void {
    this.#stats = new WeakStatsCounter();
    this.#front?.resetStats();
  }

  /** Clears the cache, and reports nothing any more. It stays readable and empty; later writes throw a CacheDisposedError. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#reports?.close();
    this.#unwatch?.();
    this.clear();
    this.#front?.[Symbol.dispose]();
  }

  get [Symbol.toStringTag](): string {
    return "WeakCache";
  }

  protected override refuseWrite(): void {
    if (this.#isDisposed) throw new CacheDisposedError("set entry");
  }

  /** `get` of a key for which the front has no value, or undefined. */
  #getBehind(key: K): V | undefined {
    if (this.#front === undefined) this.#stats.reads++;
    const slot = this.#tail.find(key);
    if (slot === 0) return undefined;
    const ref = this.#tail.ref(slot);
    const value = ref.deref() as V | undefined;
    if (value === undefined) {
      this.#bury(slot);
      this.#finish();
      return undefined;
    }
    this.#stats.revivals++;
    if (this.#front !== undefined && this.#guard?.isTripped !== true) {
      this.#guard?.beforeWrite();
      this.#write(key, value, ref);
      this.#finish();
    }
    return value;
  }

  #peekBehind(key: K): V | undefined {
    const slot = this.#tail.find(key);
    return slot === 0 ? undefined : (this.#tail.ref(slot).deref() as V | undefined);
  }

  /** Puts a value into the front, or behind it. `ref` is the one that holds it behind the front now. */
  #write(key: K, value: V, ref: WeakRef<WeakKey> | undefined): void {
    const front = this.#front;
    if (front === undefined) {
      this.#demote(canonical(key), value);
      return;
    }
    this.#reviving = ref && { value, ref };
    try {
      front.set(key, value);
    } finally {
      this.#reviving = undefined;
    }
    const slot = this.#tail.find(key);
    if (slot === 0 || !front.has(key)) return;
    if (ref === undefined && this.#tail.ref(slot).deref() === undefined) this.#bury(slot);
    else this.#tail.remove(slot);
  }

  /** An entry leaves the front, or was refused by it. */
  #demote(key: K, value: V): void {
    const tail = this.#tail;
    const slot = tail.find(key);
    const isWeak = canBeHeldWeakly(value);
    const reviving = this.#reviving;
    const ref = reviving !== undefined && reviving.value === value ? reviving.ref : undefined;
    if (slot !== 0) {
      const old = tail.ref(slot);
      // Refused on its way back: it is where it was.
      if (old === ref) return;
      if (old.deref() === undefined) this.#bury(slot);
      else if (old.deref() === value && this.#guard?.isTripped !== true) return;
      else tail.remove(slot);
    }
    if (!isWeak) this.#stats.evictions++;
    else if (this.#guard?.isTripped === true) this.#stats.dropped++;
    else {
      tail.add(key, ref ?? new host.WeakRef(value));
      this.#stats.demotions++;
      this.#guard?.onDemotion();
      if (this.#unwatch === undefined) this.#watch();
    }
  }

  /** Removes the entry of a slot whose value is dead. */
  #bury(slot: TailSlot): void {
    this.#stats.collections++;
    this.#reports?.push(this.#tail.key(slot));
    this.#tail.remove(slot);
  }

  #look(slot: TailSlot): void {
    const tail = this.#tail;
    if (tail.isUsed(slot) && tail.ref(slot).deref() === undefined) this.#bury(slot);
  }

  #lookAtAll(): void {
    for (let slot = 1; slot < this.#tail.end; slot++) this.#look(slot);
  }

  /** Halves what is held strongly. */
  #trim(): void {
    this.#residence?.clear();
    this.#front?.trim(0.5);
  }

  #watch(): void {
    this.#unwatch = epochs.watch(this.#listener);
  }

  #onCollection(): void {
    this.#reports?.onCollection();
    this.#sweep.begin();
    try {
      this.#guard?.onCollection();
    } finally {
      this.#residence?.onCollection();
    }
  }

  /** Ends a slice of a sweep. Returns whether slots have changed. */
  #settle(): boolean {
    return this.#tail.giveBack();
  }

  /** The cache is consistent: goes on with a sweep. */
  #finish(): void {
    if (this.#guard?.isTripped !== true) this.#sweep.onWrite();
    if (this.#tail.giveBack()) this.#sweep.restart();
  }
}
