// Longer than 600 lines because operations of one class share fields that nobody else may see.
/// <reference lib="esnext.disposable" preserve="true" />
import { hasWeakRef } from "../host/attempt.ts";
import { ByteLedger, checkByteBound, checkTrim, type Charge } from "../bytes/byte-ledger.ts";
import { entriesBytes } from "../bytes/entries-bytes.ts";
import { readBytes } from "../bytes/byte-options.ts";
import {
  checkAmount,
  checkFraction,
  checkFunction,
  checkPart,
  isObject,
  print,
  refuse,
} from "../checks/read-options.ts";
import { canonicalKey } from "../table/canonical-key.ts";
import type { EntryInfo } from "../observation/entry-info.ts";
import { EntryTable } from "../table/entry-table.ts";
import { CacheDisposedError, OpaqueEntryError } from "../checks/errors.ts";
import { checkedClock, hostClock, type Clock } from "../expiry/clock.ts";
import { ExpiryTimer } from "../expiry/expiry-timer.ts";
import { Expiry } from "../expiry/expiry.ts";
import { MANY_SLOTS } from "../expiry/slice.ts";
import { hasTime } from "../expiry/time-options.ts";
import { freeze } from "./freeze.ts";
import { laterWith } from "../host/later.ts";
import type { CacheLease } from "../removal/hold.ts";
import { Disposal, type ObjectHolds } from "../removal/disposal.ts";
import { LoadingOperations } from "../loading/loading-operations.ts";
import type { Found } from "../loading/found.ts";
import { Loading } from "../loading/loading.ts";
import type { LoadingHost } from "../loading/loading-host.ts";
import type { LoadingSettings } from "../loading/loading-settings.ts";
import {
  closedGate,
  hasEvents,
  removalListeners,
  type CacheEvent,
  type Gate,
} from "../removal/removal-listeners.ts";
import {
  readCacheOptions,
  readResizeOptions,
  readSetOptions,
  type LRUCacheOptions,
  type ResizeOptions,
  type SetOptions,
  type WriteOptions,
} from "./options.ts";
import { coldestFirst, hottestFirst } from "../policy/in-order.ts";
import { makeHottest } from "../policy/lru.ts";
import type { Slot } from "../policy/policy.ts";
import { RemovalQueue, type RemovalCause } from "../removal/removal-queue.ts";
import { reportError } from "../checks/report-error.ts";
import {
  checkEntry,
  checkSnapshot,
  hasStoredTimes,
  leftOut,
  ownOptions,
  takeSnapshot,
  type Snapshot,
  type SnapshotEntry,
} from "./snapshot.ts";
import { FIRST_SLOT } from "../table/slot-store.ts";
import { StatsCounter, type CacheStats } from "../observation/stats.ts";
import { tagBytes, TagIndex } from "../tags/tag-index.ts";

/**
 * Entries that are moved in a few ms. While more are left than that, what expires gives no memory
 * back.
 */
const MOST_TO_MOVE = 2 ** 10;
/** Likewise in a macrotask of their own. More are moved only if no others expire soon, which makes it cheaper. */
const MOST_TO_MOVE_LATER = 2 ** 13;

/** Time after which no other entry is sized again in the same macrotask, ms. */
const LONGEST_SLICE = 1;

/**
 * A bounded cache: a map that never holds more than its bound, in entries, bytes or weight.
 *
 * Keys are compared as in a `Map` (SameValueZero); `undefined` and `null` are values like others.
 * Every operation leaves the cache consistent before it calls a listener, which may call the cache.
 * Memory is taken as entries come, never in proportion to the bound, and given back as they leave.
 */
export class LRUCache<K, V> extends LoadingOperations<K, V> implements Disposable {
  readonly #slots: EntryTable<K, V, StatsCounter>;
  readonly #stats = new StatsCounter();
  readonly #options: LoadingSettings<K, V>;
  /** Undefined where bytes are not bounded. */
  readonly #bytes: ByteLedger<K, V> | undefined;
  /** Undefined until an entry is to expire. */
  #expiry: Expiry<K, V> | undefined;
  /** Undefined until an entry has tags. */
  #tags: TagIndex | undefined;
  /** The expiry once more, unless all reads are told. */
  #gate: Gate | undefined;
  /** The queue of removals once more, if observers are told of events. */
  #events: RemovalQueue<K, V> | undefined;
  #maxWeight: number;
  /** Most weight of an entry, -1 if the cache is off. */
  #heaviest = -1;
  #isDisposed = false;
  /** Whether all that a write has to do is to store a key and a value. */
  #isPlain = true;

  /** Throws a TypeError or RangeError for a missing bound, an unknown option or a bad value. */
  constructor(given: LRUCacheOptions<K, V>) {
    super();
    const options = readCacheOptions(given);
    const { max = Infinity, maxWeight = Infinity, staleIfError, dispose } = options;
    this.#maxWeight = maxWeight;
    const maxBytes =
      options.maxBytes === undefined
        ? Infinity
        : readBytes("create cache", "maxBytes", options.maxBytes);
    // Where no weight is bounded but bytes are, an entry weighs its bytes.
    const weight = maxWeight === Infinity ? maxBytes : maxWeight;
    this.#slots = new EntryTable(max, weight, this.#stats, options.seed, options.policy);
    const clock =
      options.clock === undefined ? hostClock : checkedClock(options.clock, options.onError);
    const isJudged = typeof staleIfError === "object";
    this.#options = {
      ...options,
      clock,
      seed: this.#slots.seed,
      staleIfError: isJudged ? staleIfError.ms : staleIfError,
      standsIn: isJudged ? staleIfError.when : undefined,
      keepsUndefined: this.keepsUndefined,
    };
    if (maxBytes !== Infinity) {
      this.#bytes = new ByteLedger(maxBytes, options, this.#slots);
      this.#slots.columns.push(this.#bytes);
      if (typeof options.remeasure === "object" && hasWeakRef) {
        this.#bytes.timer = new ExpiryTimer<WeakKey>(
          this,
          LRUCache.#remeasureSome as (cache: WeakKey) => void,
          clock as Required<Clock>,
          options.onError,
        );
      } else if (options.remeasure !== undefined) this.#gate = closedGate;
    }
    const listeners = removalListeners(options);
    if (listeners.length > 0) this.#slots.removals = new RemovalQueue<K, V>(listeners);
    this.#fitWrites();
    if (options.exclusive || dispose) this.beginDisposal();
    if (hasEvents(options.observers)) {
      this.#events = this.#slots.removals;
      this.#gate = closedGate;
      this.#isPlain = false;
    }
    if (hasTime(options) || options.refreshAfter !== undefined) this.#beginTime();
    for (const observer of options.observers ?? []) {
      observer.watch?.(this, this.#stats, (error) => reportError(error, options.onError));
    }
  }

  /** Has writes follow the bounds. */
  #fitWrites(): void {
    const isOff = this.#slots.max === 0 || this.#bytes?.max === 0;
    this.#heaviest = isOff ? -1 : (this.#options.maxEntryWeight ?? this.#maxWeight);
    const hasMore = this.#slots.weights ?? this.#bytes ?? (this.#options.frozen || undefined);
    this.#isPlain &&= !isOff && hasMore === undefined;
  }

  /** Whether entries have a weight in the caller's unit. */
  get #isWeighed(): boolean {
    return this.#maxWeight !== Infinity;
  }

  /**
   * Entries in the cache, those in a stale window left out. While many expire at once, up to as
   * many more.
   */
  get size(): number {
    this.#expireSome();
    return this.#slots.size - (this.#expiry?.staleCount ?? 0);
  }

  /**
   * Weight of the entries that `size` counts; their bytes where only bytes are bounded, `size`
   * where neither is.
   */
  get weight(): number {
    this.#expireSome();
    const { weights, weight, size } = this.#slots;
    return (weights === undefined ? size : weight) - (this.#expiry?.staleWeight ?? 0);
  }

  /** Bytes of keys, values and bookkeeping: what counts against `maxBytes`, else an estimate that looks at every entry. */
  bytes(): number {
    this.#expireSome();
    return this.#bytes?.total ?? entriesBytes(this.#slots, hottestFirst(this.#slots.policy));
  }

  /** Most entries; Infinity where they are not bounded. */
  get max(): number {
    return this.#slots.max;
  }

  /** Most weight; Infinity where it is not bounded. */
  get maxWeight(): number {
    return this.#maxWeight;
  }

  /** Most bytes, what `'25%'` came to as well; Infinity where they are not bounded. */
  get maxBytes(): number {
    return this.#bytes?.max ?? Infinity;
  }

  /** The value of a key, or undefined. A use of the entry; counted as hit or miss. */
  get(key: K): V | undefined {
    const slots = this.#slots;
    const slot = slots.find(key);
    if (slot === 0) {
      this.#miss(key);
      return undefined;
    }
    // Nothing comes after a reading here: V8 would load all it knows once more, for each hit.
    if (this.#gate !== undefined && !this.#gate.isSurelyLive(slot)) {
      return this.#getInTime(key, slot);
    }
    // As `hit`, which is one call more than V8 inlines here where keys are strings and have a ttl.
    this.#stats.hits++;
    if (slots.recency !== undefined) makeHottest(slots.links, slot);
    else slots.policy.access(slot);
    return slots.entries[(slot << 1) | 1] as V;
  }

  #getInTime(key: K, found: Slot): V | undefined {
    const slot = this.#expiry === undefined ? found : this.#findInTime(key, found);
    if (slot === 0) {
      this.#miss(key);
      return undefined;
    }
    this.#expiry?.use(slot);
    this.#slots.hit(slot);
    const value = this.#slots.value(slot);
    if (this.#gate === closedGate) {
      this.#tellHit(slot, key);
      this.#finish();
    }
    return value;
  }

  /** The value of a key, or undefined. No use of the entry, and not counted. */
  peek(key: K): V | undefined {
    const slot = this.#find(key);
    return slot === 0 ? undefined : this.#slots.value(slot);
  }

  /** Whether the key is there. No use of the entry, and not counted. */
  has(key: K): boolean {
    return this.#find(key) !== 0;
  }

  /**
   * Stores a value under a key; what is there is replaced. Throws a RangeError for a weight that is
   * no safe integer >= 0, and then changes nothing.
   */
  set(key: K, value: V, options?: SetOptions): this {
    this.#write(key, value, options, false);
    this.#finish();
    return this;
  }

  override setMany(entries: Iterable<readonly [K, V]>, options?: SetOptions): this {
    // Read once: tags may come from an iterator.
    return super.setMany(entries, options && readSetOptions(options));
  }

  /** `set`, but for tags: the entry keeps those that it has, unless others are given. */
  protected override rewrite(key: K, value: V, given: SetOptions | undefined): void {
    const options = given && readSetOptions(given);
    const slot = this.#tags === undefined ? 0 : this.#findKept(key);
    this.set(key, value, slot === 0 ? options : { tags: this.#tags!.tagsOf(slot), ...options });
  }

  /** Deletes an entry. Returns whether it was there. */
  delete(key: K): boolean {
    this.loads?.fence(key, "deleted");
    const deleted = this.#delete(key);
    this.#giveBack();
    this.#finish();
    return deleted;
  }

  /**
   * Deletes the entries that the predicate holds for, those in their stale window too. Returns how many.
   * No load that is under way is stored: whether the predicate would hold for its result, nobody knows.
   */
  override deleteWhere(predicate: (value: V, key: K) => boolean): number {
    checkFunction("delete entries", "predicate", predicate);
    this.loads?.fenceAll();
    let deleted = 0;
    this.batch(() => {
      this.#expireDue();
      for (const key of this.#keysNow()) {
        const slot = this.#findKept(key);
        if (slot === 0) continue;
        const value = this.#slots.value(slot);
        if (!predicate(value, key)) continue;
        // The predicate may have replaced what it judged.
        const judged = this.#findKept(key);
        if (judged === 0 || !Object.is(this.#slots.value(judged), value)) continue;
        this.#deleteAt(judged);
        deleted++;
      }
      this.#giveBack();
    });
    this.#finish();
    return deleted;
  }

  /**
   * Deletes the entries with a tag, those in their stale window too. Returns how many. Takes time in
   * proportion to them. A load that is under way is not stored if it gives its entry the tag.
   */
  deleteByTag(tag: string): number {
    if (typeof tag !== "string") {
      refuse("delete entries", `tag is ${print(tag)}`, "a string");
    }
    this.loads?.fenceTag(tag);
    this.#expireDue(this.#expiry?.slotsOfCall);
    let deleted = 0;
    for (const slot of this.#tags?.slotsOf(tag) ?? []) {
      if (this.#expiry?.isOver(slot)) this.#expire(slot);
      else {
        this.#deleteAt(slot);
        deleted++;
      }
    }
    this.#giveBack();
    this.#finish();
    return deleted;
  }

  /** Deletes all entries, and gives back the memory held for them. */
  clear(): void {
    this.#expireDue();
    this.#deleteAll();
  }

  #deleteAll(): void {
    this.loads?.fenceAll();
    if (this.#disposal === undefined) this.#slots.eraseAll();
    else this.#disposal.takeBack(() => this.#slots.eraseAll());
    this.#slots.removals?.flush();
  }

  /** Removes the entry that the policy would evict next. Returns it, or undefined where there is none. */
  evict(): [K, V] | undefined {
    this.#expireDue();
    while (this.#evictStale());
    let entry: [K, V] | undefined;
    if (this.#slots.size > 0) {
      const slot = this.#slots.choose(0, 0);
      entry = this.#slots.entry(slot);
      this.#drop(slot, "evicted");
    }
    this.#giveBack();
    this.#finish();
    return entry;
  }

  /** Changes bounds; what is over a smaller one is evicted. Throws for a bad bound, and then changes nothing. */
  resize(given: ResizeOptions): void {
    const bounds = readResizeOptions(given);
    const { max = this.max, maxWeight = this.#maxWeight } = bounds;
    checkPart(
      "resize cache",
      "maxEntryWeight",
      this.#options.maxEntryWeight ?? 0,
      "maxWeight",
      maxWeight,
    );
    const maxBytes = checkByteBound(this.#bytes, bounds, this.#isWeighed);
    this.#expireDue();
    this.#maxWeight = maxWeight;
    if (this.#bytes !== undefined) this.#bytes.max = maxBytes;
    this.#slots.bound(max, Math.min(maxWeight, this.#isWeighed ? Infinity : maxBytes));
    this.#fitWrites();
    this.#slots.fitColumns();
    this.#slots.policy.resize();
    this.#keepBounds(0);
    this.#finish();
  }

  /** Evicts entries until at most this fraction (0 to 1) of the weight is left, or so many bytes of a cache with `maxBytes`. Returns how many. */
  trim(fractionToKeep: number | { toBytes: number | string }): number {
    let bytes = Infinity;
    let part = 1;
    if (typeof fractionToKeep === "object") bytes = checkTrim(this.#bytes, fractionToKeep);
    else {
      checkFraction("trim cache", "fraction", fractionToKeep);
      part = fractionToKeep;
    }
    this.#expireDue();
    const before = this.#slots.size;
    // Without weights, and where entries without weight are to go too, entries are counted.
    const size = this.#slots.weights === undefined || part === 0 ? before * part : Infinity;
    this.#evictDownTo(size, this.#slots.weight * part, 0, bytes);
    const evicted = before - this.#slots.size;
    this.#finish();
    return evicted;
  }

  /** Entries in the order of `keys`: strict LRU has the most recently used first, other policies about what they would keep longest. */
  *entries(): IterableIterator<[K, V]> {
    for (const key of this.#keysNow()) {
      const slot = this.#find(key);
      if (slot !== 0) yield [key, this.#slots.value(slot)];
    }
  }

  /** A copy of the keys: who goes through them may move, delete and add entries at will. */
  #keysNow(): K[] {
    return Array.from(hottestFirst(this.#slots.policy), (slot) => this.#slots.key(slot));
  }

  /** The first `count` entries in the order of `entries`. No use of them. */
  hottest(count: number): [K, V][] {
    return this.#slots.first(count, this.#live(hottestFirst));
  }

  /** The last `count` entries in the order of `entries`, the last first: strict LRU has its next victims there. No use of them. */
  coldest(count: number): [K, V][] {
    return this.#slots.first(count, this.#live(coldestFirst));
  }

  /** Reads the clock, and goes through what is not absent. The caller changes nothing meanwhile. */
  *#live(order: typeof hottestFirst): IterableIterator<Slot> {
    this.#expiry?.read();
    for (const slot of order(this.#slots.policy)) if (!this.#expiry?.isAbsent(slot)) yield slot;
  }

  /** What the cache knows of an entry, or undefined where there is none. No use of it. */
  info(key: K): EntryInfo | undefined {
    const slot = this.#find(key);
    if (slot === 0) return undefined;
    return { weight: this.#slots.weightOf(slot), ...this.#expiry?.timesOf(slot) };
  }

  /**
   * Lets go of all entries that have expired, which also happens by itself. Returns how many left.
   */
  expireNow(): number {
    const expired = this.#expireDue();
    this.#finish();
    return expired;
  }

  /** A lease of the value of a key, or undefined. A use of the entry, counted as `get`. The value is not disposed of before the lease is given back, whatever becomes of the entry. */
  acquire(key: K): CacheLease<V> | undefined {
    for (const [own, value] of this.getMany([key])) {
      const slot = this.#slots.find(own);
      // An observer of the hit may have removed it.
      if (slot === 0 || !Object.is(this.#slots.value(slot), value)) break;
      const disposal = this.beginDisposal();
      const hold = disposal.hold(own, value);
      hold.uses--;
      return disposal.lease(hold);
    }
    return undefined;
  }

  /** Settles when all values that have left by now are disposed of, which waits for their leases. Never rejects. */
  async disposed(): Promise<void> {
    await this.#disposal?.disposed();
  }

  /** Counts since the cache was made or `resetStats` was called. */
  stats(): CacheStats {
    // For the count of stale entries. Who looks after a cache is told nothing of its clock and
    // listeners.
    if (this.#expiry !== undefined) this.#expireOutOfCall();
    return {
      ...this.#stats.snapshot(),
      leased: this.#disposal?.leased ?? 0,
      stale: this.#expiry?.staleCount ?? 0,
      inFlight: this.loads?.inFlight ?? 0,
      opaque: this.#bytes?.opaque ?? 0,
    };
  }

  /** Starts all counts from 0. */
  resetStats(): void {
    const counted = this.stats();
    this.#stats.reset();
    for (const observer of this.#options.observers ?? []) observer.reset?.(counted);
  }

  /** The content as plain data, for `LRUCache.from`. */
  snapshot(): Snapshot<K, V> {
    this.#expiry?.read();
    return takeSnapshot(this.#slots, hottestFirst(this.#slots.policy), this.#expiry, this.#tags);
  }

  /**
   * A new cache with the content of a snapshot, in its order; what does not fit is evicted from the
   * cold end. Weights come from `weigh`, else from the snapshot. The snapshot is not changed. An entry
   * that cannot be read is left out, and `onError` is told how many are and why the first one is.
   */
  static from<K, V>(snapshot: Snapshot<K, V>, options: LRUCacheOptions<K, V>): LRUCache<K, V> {
    checkSnapshot(snapshot);
    const cache = new this<K, V>(options);
    const events = cache.#events;
    cache.#events = undefined;
    // A copy: what `weigh` and `expires` do to the snapshot is none of this.
    const entries = [...snapshot.entries].reverse();
    const keepsWeight = options.weigh === undefined && options.maxWeight !== undefined;
    let unread = 0;
    let cause: unknown;
    cache.batch(() => {
      for (const entry of entries) {
        try {
          const { key, value } = checkEntry(entry);
          cache.#writeWithCare(
            canonicalKey(key),
            value,
            ownOptions(entry, keepsWeight),
            true,
            entry,
          );
        } catch (error) {
          unread++;
          // In the end that of the first entry: the coldest is read first.
          cause = error;
        }
      }
    });
    cache.#finish();
    cache.#stats.reset();
    cache.#events = events;
    const { onError } = cache.#options;
    if (unread > 0 && onError !== undefined) {
      reportError(leftOut(unread, entries.length, cause), onError);
    }
    return cache;
  }

  /** Clears the cache. It stays readable and empty; later writes throw a CacheDisposedError. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#isPlain = false;
    this.loads?.dispose();
    try {
      this.#expireDue();
    } finally {
      // Also where the clock throws: who disposes of a cache does not try again.
      this.#deleteAll();
    }
  }

  get [Symbol.toStringTag](): string {
    return "LRUCache";
  }

  /** `adapt` is for a cache that stores elsewhere what is loaded. */
  protected override createLoading(
    adapt: (host: LoadingHost<K, V>) => LoadingHost<K, V> = (host) => host,
  ): Loading<K, V> {
    // From now on a write may fence a load.
    this.#isPlain = false;
    const host: LoadingHost<K, V> = {
      slots: this.#slots,
      expiry: () => this.#expiry,
      find: (key) => this.#findKept(key),
      isObserved: this.#events !== undefined,
      isDisposed: () => this.#isDisposed,
      disposal: () => this.#disposal,
      use: (key) => this.#use(key),
      write: (key, value, options) => this.#write(key, value, options, true),
      expire: (keys) => {
        for (const key of keys) this.#findForWrite(key);
        this.#finish();
      },
      remove: (key) => {
        const slot = this.#slots.find(key);
        if (slot !== 0) this.#remove(slot, "deleted");
        this.#giveBack();
      },
      refuse: (key, value, cause) => {
        this.#disposal?.take(key, value);
        this.#slots.removals!.push(key, value, cause);
      },
      finish: () => this.#finish(),
    };
    return new Loading<K, V>(this.#options, adapt(host));
  }

  /** Whether a load that yields undefined stores it, as of any other value. */
  protected get keepsUndefined(): boolean {
    return false;
  }

  /** A use of an entry for loading. The clock is read where the entry may have expired, or be due for a refresh. */
  #use(key: K): Found<V> | undefined {
    let slot = this.#slots.find(key);
    if (slot !== 0 && this.#expiry !== undefined && !this.#expiry.isSurelyFresh(slot)) {
      slot = this.#findInTime(key, slot);
    }
    if (slot === 0) {
      this.#stats.misses++;
      this.#note("miss", key);
      return undefined;
    }
    const isDue = this.#expiry?.isRefreshDue(slot) ?? false;
    const found = { value: this.#slots.value(slot), isDue };
    this.#expiry?.use(slot);
    this.#slots.hit(slot);
    if (this.#gate === closedGate) this.#tellHit(slot, key);
    return found;
  }

  /** An entry was used, where that is to be told, or where it may have grown since. */
  #tellHit(slot: Slot, key: K): void {
    this.#note("hit", key);
    if (this.#options.remeasure === "onGet") this.#remeasure(slot);
  }

  /** The slot of an entry that has not expired, or 0. */
  #find(key: K): Slot {
    const slot = this.#slots.find(key);
    return slot === 0 || this.#expiry === undefined ? slot : this.#findInTime(key, slot);
  }

  /** The slot of an entry, live or in its stale window at the last reading of the clock, or 0. */
  #findKept(key: K): Slot {
    const slot = this.#slots.find(key);
    return slot !== 0 && this.#expiry?.isOver(slot) ? 0 : slot;
  }

  #findInTime(key: K, found: Slot): Slot {
    const expiry = this.#expiry!;
    expiry.read();
    // The clock may have done anything.
    const slot = expiry.hasOwnClock ? this.#slots.find(key) : found;
    return slot !== 0 && expiry.isAbsent(slot) ? 0 : slot;
  }

  protected override batch(operation: () => void): void {
    if (this.#slots.removals === undefined) operation();
    else this.#slots.removals.batch(operation);
  }

  protected override refuseDisposed(action: string): void {
    if (this.#isDisposed) throw new CacheDisposedError(action);
  }

  protected override told<Result>(result: Result): Result {
    try {
      if (this.#gate === closedGate) this.#finish();
    } catch (error) {
      reportError(error, this.#options.onError);
    }
    return result;
  }

  #miss(key: K): void {
    this.#stats.misses++;
    if (this.#gate?.isDue) this.#endMiss(key);
  }

  #endMiss(key: K): void {
    this.#note("miss", key);
    if (this.#expiry?.isDue) this.#expireDue(this.#expiry.slotsOfCall);
    this.#finish();
  }

  /** Notes what observers are told when the cache is consistent. */
  #note(event: CacheEvent, key: K, value?: V): void {
    this.#events?.push(canonicalKey(key), value as V, event as RemovalCause, null);
  }

  /**
   * `isOwn` for the options that the cache itself gives: those of a load, or of an entry of a
   * snapshot.
   */
  #write(key: K, value: V, options: WriteOptions | SetOptions | undefined, isOwn: boolean): void {
    if (!this.#isPlain || options !== undefined) {
      this.#writeWithCare(canonicalKey(key), value, options, isOwn);
      return;
    }
    const slots = this.#slots;
    slots.prefetchVictim();
    const slot = slots.find(key);
    if (slot !== 0) slots.update(slot, key, value, 1);
    else if (slots.canRecycle) slots.recycle(key, value);
    else this.#insert(key, value, 1);
  }

  /** All user code runs before anything changes. */
  #writeWithCare(
    key: K,
    given: V,
    choices: WriteOptions | SetOptions | undefined,
    isOwn: boolean,
    stored?: SnapshotEntry<K, V>,
  ): void {
    this.refuseDisposed("set entry");
    const options = choices === undefined ? undefined : readSetOptions(choices, isOwn);
    if (this.#bytes?.isTooLong(key)) {
      // It is not even looked for, since that reads it.
      this.loads?.fence(key, "replaced");
      this.#disposal?.take(key, given);
      this.#reject(0, key, given, "evicted");
      return;
    }
    const tags = options && this.#tagsFor(key, options);
    const charge = this.#bytes?.measure(key, given, tagBytes(tags, this.#tags));
    const value = charge === undefined ? given : charge.value;
    const weight = this.#weightOf(key, value, options, charge);
    if (this.#options.frozen === true) freeze(value);
    const hasOwnTime = (options?.refreshAfter ?? stored?.expiresAt) !== undefined;
    if (hasOwnTime || (options?.ttl ?? 0) > 0) this.#beginTime();
    const isInTime = this.#prepareTime(key, value, options, stored);
    if (this.#isDisposed) throw new CacheDisposedError("set entry");
    this.loads?.fence(key, "replaced");
    const slot = this.#findForWrite(key);
    this.#disposal?.take(key, value);
    const isTooLarge = charge !== undefined && charge.total > this.#bytes!.maxEntry;
    if (isTooLarge || weight > this.#heaviest) this.#reject(slot, key, value, "evicted");
    else if (!isInTime) this.#reject(slot, key, value, "expired");
    else {
      if (slot === 0 && this.#events !== undefined) this.#note("inserted", key, value);
      this.#keep(slot, key, value, weight, charge);
      if ((this.#tags ?? tags?.[0]) !== undefined) this.#tag(key, tags);
      if (charge !== undefined) {
        this.#watch(key);
        this.#bytes!.wakeInTime();
      }
    }
  }

  /** An entry was sized: the first one without an upper bound is reported. */
  #watch(key: K): void {
    const options = this.#options;
    if (!options.warnOpaque || this.#bytes!.opaque === 0) return;
    options.warnOpaque = false;
    reportError(new OpaqueEntryError(key), options.onError);
  }

  /** Sizes an entry again, and updates what it is charged and weighs. It leaves if it is too large now. */
  #remeasure(found: Slot): void {
    const slots = this.#slots;
    const bytes = this.#bytes!;
    const [key, value] = slots.entry(found);
    if (!isObject(value)) return;
    try {
      const charge = bytes.measure(
        key,
        value,
        tagBytes(this.#tags?.tagsOf(found), this.#tags),
        true,
      );
      // The program may have done anything.
      const slot = slots.find(key);
      if (slot === 0 || !Object.is(slots.value(slot), value)) return;
      if (charge.total > bytes.maxEntry) this.#evictAt(slot);
      else {
        bytes.start(slot, charge);
        // Of stale entries, the expiry keeps the sum of the weights.
        if (!this.#isWeighed && !this.#expiry?.isAbsent(slot)) {
          const weight = slots.weightOf(slot);
          slots.weights![slot] = charge.total;
          slots.weight += charge.total - weight;
          slots.policy.reweigh?.(slot, weight);
        }
      }
      this.#keepBounds(0);
      this.#watch(key);
    } catch (error) {
      reportError(error, this.#options.onError);
    }
  }

  /** Stores an entry that the bounds admit. */
  #keep(slot: Slot, key: K, value: V, weight: number, charge: Charge<K, V> | undefined): void {
    if (charge !== undefined) this.#store(slot, charge, weight);
    else if (slot !== 0) this.#update(slot, key, value, weight);
    else if (this.#mayRecycle()) this.#recycle(key, value);
    else this.#insert(key, value, weight);
  }

  /** The tags that an entry is written with: if it keeps its deadline, also those that it has. */
  #tagsFor(key: K, { tags, keepTtl }: WriteOptions): readonly string[] | undefined {
    if (keepTtl !== true || this.#tags === undefined) return tags;
    return tags ?? this.#tags.tagsOf(this.#find(key));
  }

  /** The entry that was written under a key has these tags, if it was not refused. */
  #tag(key: K, tags: readonly string[] = []): void {
    const slot = this.#slots.find(key);
    if (slot === 0) return;
    if (this.#tags === undefined) {
      this.#tags = new TagIndex();
      this.#slots.columns.push(this.#tags);
      this.#isPlain = false;
    }
    this.#tags.start(slot, tags);
  }

  /** The slot of a key, or 0; what is over leaves. */
  #findForWrite(key: K): Slot {
    this.#slots.prefetchVictim();
    const slot = this.#slots.find(key);
    if (slot === 0 || this.#expiry === undefined || !this.#expiry.isOver(slot)) return slot;
    this.#expire(slot);
    return this.#slots.find(key);
  }

  #mayRecycle(): boolean {
    if (!this.#slots.canRecycle) return false;
    // Nor if loading is told of the victim, or an entry that has expired goes first.
    if ((this.#slots.weights ?? this.loads ?? this.#tags) !== undefined) return false;
    return this.#expiry === undefined || (this.#expiry.staleCount === 0 && !this.#expiry.isDue);
  }

  /** Stores an entry, then charges it. */
  #store(slot: Slot, charge: Charge<K, V>, weight: number): void {
    const { key, value } = charge;
    if (slot !== 0) this.#update(slot, key, value, weight);
    else {
      if (this.#slots.isFull) this.#bytes!.widen();
      this.#insert(key, value, weight);
    }
    const stored = this.#slots.find(key);
    if (stored === 0) return;
    this.#bytes!.start(stored, charge);
    this.#keepBounds(stored);
  }

  /** Lets go of what is over. Returns whether the new value is not. */
  #prepareTime(
    key: K,
    value: V,
    options: WriteOptions | undefined,
    stored: SnapshotEntry<K, V> | undefined,
  ): boolean {
    const expiry = this.#expiry;
    if (expiry === undefined) return (options?.ttl ?? 1) > 0;
    const kept = options?.keepTtl === true ? this.#find(key) : 0;
    const isInTime =
      kept !== 0
        ? expiry.keep(kept)
        : stored !== undefined && hasStoredTimes(stored)
          ? expiry.restore(stored, value)
          : expiry.prepare(expiry.lifetimeOf(value, key, options?.ttl));
    expiry.refreshFrom(options?.refreshAfter);
    this.#sweep(expiry.slotsOfCall);
    return isInTime;
  }

  #weightOf(
    key: K,
    value: V,
    options: SetOptions | undefined,
    charge: Charge<K, V> | undefined,
  ): number {
    let weight = options?.weight;
    if (weight === undefined) {
      if (!this.#isWeighed && charge !== undefined) return charge.total;
      if (this.#options.weigh === undefined) return 1;
      weight = this.#options.weigh(value, key);
    } else if (!this.#isWeighed) {
      refuse("set entry", "weight is given to a cache without one", "a cache with maxWeight");
    }
    checkAmount("set entry", "weight", weight);
    return weight;
  }

  /** The caller guarantees what `EntryTable.insert` asks for. */
  #insert(key: K, value: V, weight: number): void {
    const slots = this.#slots;
    const slot = slots.insert(key, value, weight);
    if (this.#expiry !== undefined) this.#expiry.start(slot);
    if (slots.size > slots.max || slots.weight > this.#maxWeight) this.#keepBounds(slot);
  }

  /** Likewise. */
  #recycle(key: K, value: V): void {
    const slot = this.#slots.recycle(key, value);
    if (this.#expiry !== undefined) this.#expiry.start(slot);
  }

  #update(slot: Slot, key: K, value: V, weight: number): void {
    if (Object.is(this.#slots.value(slot), value)) this.#disposal?.untake(value);
    if (this.#expiry !== undefined) this.#expiry.start(slot);
    this.#slots.update(slot, key, value, weight);
    if (this.#slots.weight > this.#maxWeight) this.#keepBounds(slot);
  }

  #reject(slot: Slot, key: K, value: V, cause: "evicted" | "expired"): void {
    if (slot !== 0) {
      const isSame = Object.is(this.#slots.value(slot), value);
      this.#remove(slot, isSame ? undefined : "replaced");
      this.#giveBack();
    }
    if (cause === "expired") this.#stats.expirations++;
    else {
      this.#stats.rejections++;
      this.#note("rejected", key, value);
    }
    this.#slots.removals?.push(key, value, cause);
  }

  /** Evicts until the bounds hold. `newcomer` is the slot just written: refused at once, or kept when another one left for it. */
  #keepBounds(newcomer: Slot): void {
    this.#evictDownTo(this.max, this.#maxWeight, newcomer, this.#bytes?.max);
  }

  #evictDownTo(size: number, weight: number, given: Slot, bytes = Infinity): void {
    const slots = this.#slots;
    let newcomer = given;
    let spared = 0;
    while (slots.size > size || slots.weight > weight || this.#isOver(bytes)) {
      const wasSpared = spared;
      spared = newcomer;
      if (this.#expiry?.sweepOne() || this.#evictStale()) continue;
      // Empty columns count as bytes: they go before live entries.
      if (this.#bytes !== undefined && slots.isSparse) {
        const key = slots.key(newcomer);
        slots.shrinkIfSparse();
        if (newcomer !== 0) newcomer = slots.find(key);
        spared &&= newcomer;
        continue;
      }
      // Alone, it may still take more bytes than there are, with its bookkeeping.
      const chosen = slots.choose(newcomer, slots.size > 1 ? wasSpared : 0);
      if (chosen === newcomer) this.#note("rejected", slots.key(chosen), slots.value(chosen));
      this.#drop(chosen, "evicted");
    }
    // If nothing had to leave for a newcomer, nothing is to be given back.
    if (spared === newcomer) this.#giveBack();
  }

  #isOver(bytes: number): boolean {
    return this.#bytes !== undefined && this.#slots.size > 0 && this.#bytes.total > bytes;
  }

  /** Evicts an entry in its stale window, which leaves before live ones. Returns whether there was one. */
  #evictStale(): boolean {
    const slot = this.#expiry?.oldestStale ?? 0;
    if (slot !== 0) this.#evictAt(slot);
    return slot !== 0;
  }

  /** Evicts an entry that the policy did not choose. */
  #evictAt(slot: Slot): void {
    this.#slots.countEviction(slot);
    this.#remove(slot, "evicted");
  }

  /** Takes out the entry of a key. Returns whether it was there, and not out of sight. */
  #delete(key: K): boolean {
    this.#expireDue(this.#expiry?.slotsOfCall);
    const slot = this.#slots.find(key);
    if (slot === 0) return false;
    const isAbsent = this.#expiry?.isAbsent(slot) ?? false;
    if (isAbsent && this.#expiry!.isOver(slot)) {
      this.#expire(slot);
      return false;
    }
    this.#deleteAt(slot);
    return !isAbsent;
  }

  #deleteAt(slot: Slot): void {
    if (this.#disposal === undefined) this.#remove(slot, "deleted");
    else this.#disposal.takeBack(() => this.#remove(slot, "deleted"));
  }

  #expire(slot: Slot): void {
    this.#stats.expirations++;
    this.#remove(slot, "expired");
  }

  /**
   * Reads the clock, and lets go of what is over: of all, or of what can go in a few ms. Returns
   * how many left.
   */
  #expireDue(slots = Infinity): number {
    if (this.#expiry === undefined) return 0;
    this.#expiry.read();
    return this.#sweep(slots);
  }

  #expireSome(): void {
    this.#expireDue(MANY_SLOTS);
    this.#finish();
  }

  /** What does not go at once follows in a macrotask of its own. */
  #sweep(slots: number): number {
    const expiry = this.#expiry!;
    if (!expiry.isDue) return 0;
    const before = this.#slots.size;
    if (expiry.sweep(slots)) {
      if (slots === Infinity || this.#slots.size < MOST_TO_MOVE) this.#giveBack();
      else if (this.#slots.isSparse && (this.#slots.size < MOST_TO_MOVE_LATER || expiry.isCalm)) {
        laterWith(this, LRUCache.#giveBackLater);
      }
    } else if (!expiry.isContinued) {
      expiry.isContinued = true;
      laterWith(this, LRUCache.#continue);
    }
    return before - this.#slots.size;
  }

  /**
   * Gives back memory that is not used; not in the middle of a sweep, since that moves what is
   * still there.
   */
  #giveBack(): void {
    if (!this.#expiry?.isUnfinished) this.#slots.shrinkIfSparse();
  }

  /** What has left, and is still to be told. Undefined if nobody wants to know. */
  protected get removals(): RemovalQueue<K, V> | undefined {
    return this.#slots.removals;
  }

  get #disposal(): Disposal<K, V> | undefined {
    return this.#slots.removals?.disposal;
  }

  /** `objects` are the holds of values that the cache holds weakly. */
  protected override beginDisposal(objects?: ObjectHolds<K, V>): Disposal<K, V> {
    const removals = (this.#slots.removals ??= new RemovalQueue<K, V>([]));
    if (removals.disposal !== undefined) return removals.disposal;
    const disposal = (removals.disposal = new Disposal(this.#options, objects));
    this.#isPlain = false;
    for (const slot of hottestFirst(this.#slots.policy)) {
      disposal.take(this.#slots.key(slot), this.#slots.value(slot));
    }
    this.loads?.lend();
    return disposal;
  }

  #beginTime(): void {
    if (this.#expiry !== undefined) return;
    const now = this.#options.clock.now();
    this.#isPlain = false;
    // The clock may have done anything.
    if (this.#expiry !== undefined) return;
    const leave = (slot: Slot): void => this.#expire(slot);
    this.#expiry = new Expiry(this.#options, this.#slots, now, leave, this, LRUCache.#wake);
    this.#gate ??= this.#expiry;
    this.#slots.columns.push(this.#expiry);
    this.#slots.fitColumns();
  }

  static #wake(this: void, cache: LRUCache<unknown, unknown>): void {
    cache.#expiry!.timer!.fired();
    cache.#expireOutOfCall();
  }

  /** Goes on with the round in which all entries are sized again, for a slice of time. */
  static #remeasureSome(this: void, cache: LRUCache<unknown, unknown>): void {
    const bytes = cache.#bytes!;
    const slots = cache.#slots;
    bytes.timer!.fired();
    const end = hostClock.now() + LONGEST_SLICE;
    do {
      const slot = bytes.next || FIRST_SLOT;
      bytes.next = slot + 1;
      if (slots.isLive(slot)) cache.#remeasure(slot);
    } while (bytes.next < slots.end && hostClock.now() < end);
    if (bytes.next >= slots.end) bytes.next = 0;
    bytes.wakeInTime();
    cache.#expireOutOfCall();
  }

  static #giveBackLater(this: void, cache: LRUCache<unknown, unknown>): void {
    cache.#giveBack();
  }

  static #continue(this: void, cache: LRUCache<unknown, unknown>): void {
    cache.#expiry!.isContinued = false;
    cache.#expireOutOfCall();
  }

  #expireOutOfCall(): void {
    try {
      this.#expireSome();
    } catch (error) {
      reportError(error, this.#options.onError);
    }
  }

  /** Takes an entry out that the policy did not choose. */
  #remove(slot: Slot, cause: RemovalCause | undefined): void {
    this.#slots.policy.remove(slot);
    this.#drop(slot, cause);
  }

  /** Takes an entry out that the policy no longer tracks. */
  #drop(slot: Slot, cause: RemovalCause | undefined): void {
    this.loads?.fence(this.#slots.key(slot), cause ?? "replaced");
    if (cause === undefined) this.#disposal?.untake(this.#slots.value(slot));
    if (this.#expiry !== undefined) this.#expiry.forget(slot);
    if (this.#bytes !== undefined) this.#bytes.forget(slot);
    if (this.#tags !== undefined) this.#tags.forget(slot);
    this.#slots.erase(slot, cause);
  }

  /** The cache is consistent: user code may run. */
  #finish(): void {
    this.#expiry?.wakeInTime();
    this.#slots.removals?.flush();
  }
}
