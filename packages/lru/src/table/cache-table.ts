import { ByteLedger, type Charge } from "../bytes/byte-ledger.ts";
import { readBytes } from "../bytes/byte-options.ts";
import { freeze } from "../cache/freeze.ts";
import {
  readSetOptions,
  type LRUCacheOptions,
  type SetOptions,
  type WriteOptions,
} from "../cache/options.ts";
import { hasStoredTimes, type SnapshotEntry } from "../cache/snapshot.ts";
import { OpaqueEntryError } from "../checks/errors.ts";
import { checkAmount, isObject, refuse } from "../checks/read-options.ts";
import { reportError } from "../checks/report-error.ts";
import { checkedClock, hostClock, type Clock } from "../expiry/clock.ts";
import { ExpiryTimer } from "../expiry/expiry-timer.ts";
import { Expiry } from "../expiry/expiry.ts";
import { MANY_SLOTS } from "../expiry/slice.ts";
import { hasTime } from "../expiry/time-options.ts";
import { hasWeakRef } from "../host/attempt.ts";
import { laterWith } from "../host/later.ts";
import type { Found } from "../loading/found.ts";
import { Loading } from "../loading/loading.ts";
import type { LoadingHost } from "../loading/loading-host.ts";
import type { LoadingSettings } from "../loading/loading-settings.ts";
import { StatsCounter } from "../observation/stats.ts";
import { hottestFirst } from "../policy/parts/in-order.ts";
import { makeHottest } from "../policy/lru.ts";
import type { Slot } from "../policy/policy.ts";
import { Disposal, type ObjectHolds } from "../removal/disposal.ts";
import {
  closedGate,
  hasEvents,
  removalListeners,
  type CacheEvent,
  type Gate,
} from "../removal/removal-listeners.ts";
import { RemovalQueue, type RemovalCause } from "../removal/removal-queue.ts";
import { tagBytes, TagIndex } from "../tags/tag-index.ts";
import { canonicalKey } from "./canonical-key.ts";
import { EntryTable } from "./entry-table.ts";
import { FIRST_SLOT } from "./slot-store.ts";

/**
 * Entries that are moved in a few ms. If more are left than that, expired entries do not give
 * memory back at once.
 */
const MOST_TO_MOVE = 2 ** 10;
/**
 * The same in a macrotask of its own. More entries are moved only if no others expire soon, which
 * makes it cheaper.
 */
const MOST_TO_MOVE_LATER = 2 ** 13;

/** Time after which no other entry is measured again in the same macrotask, ms. */
const LONGEST_SLICE = 1;

/**
 * The body of an `LRUCache`: a table of entries under the rules of time, bytes, weights, tags,
 * leases and loads. The cache itself is a face: it documents and checks, and keeps nothing but its
 * table.
 *
 * A step of an operation changes the table and queues removals. The face calls `afterChange` when
 * all steps are taken: only then do listeners run. User code that a write needs (`weigh`,
 * `bytesOf`, `expires`, the clock) runs before the write changes anything.
 *
 * The body is one object with its store and its index, because each pointer that a hit follows
 * costs time (docs/decisions/hit-path.md).
 */
export class CacheTable<K, V> extends EntryTable<K, V, StatsCounter> implements LoadingHost<K, V> {
  declare readonly settings: LoadingSettings<K, V>;
  /** Undefined unless the cache has `maxBytes`. */
  readonly bytes: ByteLedger<K, V> | undefined;
  /** Undefined until an entry is written that can expire. */
  expiry: Expiry<K, V> | undefined;
  /** Undefined until an entry has tags. */
  tags: TagIndex | undefined;
  /** Undefined until a key is loaded. */
  loads: Loading<K, V> | undefined;
  /**
   * Decides whether a hit may skip the clock and the observers. Undefined if every hit may. It is
   * the expiry, or `closedGate` if no hit may.
   */
  gate: Gate | undefined;
  /** The queue of removals, if observers want hits, misses, inserts or rejections too. */
  events: RemovalQueue<K, V> | undefined;
  maxWeight: number = Infinity;
  /** The largest weight of an entry, -1 if the cache is switched off. */
  #heaviest = Infinity;
  /** Whether a write without options has nothing to do but to store a key and a value. */
  #hasTrivialWrites = true;

  /** The caller has checked the options with `readCacheOptions`. */
  constructor(options: LRUCacheOptions<K, V>, keepsUndefined: boolean) {
    const { max = Infinity, maxWeight = Infinity, staleIfError, dispose, onError } = options;
    const maxBytes =
      options.maxBytes === undefined
        ? Infinity
        : readBytes("create cache", "maxBytes", options.maxBytes);
    // If bytes are bounded and weights are not, an entry weighs its bytes.
    const weight = maxWeight === Infinity ? maxBytes : maxWeight;
    super(max, weight, new StatsCounter(), options.seed, options.policy);
    this.maxWeight = maxWeight;
    const clock = options.clock === undefined ? hostClock : checkedClock(options.clock, onError);
    const isJudged = typeof staleIfError === "object";
    this.settings = {
      ...options,
      clock,
      seed: this.seed,
      staleIfError: isJudged ? staleIfError.ms : staleIfError,
      standsIn: isJudged ? staleIfError.when : undefined,
      keepsUndefined,
    };
    if (maxBytes !== Infinity) {
      this.bytes = new ByteLedger(maxBytes, options, this);
      this.columns.push(this.bytes);
      if (typeof options.remeasure === "object" && hasWeakRef) {
        this.bytes.timer = new ExpiryTimer<WeakKey>(
          this,
          CacheTable.#remeasureSome as (table: WeakKey) => void,
          clock as Required<Clock>,
          onError,
        );
      } else if (options.remeasure !== undefined) this.gate = closedGate;
    }
    const listeners = removalListeners(options);
    if (listeners.length > 0) this.removals = new RemovalQueue<K, V>(listeners);
    this.#fitWrites();
    if (options.exclusive || dispose) this.beginDisposal();
    if (hasEvents(options.observers)) {
      this.events = this.removals;
      this.gate = closedGate;
      this.#hasTrivialWrites = false;
    }
    if (hasTime(options) || options.refreshAfter !== undefined) this.#beginTime();
  }

  /** Whether entries have a weight in the caller's unit. */
  get #isWeighed(): boolean {
    return this.maxWeight !== Infinity;
  }

  /** Undefined until the cache owns its values. */
  get disposal(): Disposal<K, V> | undefined {
    return this.removals?.disposal;
  }

  /** Sets new bounds, and evicts entries until they hold. */
  setBounds(max: number, maxWeight: number, maxBytes: number): void {
    this.expireDue();
    this.maxWeight = maxWeight;
    if (this.bytes !== undefined) this.bytes.max = maxBytes;
    this.bound(max, Math.min(maxWeight, this.#isWeighed ? Infinity : maxBytes));
    this.#fitWrites();
    this.fitColumns();
    this.policy.resize();
    this.#keepBounds(0);
  }

  /** Makes writes follow the bounds. */
  #fitWrites(): void {
    const isOff = this.max === 0 || this.bytes?.max === 0;
    this.#heaviest = isOff ? -1 : (this.settings.maxEntryWeight ?? this.maxWeight);
    const hasMore = this.weights ?? this.bytes ?? (this.settings.frozen || undefined);
    this.#hasTrivialWrites &&= !isOff && hasMore === undefined;
  }

  /** Writes throw, and loads are rejected, from now on. */
  dispose(): void {
    this.isDisposed = true;
    this.#hasTrivialWrites = false;
    this.loads?.dispose();
    try {
      this.expireDue();
    } finally {
      // Also if the clock throws: a program does not dispose of a cache a second time.
      this.deleteAll();
    }
  }

  // Reads

  /** The slot of a live entry, or 0. Reads the clock. */
  findLive(key: K): Slot {
    const slot = this.find(key);
    return slot === 0 || this.expiry === undefined ? slot : this.#findInTime(key, slot);
  }

  /** The slot of an entry that was live or stale at the last reading of the clock, or 0. */
  findKept(key: K): Slot {
    const slot = this.find(key);
    return slot !== 0 && this.expiry?.isOver(slot) ? 0 : slot;
  }

  #findInTime(key: K, found: Slot): Slot {
    const expiry = this.expiry!;
    expiry.read();
    // The clock may have done anything.
    const slot = expiry.hasOwnClock ? this.find(key) : found;
    return slot !== 0 && expiry.isAbsent(slot) ? 0 : slot;
  }

  /**
   * The value for `get` of a key that has an entry, if the gate does not let the hit pass. Its
   * bytecode is too long for V8 to inline it into `get` (docs/decisions/hit-path.md).
   */
  getInTime(key: K, found: Slot): V | undefined {
    const { expiry } = this;
    let slot = found;
    if (expiry !== undefined) {
      expiry.read();
      // The clock may have done anything.
      if (expiry.hasOwnClock) slot = this.find(key);
      if (slot === 0 || expiry.isAbsent(slot)) {
        this.stats.misses++;
        this.#note("miss", key);
        // Not only this entry: all that are due, up to the number for one call.
        this.#sweep();
        this.afterChange();
        return undefined;
      }
      expiry.use(slot);
    }
    this.stats.hits++;
    if (this.recency !== undefined) makeHottest(this.links, slot);
    else this.policy.access(slot);
    const value = this.value(slot);
    if (this.gate === closedGate) {
      this.#noteHit(slot, key);
      this.afterChange();
    }
    return value;
  }

  /** Ends a `get` that found no entry. */
  miss(key: K): void {
    this.stats.misses++;
    if (this.gate?.isDue) this.#endMiss(key);
  }

  #endMiss(key: K): void {
    this.#note("miss", key);
    // Entries of other keys are due.
    if (this.expiry?.isDue) this.expireDue(this.expiry.slotsOfCall);
    this.afterChange();
  }

  // Does what `#findInTime`, `hit`, `value` and `#noteHit` do: so long that V8 does not inline it
  // into the callers of `getOrLoad`, but inlines all steps of a hit here (docs/decisions/hit-
  // path.md).
  use(key: K): Found<V> | undefined {
    let slot = this.find(key);
    if (slot !== 0 && this.expiry !== undefined && !this.expiry.isSurelyFresh(slot)) {
      this.expiry.read();
      // The clock may have done anything.
      if (this.expiry.hasOwnClock) slot = this.find(key);
      if (slot !== 0 && this.expiry.isAbsent(slot)) slot = 0;
    }
    if (slot === 0) {
      this.stats.misses++;
      this.#note("miss", key);
      return undefined;
    }
    const isDue = this.expiry?.isRefreshDue(slot) ?? false;
    const found = { value: this.entries[(slot << 1) | 1] as V, isDue };
    this.expiry?.use(slot);
    this.stats.hits++;
    if (this.recency !== undefined) makeHottest(this.links, slot);
    else this.policy.access(slot);
    if (this.gate === closedGate) {
      this.#note("hit", key);
      if (this.settings.remeasure === "onGet") this.#remeasure(slot);
    }
    return found;
  }

  /** An entry was used, and the gate is closed: observers are called, or the value is measured. */
  #noteHit(slot: Slot, key: K): void {
    this.#note("hit", key);
    if (this.settings.remeasure === "onGet") this.#remeasure(slot);
  }

  /** Queues an event for the observers. */
  #note(event: CacheEvent, key: K, value?: V): void {
    this.events?.push(canonicalKey(key), value as V, event as RemovalCause, null);
  }

  /**
   * The slots of live entries in an order. Reads the clock. The caller changes nothing in the loop.
   */
  *live(order: typeof hottestFirst): IterableIterator<Slot> {
    this.expiry?.read();
    for (const slot of order(this.policy)) if (!this.expiry?.isAbsent(slot)) yield slot;
  }

  /**
   * A copy of the keys, so that the caller may move, delete and add entries in a loop over them.
   */
  keysNow(): K[] {
    return Array.from(hottestFirst(this.policy), (slot) => this.key(slot));
  }

  // Writes

  /** `isOwn` says that the cache itself gives the options. `stored` is the entry of a snapshot. */
  write(
    key: K,
    value: V,
    options: WriteOptions | SetOptions | undefined,
    isOwn?: boolean,
    stored?: SnapshotEntry<K, V>,
  ): void {
    if (!this.#hasTrivialWrites || options !== undefined) {
      this.#writeWithCare(canonicalKey(key), value, options, isOwn, stored);
      return;
    }
    this.prefetchVictim();
    const slot = this.find(key);
    if (slot !== 0) this.update(slot, key, value, 1);
    else if (this.canRecycle) this.recycle(key, value);
    else this.#insertInTime(key, value, 1);
  }

  /** A write with all its rules. User code runs before anything changes. */
  #writeWithCare(
    key: K,
    given: V,
    choices: WriteOptions | SetOptions | undefined,
    isOwn: boolean | undefined,
    stored: SnapshotEntry<K, V> | undefined,
  ): void {
    this.refuseDisposed("set entry");
    const options = choices === undefined ? undefined : readSetOptions(choices, isOwn);
    if (this.bytes?.isTooLong(key)) {
      // The key is not looked up, because that would read all of it.
      this.loads?.fence(key, "replaced");
      this.disposal?.take(key, given);
      this.#reject(0, key, given, "evicted");
      return;
    }
    const tags = options && this.#tagsFor(key, options);
    const charge = this.bytes?.measure(key, given, tagBytes(tags, this.tags));
    const value = charge === undefined ? given : charge.value;
    const weight = this.#weightFor(key, value, options, charge);
    if (this.settings.frozen === true) freeze(value);
    const hasOwnTime = (options?.refreshAfter ?? stored?.expiresAt) !== undefined;
    if (hasOwnTime || (options?.ttl ?? 0) > 0) this.#beginTime();
    const isInTime = this.#prepareTime(key, value, options, stored);
    this.refuseDisposed("set entry");
    this.loads?.fence(key, "replaced");
    const slot = this.#findForWrite(key);
    this.disposal?.take(key, value);
    const isTooLarge = charge !== undefined && charge.total > this.bytes!.maxEntry;
    if (isTooLarge || weight > this.#heaviest) this.#reject(slot, key, value, "evicted");
    else if (!isInTime) this.#reject(slot, key, value, "expired");
    else {
      if (slot === 0 && this.events !== undefined) this.#note("inserted", key, value);
      this.#store(slot, key, value, weight, charge);
      if ((this.tags ?? tags?.[0]) !== undefined) this.#tag(key, tags);
      if (charge !== undefined) {
        this.#warnIfOpaque(key);
        this.bytes!.wakeInTime();
      }
    }
  }

  /**
   * The tags of an entry that is written. An entry that keeps its deadline keeps its tags unless
   * others are given.
   */
  #tagsFor(key: K, { tags, keepTtl }: WriteOptions): readonly string[] | undefined {
    if (keepTtl !== true || this.tags === undefined) return tags;
    return tags ?? this.tags.tagsOf(this.findLive(key));
  }

  /** The weight of an entry that is written. Calls `weigh`. */
  #weightFor(
    key: K,
    value: V,
    options: SetOptions | undefined,
    charge: Charge<K, V> | undefined,
  ): number {
    let weight = options?.weight;
    if (weight === undefined) {
      if (!this.#isWeighed && charge !== undefined) return charge.total;
      if (this.settings.weigh === undefined) return 1;
      weight = this.settings.weigh(value, key);
    } else if (!this.#isWeighed) {
      refuse("set entry", "weight is given to a cache without one", "a cache with maxWeight");
    }
    checkAmount("set entry", "weight", weight);
    return weight;
  }

  /**
   * Prepares the deadline of an entry, and removes expired entries. Returns whether the entry is
   * live.
   */
  #prepareTime(
    key: K,
    value: V,
    options: WriteOptions | undefined,
    stored: SnapshotEntry<K, V> | undefined,
  ): boolean {
    const { expiry } = this;
    if (expiry === undefined) return (options?.ttl ?? 1) > 0;
    const kept = options?.keepTtl === true ? this.findLive(key) : 0;
    const isInTime =
      kept !== 0
        ? expiry.keep(kept)
        : stored !== undefined && hasStoredTimes(stored)
          ? expiry.restore(stored, value)
          : expiry.prepare(expiry.lifetimeOf(value, key, options?.ttl));
    expiry.refreshFrom(options?.refreshAfter);
    this.#sweep();
    return isInTime;
  }

  /** The slot of a key, or 0. Removes its entry if that is over. */
  #findForWrite(key: K): Slot {
    this.prefetchVictim();
    const slot = this.find(key);
    if (slot === 0 || this.expiry === undefined || !this.expiry.isOver(slot)) return slot;
    this.#expire(slot);
    return this.find(key);
  }

  /** Stores an entry that the bounds admit. */
  #store(slot: Slot, key: K, value: V, weight: number, charge: Charge<K, V> | undefined): void {
    if (charge !== undefined) this.#storeCharged(slot, charge, weight);
    else if (slot !== 0) this.#updateInTime(slot, key, value, weight);
    else if (this.#mayRecycle()) this.#recycleInTime(key, value);
    else this.#insertInTime(key, value, weight);
  }

  /** Stores an entry, then charges its bytes. */
  #storeCharged(slot: Slot, charge: Charge<K, V>, weight: number): void {
    const { key, value } = charge;
    if (slot !== 0) this.#updateInTime(slot, key, value, weight);
    else {
      if (this.isFull) this.bytes!.widen();
      this.#insertInTime(key, value, weight);
    }
    const stored = this.find(key);
    if (stored === 0) return;
    this.bytes!.start(stored, charge);
    this.#keepBounds(stored);
  }

  #mayRecycle(): boolean {
    if (!this.canRecycle) return false;
    // Not if the victim may fence a load, or if an expired entry goes first.
    if ((this.weights ?? this.loads ?? this.tags) !== undefined) return false;
    return this.expiry === undefined || (this.expiry.staleCount === 0 && !this.expiry.isDue);
  }

  /** `insert`, after which the time of the entry starts and the bounds are kept. */
  #insertInTime(key: K, value: V, weight: number): void {
    const slot = this.insert(key, value, weight);
    if (this.expiry !== undefined) this.expiry.start(slot);
    if (this.size > this.max || this.weight > this.maxWeight) this.#keepBounds(slot);
  }

  /** `recycle`, after which the time of the entry starts. */
  #recycleInTime(key: K, value: V): void {
    const slot = this.recycle(key, value);
    if (this.expiry !== undefined) this.expiry.start(slot);
  }

  /**
   * `update`, with which the time of the entry starts again, and after which the bounds are kept.
   */
  #updateInTime(slot: Slot, key: K, value: V, weight: number): void {
    if (Object.is(this.value(slot), value)) this.disposal?.untake(value);
    if (this.expiry !== undefined) this.expiry.start(slot);
    this.update(slot, key, value, weight);
    if (this.weight > this.maxWeight) this.#keepBounds(slot);
  }

  /** Reports an entry that is not stored. The entry under its key leaves. */
  #reject(slot: Slot, key: K, value: V, cause: "evicted" | "expired"): void {
    if (slot !== 0) {
      const isSame = Object.is(this.value(slot), value);
      this.take(slot, isSame ? undefined : "replaced");
      this.shrinkIfSparse();
    }
    if (cause === "expired") this.stats.expirations++;
    else {
      this.stats.rejections++;
      this.#note("rejected", key, value);
    }
    this.removals?.push(key, value, cause);
  }

  /** Gives tags to the entry that was written under a key, if the entry was stored. */
  #tag(key: K, tags: readonly string[] = []): void {
    const slot = this.find(key);
    if (slot === 0) return;
    if (this.tags === undefined) {
      this.tags = new TagIndex();
      this.columns.push(this.tags);
      this.#hasTrivialWrites = false;
    }
    this.tags.start(slot, tags);
  }

  // Removals

  override erase(slot: Slot, cause: RemovalCause | undefined): void {
    this.loads?.fence(this.key(slot), cause ?? "replaced");
    if (cause === undefined) this.disposal?.untake(this.value(slot));
    if (this.expiry !== undefined) this.expiry.forget(slot);
    if (this.bytes !== undefined) this.bytes.forget(slot);
    if (this.tags !== undefined) this.tags.forget(slot);
    super.erase(slot, cause);
  }

  /** Evicts until the bounds hold. `newcomer` is the slot just written, or 0. */
  #keepBounds(newcomer: Slot): void {
    this.evictDownTo(this.max, this.maxWeight, newcomer, this.bytes?.max);
  }

  /**
   * Evicts entries down to a size, a weight and bytes. `newcomer` is the slot just written, or 0:
   * it is refused at once, or kept as soon as another entry has left for it.
   */
  evictDownTo(size: number, weight: number, given: Slot, bytes: number = Infinity): void {
    let newcomer = given;
    let spared = 0;
    while (this.size > size || this.weight > weight || this.#isOver(bytes)) {
      const wasSpared = spared;
      spared = newcomer;
      if (this.expiry?.sweepOne() || this.evictStale()) continue;
      // Empty columns count as bytes: they go before live entries.
      if (this.bytes !== undefined && this.isSparse) {
        const key = this.key(newcomer);
        super.shrinkIfSparse();
        if (newcomer !== 0) newcomer = this.find(key);
        spared &&= newcomer;
        continue;
      }
      // If it is alone, it may still take too many bytes, because its columns count too.
      const chosen = this.choose(newcomer, this.size > 1 ? wasSpared : 0);
      if (chosen === newcomer) this.#note("rejected", this.key(chosen), this.value(chosen));
      this.erase(chosen, "evicted");
    }
    // If nothing had to leave for a newcomer, there is no memory to give back.
    if (spared === newcomer) this.shrinkIfSparse();
  }

  #isOver(bytes: number): boolean {
    return this.bytes !== undefined && this.size > 0 && this.bytes.total > bytes;
  }

  /** Evicts a stale entry, which goes before live ones. Returns whether there was one. */
  evictStale(): boolean {
    const slot = this.expiry?.oldestStale ?? 0;
    if (slot !== 0) this.#evictSlot(slot);
    return slot !== 0;
  }

  /** Evicts an entry that the policy did not choose. */
  #evictSlot(slot: Slot): void {
    this.countEviction(slot);
    this.take(slot, "evicted");
  }

  /** Deletes the entry of a key. Returns whether there was a live one. */
  deleteKey(key: K): boolean {
    this.loads?.fence(key, "deleted");
    this.expireDue(this.expiry?.slotsOfCall);
    const slot = this.find(key);
    const isLive = slot !== 0 && !this.expiry?.isAbsent(slot);
    if (slot !== 0) this.deleteSlot(slot);
    this.shrinkIfSparse();
    return isLive;
  }

  /** Deletes an entry, or expires it if it is over. Returns whether it was deleted. */
  deleteSlot(slot: Slot): boolean {
    if (this.expiry?.isOver(slot)) {
      this.#expire(slot);
      return false;
    }
    if (this.disposal === undefined) this.take(slot, "deleted");
    else this.disposal.takeBack(() => this.take(slot, "deleted"));
    return true;
  }

  /** Deletes all entries, and calls the listeners. */
  deleteAll(): void {
    this.loads?.fenceAll();
    if (this.disposal === undefined) this.eraseAll();
    else this.disposal.takeBack(() => this.eraseAll());
    this.afterChange();
  }

  /** Not in the middle of a sweep, because that would move all entries that are still to leave. */
  override shrinkIfSparse(): void {
    if (!this.expiry?.isUnfinished) super.shrinkIfSparse();
  }

  /** The table is consistent: sets the timer, and calls the listeners. */
  override afterChange(): void {
    this.expiry?.wakeInTime();
    this.removals?.flush();
  }

  /** `afterChange` for a call that has only read, and that must not throw what observers throw. */
  afterReads(): void {
    try {
      if (this.gate === closedGate) this.afterChange();
    } catch (error) {
      reportError(error, this.settings.onError);
    }
  }

  // Time

  /** From now on entries can expire. Calls the clock. */
  #beginTime(): void {
    if (this.expiry !== undefined) return;
    const now = this.settings.clock.now();
    this.#hasTrivialWrites = false;
    // The clock may have done anything.
    if (this.expiry !== undefined) return;
    const expire = (slot: Slot): void => this.#expire(slot);
    this.expiry = new Expiry(this.settings, this, now, expire, this, wake);
    this.gate ??= this.expiry;
    this.columns.push(this.expiry);
    this.fitColumns();
  }

  /**
   * Reads the clock, and removes expired entries: all, or as many as go in a few ms. Returns how
   * many.
   */
  expireDue(slots: number = Infinity): number {
    if (this.expiry === undefined) return 0;
    this.expiry.read();
    return this.#sweep(slots);
  }

  /** Removes as many expired entries as go in a few ms, and calls the listeners. */
  expireSome(): void {
    this.expireDue(MANY_SLOTS);
    this.afterChange();
  }

  /** `expireSome` for code that does not run in a call of the program, or must not throw. */
  expireQuietly(): void {
    try {
      this.expireSome();
    } catch (error) {
      reportError(error, this.settings.onError);
    }
  }

  /** Expired entries that do not go at once follow in a macrotask of their own. */
  #sweep(slots?: number): number {
    const expiry = this.expiry!;
    if (!expiry.isDue) return 0;
    const before = this.size;
    if (expiry.sweep(slots)) {
      if (slots === Infinity || this.size < MOST_TO_MOVE) super.shrinkIfSparse();
      else if (this.isSparse && (this.size < MOST_TO_MOVE_LATER || expiry.isCalm)) {
        laterWith(this, shrinkLater);
      }
    } else if (!expiry.isContinued) {
      expiry.isContinued = true;
      laterWith(this, continueSweep);
    }
    return before - this.size;
  }

  #expire(slot: Slot): void {
    this.stats.expirations++;
    this.take(slot, "expired");
  }

  /** Goes on with the round in which all entries are measured again, for a slice of time. */
  static #remeasureSome(this: void, table: CacheTable<unknown, unknown>): void {
    const bytes = table.bytes!;
    bytes.timer!.fired();
    const end = hostClock.now() + LONGEST_SLICE;
    do {
      const slot = bytes.next || FIRST_SLOT;
      bytes.next = slot + 1;
      if (table.isLive(slot)) table.#remeasure(slot);
    } while (bytes.next < table.end && hostClock.now() < end);
    if (bytes.next >= table.end) bytes.next = 0;
    bytes.wakeInTime();
    table.expireQuietly();
  }

  // Bytes

  /**
   * Measures an entry again, and updates its charge and weight. Evicts it if it is too large now.
   */
  #remeasure(found: Slot): void {
    const bytes = this.bytes!;
    const [key, value] = this.entry(found);
    if (!isObject(value)) return;
    try {
      const charge = bytes.measure(key, value, tagBytes(this.tags?.tagsOf(found), this.tags), true);
      // The program may have done anything.
      const slot = this.find(key);
      if (slot === 0 || !Object.is(this.value(slot), value)) return;
      if (charge.total > bytes.maxEntry) this.#evictSlot(slot);
      else {
        bytes.start(slot, charge);
        // The expiry keeps the sum of the weights of stale entries.
        if (!this.#isWeighed && !this.expiry?.isAbsent(slot)) {
          const weight = this.weightOf(slot);
          this.weights![slot] = charge.total;
          this.weight += charge.total - weight;
          this.policy.reweigh?.(slot, weight);
        }
      }
      this.#keepBounds(0);
      this.#warnIfOpaque(key);
    } catch (error) {
      reportError(error, this.settings.onError);
    }
  }

  /** Reports the first entry that was measured and has no upper bound of its size. */
  #warnIfOpaque(key: K): void {
    const { settings } = this;
    if (!settings.warnOpaque || this.bytes!.opaque === 0) return;
    settings.warnOpaque = false;
    reportError(new OpaqueEntryError(key), settings.onError);
  }

  // Leases and loads

  /**
   * From now on the cache owns its values and disposes of them. `objects` are the holds of values
   * that the cache holds weakly.
   */
  beginDisposal(objects?: ObjectHolds<K, V>): Disposal<K, V> {
    const removals = (this.removals ??= new RemovalQueue<K, V>([]));
    if (removals.disposal !== undefined) return removals.disposal;
    const disposal = (removals.disposal = new Disposal(this.settings, objects));
    this.#hasTrivialWrites = false;
    for (const slot of hottestFirst(this.policy)) disposal.take(this.key(slot), this.value(slot));
    this.loads?.lend();
    return disposal;
  }

  /** Creates the loads of the cache, which store in this table or in another host. */
  createLoading(host: LoadingHost<K, V> = this): Loading<K, V> {
    // From now on a write may fence a load.
    this.#hasTrivialWrites = false;
    const loading = new Loading<K, V>(this.settings, host);
    if (this.isDisposed) loading.dispose();
    return loading;
  }

  expireKeys(keys: readonly K[]): void {
    for (const key of keys) this.#findForWrite(key);
    this.afterChange();
  }

  removeGone(key: K): void {
    const slot = this.find(key);
    if (slot !== 0) this.take(slot, "deleted");
    this.shrinkIfSparse();
  }

  discard(key: K, value: V, cause: RemovalCause): void {
    this.disposal?.take(key, value);
    this.removals!.push(key, value, cause);
  }
}

// Timers hold a table weakly, and call these functions with it.

function wake(table: CacheTable<unknown, unknown>): void {
  table.expiry!.timer!.fired();
  table.expireQuietly();
}

function continueSweep(table: CacheTable<unknown, unknown>): void {
  table.expiry!.isContinued = false;
  table.expireQuietly();
}

function shrinkLater(table: CacheTable<unknown, unknown>): void {
  table.shrinkIfSparse();
}
