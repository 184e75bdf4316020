/// <reference lib="esnext.disposable" preserve="true" />
import { CacheDisposedError, type LoadOptions, type RemovalCause } from "@heapwise/lru";
import {
  canonicalKey,
  checkDuration,
  checkedClock,
  hostClock,
  print,
  refuse,
  reportError,
  type Clock,
  type Disposal,
  type Loading,
  type LoadingHost,
  type RemovalQueue,
} from "@heapwise/lru/slots";
import { canBeHeldWeakly } from "../host/can-be-held-weakly.ts";
import { CollectReports } from "../collection/collect-reports.ts";
import { epochs, type CollectionListener } from "../collection/collection-epochs.ts";
import { DerivedAccess } from "./derived-access.ts";
import { checkHost, host, hostNow } from "../host/host.ts";
import { Residence } from "../collection/residence.ts";
import { HeapGuard } from "../soft/heap-guard.ts";
import { readHeap } from "../soft/heap.ts";
import { Sweep } from "../tail/sweep.ts";
import { TailTable, type TailSlot } from "../tail/tail-table.ts";
import {
  createFront,
  createTimes,
  type Front,
  type Times,
  type WeakHolds,
  type WeakLoader,
} from "./front.ts";
import { Pinned, type Pin } from "./pinned.ts";
import {
  readTtl,
  readWeakCacheOptions,
  type WeakCacheOptions,
  type WeakSetOptions,
} from "./weak-cache-options.ts";
import { WeakStatsCounter, type WeakCacheStats } from "./weak-cache-stats.ts";

/**
 * A value that moves from the tail to the front now. If the front refuses it, its `WeakRef` is used
 * for the next demotion.
 */
interface Revival<K, V> {
  readonly key: K;
  readonly value: V;
  readonly ref: WeakRef<WeakKey>;
  /** Whether the program wrote or deleted the key while the size of the value was computed. */
  isOvertaken: boolean;
}

/**
 * A cache that holds recently used values strongly in a bounded front, and all other values weakly,
 * for as long as the program holds them.
 *
 * ```
 * set, get ->  front (LRUCache, strong)  -- evicted: demoted -->  tail (a WeakRef for each value)
 *                                        <-- get: revived ------        |
 *                                                                 collected: swept
 * ```
 *
 * A value that leaves the front moves to the tail if it is an object, a function or a symbol that
 * is not registered. Other values are removed. Keys are held strongly and compared as in a `Map`
 * (SameValueZero); `undefined` and `null` are values like others. A value that the collector took
 * is never returned, iterated or counted as a hit.
 *
 * The tail is swept after each full collection of the process, in slices of at most a millisecond.
 * No entry has a finalization record.
 *
 * Invariants:
 * - A key is in the front or in the tail, never in both, except between two steps of a write.
 * - A key in the tail has one `WeakRef`, so nothing that comes late can remove a newer entry.
 *
 * @example
 * ```ts
 * import { WeakCache } from "@heapwise/weak";
 *
 * const cache = new WeakCache<string, object>({ strong: { max: 1 } });
 * const [page, image] = [{ name: "page" }, { name: "image" }];
 * cache.set("page", page).set("image", image);
 * cache.get("page") === page; // => true
 * cache.stats().revivals; // => 1
 * ```
 */
export class WeakCache<K, V> extends DerivedAccess<K, V> implements Disposable {
  /** Holds its values strongly. Holds nothing if `strong.max` is 0. */
  readonly #front: Front<K, V>;
  readonly #report: RemovalQueue<K, V>["push"];
  readonly #flush: RemovalQueue<K, V>["flush"];
  /** If values are disposed of: how many entries and callers hold each, including the tail. */
  readonly #holds: WeakHolds<K, V> | undefined;
  readonly #disposal: Disposal<K, V> | undefined;
  /** The same front. Undefined if `strong.max` is 0, or if entries may expire. */
  #timelessFront: Front<K, V> | undefined;
  /** The keys of all entries until they expire. Undefined if no entry may expire. */
  #times: Times<K> | undefined;
  /** The program's clock, if entries may expire. */
  #clock: Clock | undefined;
  /** The last reading of the clock, in ms. */
  #time = 0;
  /**
   * Whether to use that reading as the time, because entries have already changed: reading the
   * clock may throw.
   */
  #isTimeFixed = false;
  /** Keys whose entries were removed; their times are removed later. */
  #removedKeys: K[] = [];
  readonly #tail: TailTable<K> = new TailTable();
  readonly #sweep: Sweep;
  readonly #residence: Residence<K> | undefined;
  readonly #guard: HeapGuard | undefined;
  readonly #reports: CollectReports<K> | undefined;
  readonly #options: Pick<WeakCacheOptions<K, V>, "clock" | "onError">;
  /** Undefined until the first load. */
  #loading: Loading<K, V> | undefined;
  /** Undefined until the first pin. */
  #pins: Map<K, Pinned<V>> | undefined;
  readonly #listener: CollectionListener;
  #unwatch: (() => void) | undefined;
  #stats = new WeakStatsCounter();
  /** The value that moves from the tail to the front now. */
  #reviving: Revival<K, V> | undefined;
  /**
   * All such values: each one after the first moves while the size of the one before is computed.
   */
  readonly #revivals: Revival<K, V>[] = [];
  /** The cause of a deletion from the front; undefined if the entry stays in the cache. */
  #cause: RemovalCause | undefined = "deleted";
  #isDisposed = false;

  /**
   * Creates an empty cache.
   *
   * @throws {TypeError | RangeError} if an option is unknown or invalid
   * @throws {UnsupportedHostError} if the host has no `WeakRef`, or if `minResidence.epochs` is set
   * and the host has no `FinalizationRegistry`
   */
  constructor(options: WeakCacheOptions<K, V> = {}) {
    super();
    checkHost("create cache");
    const { strong, gauge, minResidence, ttl, onCollect, ...rest } = readWeakCacheOptions(options);
    const { onError, clock } = rest;
    this.#options = { clock, onError };
    this.#listener = { onCollection: () => this.#onCollection(), onError };
    const front = createFront<K, V>({ onRemoval: ignore, ...rest, ...strong });
    this.#front = front;
    this.#timelessFront = strong.max === 0 ? undefined : front;
    const queue = front.entryTable.removals;
    const hasListeners = (rest.onRemoval ?? queue.disposal) !== undefined;
    const report = (this.#report = hasListeners ? queue.push.bind(queue) : ignore);
    this.#flush = hasListeners ? queue.flush.bind(queue) : ignore;
    // No listener runs before front and tail have changed together.
    queue.flush = ignore;
    // Between two steps of the front, so that a victim is always in one of the two places.
    queue.push = (key, value, cause, hold) => {
      // A value that the program wrote while the size of a returning value was computed is the
      // newer one.
      if (cause === "replaced" && this.#reviving !== undefined) cause = "evicted";
      if (cause === "evicted" && this.#demote(key, value)) return;
      if (cause !== "deleted") report(key, value, cause, hold);
      else if (this.#cause !== undefined) this.#reportRemoval(key, value, this.#cause);
      else queue.disposal?.untake(value);
    };
    if (queue.disposal !== undefined) {
      queue.disposal = undefined;
      this.#disposal = front.entryTable.beginDisposal((this.#holds = new WeakMap()));
    }
    if (ttl !== undefined) this.#beginTime(ttl);
    const isLive = (key: K): boolean => this.#isDisposed || this.has(key);
    this.#reports = onCollect && new CollectReports(onCollect, isLive, onError);
    this.#residence = minResidence && new Residence(minResidence, clock ?? hostClock, onError);
    this.#guard = gauge && new HeapGuard({ trim: () => this.#trim() }, gauge, readHeap);
    this.#sweep = new Sweep({
      end: () => this.#tail.end,
      look: (slot) => {
        const tail = this.#tail;
        if (tail.isUsed(slot) && tail.value(slot) === undefined) this.#removeDead(slot);
      },
      settle: () => this.#settle(),
      now: () => (clock === undefined ? hostNow() : clock.now()),
      onError,
    });
    if (gauge !== undefined || minResidence?.epochs !== undefined) this.#watch();
  }

  /**
   * Number of entries, an upper bound: dead entries count until they are swept. O(1). Removes
   * expired entries first, which may call `onRemoval`.
   */
  get size(): number {
    // Removes expired entries.
    void this.#times?.size;
    return this.#front.size + this.#tail.size;
  }

  /**
   * Exact number of entries whose values are alive. O(n). Removes expired entries first, which may
   * call `onRemoval`. Each value in the tail that it finds lives until the end of the job.
   */
  liveSize(): number {
    this.#times?.expireNow();
    let live = this.#front.size;
    const tail = this.#tail;
    for (const slot of tail.slots()) if (tail.value(slot) !== undefined) live++;
    return live;
  }

  /**
   * Returns the value of a key, or undefined if the key has no live value. Counts as a use and as a
   * hit or miss. A value of the tail moves back to the front, unless `strong.max` is 0 or soft mode
   * drops values now. May evict other entries and call listeners.
   *
   * @example
   * ```ts
   * import { WeakCache } from "@heapwise/weak";
   *
   * const cache = new WeakCache<string, object>();
   * cache.get("missing"); // => undefined
   * cache.stats().misses; // => 1
   * ```
   */
  override get(key: K): V | undefined {
    const value = this.#timelessFront?.get(key);
    return value === undefined ? this.#getWithCare(key) : value;
  }

  /**
   * Returns the value of a key, or undefined if the key has no live value. Does not count as a use,
   * nor as a hit or miss.
   */
  peek(key: K): V | undefined {
    if (this.#isExpired(key)) return undefined;
    const value = this.#front.peek(key);
    return value === undefined ? this.#peekTail(key) : value;
  }

  /**
   * Whether the key has a live value. If it returns true, `get` in the same job returns that value.
   * Does not count as a use, nor as a hit or miss.
   */
  override has(key: K): boolean {
    if (this.#isExpired(key)) return false;
    return this.#front.has(key) || this.#peekTail(key) !== undefined;
  }

  /**
   * Stores a value under a key, and returns the cache. An existing value is replaced. `ttl`, in ms,
   * is how long this entry lives instead of the cache's `ttl`. May evict other entries and call
   * listeners. A running load of the key is not stored.
   *
   * @throws {TypeError} if an option is unknown or of a wrong type, or if `strong.max` is 0 and the
   * value cannot be held weakly
   * @throws {RangeError} if `ttl` is not above 0
   * @throws {CacheDisposedError} if the cache was disposed of
   *
   * @example
   * ```ts
   * import { WeakCache } from "@heapwise/weak";
   *
   * const cache = new WeakCache<string, object>();
   * cache.set("session", {}, { ttl: 60_000 }).size; // => 1
   * ```
   */
  override set(key: K, value: V, options?: WeakSetOptions): this {
    const ttl = options === undefined ? undefined : readTtl(options);
    try {
      this.#store(key, value, ttl);
    } finally {
      this.#finish();
    }
    return this;
  }

  /**
   * Deletes an entry. Returns whether the key had a live value. A running load of the key is not
   * stored. Calls `onRemoval`.
   */
  delete(key: K): boolean {
    const isExpired = this.#isExpired(key);
    this.#loading?.fence(key, "deleted");
    const isRemoved = this.#remove(key, isExpired ? "expired" : "deleted");
    this.#finish();
    return isRemoved && !isExpired;
  }

  /**
   * Deletes all entries, ends all pins, and returns the memory that they took. Running loads are
   * not stored. Calls `onRemoval` with each live value.
   */
  clear(): void {
    this.#times?.expireNow();
    this.#deleteAll();
  }

  /**
   * Returns a promise of the value of a key. If the key has no live value, calls the loader once
   * for all callers that wait, and stores its result. `load` is used instead of the option `load`.
   * Counts as `get`. If the program writes or deletes the key during the load, the callers still
   * get the loaded value, but it is not stored. `options.signal` lets this caller leave; the load
   * is aborted if no caller is left.
   *
   * Rejects with the error of the loader, with the reason of the signal, with a `LoadCycleError` if
   * a loader asks for its own key, with a `CacheDisposedError`, or with a `TypeError` if
   * `strong.max` is 0 and the value cannot be held weakly.
   *
   * @example
   * ```ts
   * import { WeakCache } from "@heapwise/weak";
   *
   * const users = new WeakCache<string, { name: string }>({ load: (name) => ({ name }) });
   * (await users.getOrLoad("ada")).name; // => "ada"
   * ```
   */
  getOrLoad(key: K, load?: WeakLoader<K, V>, options?: LoadOptions): Promise<V> {
    this.#loading ??= this.#front.entryTable.createLoading(this.#loadingHost());
    return this.#loading.getOrLoad(key, load, options);
  }

  /**
   * Holds the value of a key strongly until the pin is released or the entry is removed: by
   * `delete` or `clear`, by a `set` of another value, or because it expires. Returns undefined if
   * the key has no live value, or if the value is undefined. If a key has several pins, all must be
   * released. Pins do not count against `strong`. Does not count as a use, nor as a hit or miss.
   *
   * @example
   * ```ts
   * import { WeakCache } from "@heapwise/weak";
   *
   * const documents = new WeakCache<string, object>({ strong: { max: 1 } });
   * const pin = documents.set("a.txt", { text: "draft" }).pin("a.txt");
   * documents.set("b.txt", {});
   * documents.peek("a.txt"); // => { text: "draft" }
   * pin?.release();
   * ```
   */
  pin(key: K): Pin | undefined {
    const value = this.peek(key);
    if (value === undefined) return undefined;
    this.#pins ??= new Map();
    let pinned = this.#pins.get(key);
    if (pinned === undefined) this.#pins.set(key, (pinned = new Pinned(value)));
    return pinned.pin(() => this.#unpin(key));
  }

  /**
   * Live entries: the entries of the front from the most to the least recently used, then the
   * entries of the tail. Each is looked up when its turn comes, and lives from then until the end
   * of the job. The loop may change the cache. Does not count as a use.
   *
   * @example
   * ```ts
   * import { WeakCache } from "@heapwise/weak";
   *
   * const cache = new WeakCache<string, number>().set("a", 1).set("b", 2);
   * [...cache.entries()]; // => [["b", 2], ["a", 1]]
   * ```
   */
  override *entries(): IterableIterator<[K, V]> {
    // A copy of the keys: the loop body may move, delete and add entries.
    const keys = this.#keys();
    for (const key of keys) {
      const value = this.peek(key);
      if (value !== undefined || this.has(key)) yield [key, value as V];
    }
  }

  /**
   * Counts since the cache was created or `resetStats` was called, and gauges of the present.
   * Removes expired entries first, which may call `onRemoval`.
   */
  stats(): WeakCacheStats {
    // Removes expired entries, and throws nothing.
    this.#times?.stats();
    const inFlight = this.#loading?.inFlight ?? 0;
    return this.#stats.snapshot(this.#front.stats(), inFlight, this.#pins?.size ?? 0);
  }

  /** Starts all counts from 0. Gauges and entries stay. */
  resetStats(): void {
    this.#stats = new WeakStatsCounter();
    this.#front.resetStats();
  }

  /**
   * Clears the cache, and rejects running loads with a `CacheDisposedError`. `onCollect` is no
   * longer called. The cache stays readable and empty; a later write throws a `CacheDisposedError`.
   */
  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#unwatch?.();
    this.#loading?.dispose();
    try {
      this.#times?.expireNow();
    } finally {
      // Also if the clock throws, because a program does not dispose of a cache twice.
      this.#deleteAll();
    }
  }

  /** `"WeakCache"`, for `Object.prototype.toString`. */
  get [Symbol.toStringTag](): string {
    return "WeakCache";
  }

  protected override refuseWrite(): void {
    if (this.#isDisposed) throw new CacheDisposedError("set entry");
  }

  /** `get` if the key may not be in the front, or may have expired. */
  #getWithCare(key: K): V | undefined {
    if (this.#timelessFront === undefined) {
      if (this.#isExpired(key) && this.#remove(key, "expired")) this.#finish();
      if (this.#front.max === 0) this.#stats.reads++;
      else {
        const value = this.#front.get(key);
        if (value !== undefined) return value;
      }
    }
    const slot = this.#tail.find(key);
    return slot === 0 ? undefined : this.#getFromTail(key, slot);
  }

  #getFromTail(key: K, slot: TailSlot): V | undefined {
    const ref = this.#tail.ref(slot);
    const value = ref.deref() as V | undefined;
    if (value === undefined) this.#removeDead(slot);
    else {
      this.#stats.revivals++;
      if (this.#front.max === 0 || this.#guard?.isTripped === true) return value;
      this.#guard?.beforeWrite();
      try {
        this.#write(key, value, ref);
      } catch (error) {
        // The value stays in the tail.
        if (this.#options.onError !== undefined) reportError(error, this.#options.onError);
      }
    }
    this.#finish();
    return value;
  }

  #peekTail(key: K): V | undefined {
    const slot = this.#tail.find(key);
    return slot === 0 ? undefined : (this.#tail.value(slot) as V | undefined);
  }

  #keys(): K[] {
    return [...this.#front.keys(), ...this.#tail.keys()];
  }

  #isStored(key: K): boolean {
    return this.#front.has(key) || this.#tail.find(key) !== 0;
  }

  /** Whether the entry of a key has expired. Reads the clock, which may do anything. */
  #isExpired(key: K): boolean {
    return this.#times?.has(key) === false;
  }

  /** Called when entries begin to expire. Existing entries do not expire. */
  #beginTime(ttl = Infinity): void {
    const { clock, onError } = this.#options;
    const checked = clock && checkedClock(clock, onError);
    const own = checked && {
      ...checked,
      now: () => (this.#isTimeFixed ? this.#time : (this.#time = checked.now())),
    };
    // The clock may throw, or may itself call this method.
    void own?.now();
    if (this.#times !== undefined) return;
    this.#clock = own;
    this.#timelessFront = undefined;
    this.#withFixedTime(() => {
      this.#times = createTimes<K>({ clock: own, onError, ttl }, (key) => {
        // The program may have written the key before its removal is reported.
        if (!this.#withFixedTime(() => this.#isExpired(key))) return;
        this.#remove(key, "expired");
        this.#finish();
      });
      for (const key of this.#keys()) this.#times.set(key, true);
    });
  }

  /**
   * `set` without its listeners. A `ttl` of 0 or less comes from a loader whose value must not be
   * stored.
   */
  #store(key: K, value: V, ttl: number | undefined): void {
    this.refuseWrite();
    const isWeak = canBeHeldWeakly(value);
    if (!isWeak && this.#front.max === 0) {
      const wanted = "an object, a function or a symbol that is not registered if strong.max is 0";
      refuse("set entry", `value is ${print(value)}`, wanted);
    }
    const now = this.#residence === undefined ? 0 : this.#residence.now();
    if (ttl !== undefined && this.#times === undefined) this.#beginTime();
    // All user code runs before anything changes: the clock may do anything.
    void this.#clock?.now();
    const isExpired = this.#isExpired(key);
    this.refuseWrite();
    if (isExpired) this.#remove(key, "expired");
    if (ttl !== undefined && ttl <= 0) {
      this.#stats.expirations++;
      this.#reportRefused(key, value, "expired");
      return;
    }
    this.#guard?.beforeWrite();
    this.#write(key, value, undefined);
    this.#loading?.fence(key, "replaced");
    if (this.#pins !== undefined && !Object.is(this.#pins.get(key)?.value, value)) {
      this.#endPins(key);
    }
    this.#residence?.drop(key);
    if ((this.#residence ?? this.#times) === undefined || !this.#isStored(key)) return;
    if (isWeak) this.#residence?.hold(canonicalKey(key), value, now);
    const options = ttl === undefined ? undefined : { ttl };
    this.#withFixedTime(() => this.#times?.set(key, true, options));
  }

  /**
   * Runs a step of an operation that has already changed entries. It does not read the program's
   * clock.
   */
  #withFixedTime<Result>(step: () => Result): Result {
    const outer = this.#isTimeFixed;
    this.#isTimeFixed = true;
    try {
      return step();
    } finally {
      this.#isTimeFixed = outer;
    }
  }

  /** The cache as its loads see it. */
  #loadingHost(): LoadingHost<K, V> {
    /** The value that `find` found last, until `value` returns it. */
    let found: V | undefined;
    const find = (key: K): 0 | 1 => {
      return this.#withFixedTime(() => {
        found = this.peek(key);
        return found !== undefined || this.has(key) ? 1 : 0;
      });
    };
    const value = (): V => {
      const taken = found as V;
      found = undefined;
      return taken;
    };
    return {
      stats: this.#front.entryTable.stats,
      disposal: this.#disposal,
      find,
      findKept: find,
      value,
      use: (key) => {
        const used = this.get(key);
        const isThere = used !== undefined || this.#withFixedTime(() => this.has(key));
        return isThere ? { value: used as V, isDue: false } : undefined;
      },
      write: (key, loaded, { ttl } = {}) => {
        if (ttl !== undefined && !(ttl <= 0)) checkDuration("load entry", "ttl", ttl);
        this.#store(key, loaded, ttl);
      },
      discard: (key, loaded, cause) => this.#reportRefused(key, loaded, cause),
      afterChange: () => this.#finish(),
    };
  }

  /**
   * Puts a value into the front, or into the tail. `ref` is its `WeakRef` in the tail, if it has
   * one.
   */
  #write(key: K, value: V, ref: WeakRef<WeakKey> | undefined): void {
    const front = this.#front;
    const tail = this.#tail;
    if (front.max === 0) {
      this.#disposal?.take(key, value);
      this.#demote(canonicalKey(key), value);
      return;
    }
    const outer = this.#reviving;
    const revival = ref && { key: canonicalKey(key), value, ref, isOvertaken: false };
    if (revival !== undefined) this.#revivals.push(revival);
    else if (this.#revivals.length > 0) this.#overtake(key, value);
    this.#reviving = revival;
    try {
      front.set(key, value);
    } finally {
      this.#reviving = outer;
      if (revival !== undefined) this.#revivals.pop();
    }
    const slot = tail.find(key);
    if (revival?.isOvertaken === true && (slot === 0 || tail.ref(slot) !== ref)) {
      this.#deleteFromFront(key, undefined);
    } else if (slot !== 0 && front.has(key)) this.#overwrite(slot, value);
  }

  /**
   * Called when the program writes or deletes a key: perhaps while the size of its returning value
   * is computed.
   */
  #overtake(key: K, value: V | undefined): void {
    for (const revival of this.#revivals) {
      if (Object.is(revival.key, canonicalKey(key))) revival.isOvertaken = revival.value !== value;
    }
  }

  /**
   * An entry leaves the front, or the front refused it. Returns false if the caller must report the
   * removal.
   */
  #demote(key: K, value: V): boolean {
    const tail = this.#tail;
    const disposal = this.#disposal;
    const reviving = this.#reviving;
    const pinned = this.#pins?.get(key);
    const isPinned = pinned !== undefined && Object.is(pinned.value, value);
    const isDropped = !isPinned && this.#guard?.isTripped === true;
    let ref = reviving?.value === value ? reviving?.ref : undefined;
    if (ref !== undefined && reviving?.isOvertaken === true && Object.is(reviving.key, key)) {
      disposal?.untake(value);
      return true;
    }
    const slot = tail.find(key);
    if (slot !== 0) {
      const old = tail.ref(slot);
      // The value was refused when it returned, or the tail has it already: its entry stays.
      if (old === ref || (!isDropped && old.deref() === value)) {
        disposal?.untake(value);
        return true;
      }
      this.#overwrite(slot, value);
    }
    if (!canBeHeldWeakly(value)) {
      if (!isPinned) {
        this.#stats.evictions++;
        this.#forget(key);
        return false;
      }
      ref = pinned as unknown as WeakRef<WeakKey>;
    } else if (isDropped) {
      this.#stats.dropped++;
      this.#forget(key);
      disposal?.untake(value);
      const hold = this.#holds?.get(value);
      if (hold?.entries === 0) {
        // Callers that still use the value will not dispose of it. A later entry gets another hold.
        hold.isDisposed = hold.isReported = true;
        this.#holds!.delete(value);
      }
      this.#report(key, value, "evicted", null);
      return true;
    }
    tail.add(key, ref ?? new host.WeakRef(value as WeakKey));
    this.#stats.demotions++;
    this.#guard?.onDemotion();
    if (this.#unwatch === undefined) this.#watch();
    return true;
  }

  /** Removes an entry of the tail whose key got a new value, which is stored elsewhere. */
  #overwrite(slot: TailSlot, value: V): void {
    const tail = this.#tail;
    const key = tail.key(slot);
    const old = tail.value(slot) as V | undefined;
    if (old === undefined) {
      this.#removeDead(slot);
      return;
    }
    tail.remove(slot);
    if (Object.is(old, value)) this.#disposal?.untake(value);
    else this.#report(key, old, "replaced");
  }

  /** Deletes an entry of the front. `cause` is undefined if the entry stays in the cache. */
  #deleteFromFront(key: K, cause: RemovalCause | undefined): boolean {
    this.#cause = cause;
    const isDeleted = this.#front.delete(key);
    this.#cause = "deleted";
    return isDeleted;
  }

  /** Removes the entry of a key and reports the cause. Returns whether the key had a live value. */
  #remove(key: K, cause: RemovalCause): boolean {
    this.#overtake(key, undefined);
    this.#residence?.drop(key);
    const tail = this.#tail;
    const slot = tail.find(key);
    let isLive = slot === 0 && this.#deleteFromFront(key, cause);
    if (slot !== 0) {
      const value = tail.value(slot) as V | undefined;
      isLive = value !== undefined;
      if (!isLive) this.#removeDead(slot);
      else {
        tail.remove(slot);
        this.#reportRemoval(canonicalKey(key), value as V, cause);
      }
    }
    if (isLive) {
      if (cause === "expired") this.#stats.expirations++;
      this.#forget(key);
    }
    return isLive;
  }

  /**
   * Reports the removal of an entry. A value that the program deletes is disposed of at once, even
   * if a caller has just received it.
   */
  #reportRemoval(key: K, value: V, cause: RemovalCause): void {
    const hold = this.#disposal?.depart(key, value);
    if (hold !== undefined) hold.isTakenBack = cause === "deleted";
    this.#report(key, value, cause, hold);
  }

  /** Reports a value that was created and is not stored. */
  #reportRefused(key: K, value: V, cause: RemovalCause): void {
    this.#disposal?.take(key, value);
    this.#report(key, value, cause);
  }

  #deleteAll(): void {
    for (const revival of this.#revivals) revival.isOvertaken = true;
    this.#loading?.fenceAll();
    const tail = this.#tail;
    for (const slot of tail.slots()) {
      const value = tail.value(slot) as V | undefined;
      if (value === undefined) this.#removeDead(slot);
      else this.#reportRemoval(tail.key(slot), value, "deleted");
    }
    tail.clear();
    this.#sweep.stop();
    this.#residence?.clear();
    for (const key of this.#pins?.keys() ?? []) this.#endPins(key);
    this.#withFixedTime(() => this.#times?.clear());
    if (this.#isDisposed) this.#front[Symbol.dispose]();
    else this.#front.clear();
    this.#finish();
  }

  /**
   * The last pin of a key was released: a value of the tail that cannot be held weakly is evicted.
   */
  #unpin(key: K): void {
    const slot = this.#tail.find(key);
    const pinned: unknown = this.#pins!.get(key);
    const value = this.#endPins(key)!;
    if (slot === 0 || this.#tail.ref(slot) !== pinned) return;
    this.#tail.remove(slot);
    this.#stats.evictions++;
    this.#forget(key);
    this.#report(canonicalKey(key), value, "evicted");
    this.#finish();
  }

  /** Ends the pins of a key. Returns the value that they held. */
  #endPins(key: K): V | undefined {
    const pinned = this.#pins?.get(key);
    if (pinned === undefined) return undefined;
    const { value } = pinned;
    pinned.value = undefined;
    this.#pins!.delete(key);
    return value;
  }

  /** An entry was removed: ends its pins and its time. */
  #forget(key: K): void {
    this.#endPins(key);
    if (this.#times !== undefined) this.#removedKeys.push(key);
  }

  /** Removes the entry of a slot whose value is dead. */
  #removeDead(slot: TailSlot): void {
    const key = this.#tail.key(slot);
    this.#stats.collections++;
    this.#reports?.push(key);
    this.#tail.remove(slot);
    this.#forget(key);
  }

  /** Releases half of the values that the cache holds strongly. */
  #trim(): void {
    this.#residence?.clear();
    this.#front.trim(0.5);
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
      this.#flush();
    }
  }

  /** The cache is consistent: continues a sweep, and runs the listeners. */
  #finish(): void {
    if (this.#guard?.isTripped !== true) this.#sweep.onWrite();
    if (this.#settle()) this.#sweep.restart();
    this.#flush();
  }

  /** Ends a slice of a sweep. Returns whether slots have changed. */
  #settle(): boolean {
    if (this.#removedKeys.length > 0) {
      while (this.#removedKeys.length > 0) {
        const key = this.#removedKeys.pop()!;
        if (!this.#isStored(key)) this.#withFixedTime(() => this.#times!.delete(key));
      }
      // Another array, because a long one keeps its memory.
      this.#removedKeys = [];
    }
    return this.#tail.shrink();
  }
}

function ignore(): void {}
