// Longer than 600 lines because operations of one class share fields that nobody else may see.
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

/** A value on its way from the tail to the front, which may refuse it: its `WeakRef` is good for another demotion. */
interface Revival<K, V> {
  readonly key: K;
  readonly value: V;
  readonly ref: WeakRef<WeakKey>;
  /** Whether the program has written or deleted the key since, while the value was asked for its size. */
  isOvertaken: boolean;
}

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
  /** All that is held strongly. Off if `strong.max` is 0. */
  readonly #front: Front<K, V>;
  readonly #tell: RemovalQueue<K, V>["push"];
  readonly #flush: RemovalQueue<K, V>["flush"];
  /** Of values that are disposed of: who holds them, the tail too. */
  readonly #holds: WeakHolds<K, V> | undefined;
  readonly #disposal: Disposal<K, V> | undefined;
  /** The front once more, unless it is off, or an entry in it may have expired. */
  #timeless: Front<K, V> | undefined;
  /** The keys of all entries, until they expire, wherever they are. Undefined until an entry is to expire. */
  #times: Times<K> | undefined;
  /** That of the program, if entries may expire. */
  #clock: Clock | undefined;
  /** What it told last, ms. */
  #time = 0;
  /** Whether that is the time, because entries have changed already: to read the clock may throw. */
  #isSteady = false;
  /** Keys whose times are over with their entries. */
  #gone: K[] = [];
  readonly #tail: TailTable<K> = new TailTable();
  readonly #sweep: Sweep;
  readonly #residence: Residence<K> | undefined;
  readonly #guard: HeapGuard | undefined;
  readonly #reports: CollectReports<K> | undefined;
  readonly #options: Pick<WeakCacheOptions<K, V>, "clock" | "onError">;
  /** Undefined until something is loaded. */
  #loading: Loading<K, V> | undefined;
  /** Undefined until there is a pin. */
  #pins: Map<K, Pinned<V>> | undefined;
  readonly #listener: CollectionListener;
  #unwatch: (() => void) | undefined;
  #stats = new WeakStatsCounter();
  /** The value that is on its way from the tail to the front now. */
  #reviving: Revival<K, V> | undefined;
  /** All that are, the last within the sizing of the one before. */
  readonly #revivals: Revival<K, V>[] = [];
  /** Why what is deleted from the front leaves the cache; undefined if it does not. */
  #cause: RemovalCause | undefined = "deleted";
  #isDisposed = false;

  /** Throws a TypeError or RangeError for an unknown option or a bad value. */
  constructor(options: WeakCacheOptions<K, V> = {}) {
    super();
    checkHost("create cache");
    const { strong, gauge, minResidence, ttl, onCollect, ...rest } = readWeakCacheOptions(options);
    const { onError, clock } = rest;
    this.#options = { clock, onError };
    this.#listener = { onCollection: () => this.#onCollection(), onError };
    const front = createFront<K, V>({ onRemoval: ignore, ...rest, ...strong });
    this.#front = front;
    this.#timeless = strong.max === 0 ? undefined : front;
    const queue = front.table.removals;
    const isTold = (rest.onRemoval ?? queue.disposal) !== undefined;
    const tell = (this.#tell = isTold ? queue.push.bind(queue) : ignore);
    this.#flush = isTold ? queue.flush.bind(queue) : ignore;
    // Nobody is told of anything before front and tail have changed together.
    queue.flush = ignore;
    // Between two steps of the front, so that nobody finds a victim in neither of both places.
    queue.push = (key, value, cause, hold) => {
      // What was written while a value on its way back was asked for its size is the newer one.
      if (cause === "replaced" && this.#reviving !== undefined) cause = "evicted";
      if (cause === "evicted" && this.#demote(key, value)) return;
      if (cause !== "deleted") tell(key, value, cause, hold);
      else if (this.#cause !== undefined) this.#leave(key, value, this.#cause);
      else queue.disposal?.untake(value);
    };
    if (queue.disposal !== undefined) {
      queue.disposal = undefined;
      this.#disposal = front.table.beginDisposal((this.#holds = new WeakMap()));
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
        if (tail.isUsed(slot) && tail.value(slot) === undefined) this.#bury(slot);
      },
      settle: () => this.#settle(),
      now: () => (clock === undefined ? hostNow() : clock.now()),
      onError,
    });
    if (gauge !== undefined || minResidence?.epochs !== undefined) this.#watch();
  }

  /** Entries, an upper bound: dead ones count until they are swept. O(1). */
  get size(): number {
    // It lets go of what has expired.
    void this.#times?.size;
    return this.#front.size + this.#tail.size;
  }

  /** Entries whose values are alive, exactly. O(n); what it finds lives to the end of the job. */
  liveSize(): number {
    this.#times?.expireNow();
    let live = this.#front.size;
    const tail = this.#tail;
    for (const slot of tail.slots()) if (tail.value(slot) !== undefined) live++;
    return live;
  }

  /** The value of a key, or undefined. A use of the entry, which is in the front from then on; counted as hit or miss. */
  override get(key: K): V | undefined {
    const value = this.#timeless?.get(key);
    return value === undefined ? this.#getWithCare(key) : value;
  }

  /** The value of a key, or undefined. No use of the entry, and not counted. */
  peek(key: K): V | undefined {
    if (this.#isOver(key)) return undefined;
    const value = this.#front.peek(key);
    return value === undefined ? this.#peekBehind(key) : value;
  }

  /** Whether the key is there with a value that is alive, and is so to the end of the job. No use of the entry, and not counted. */
  override has(key: K): boolean {
    if (this.#isOver(key)) return false;
    return this.#front.has(key) || this.#peekBehind(key) !== undefined;
  }

  /**
   * Stores a value under a key; what is there is replaced. `ttl`, ms, is how long this entry lives
   * instead of the cache's `ttl`. Throws a TypeError for a value that can't be held weakly if
   * `strong.max` is 0, and for a bad option; a RangeError for a `ttl` that is not above 0.
   *
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

  /** Deletes an entry. Returns whether it was there, with a value that was alive. */
  delete(key: K): boolean {
    const isOver = this.#isOver(key);
    this.#loading?.fence(key, "deleted");
    const isRemoved = this.#remove(key, isOver ? "expired" : "deleted");
    this.#finish();
    return isRemoved && !isOver;
  }

  /** Deletes all entries, and gives back the memory held for them. */
  clear(): void {
    this.#times?.expireNow();
    this.#deleteAll();
  }

  /**
   * The value of a key, which is loaded if there is none that is alive: once, for all who ask meanwhile.
   * `load` is called instead of the option of that name. A write or a deletion of the key during the
   * load keeps its result out of the cache, not from those who wait. Counted as `get`. Rejects with what
   * the loader throws, with the reason of the signal, with a `LoadCycleError` for a loader that asks for
   * its own key, or with a `CacheDisposedError`; with a TypeError for a value that can't be held weakly
   * if `strong.max` is 0.
   *
   * ```ts
   * import { WeakCache } from "@heapwise/weak";
   *
   * const users = new WeakCache<string, { name: string }>({ load: (name) => ({ name }) });
   * (await users.getOrLoad("ada")).name; // => "ada"
   * ```
   */
  getOrLoad(key: K, load?: WeakLoader<K, V>, options?: LoadOptions): Promise<V> {
    this.#loading ??= this.#front.table.createLoading(this.#loadingHost());
    return this.#loading.getOrLoad(key, load, options);
  }

  /**
   * Holds the value of a key strongly until the pin is released, or the entry leaves: by `delete` or
   * `clear`, by a `set` of another value, or because it expires. Undefined if there is no value that is
   * alive. Pins of one key add up, and do not count against `strong`. No use of the entry, and not counted.
   *
   * ```ts
   * import { WeakCache } from "@heapwise/weak";
   *
   * const documents = new WeakCache<string, object>();
   * const pin = documents.set("a.txt", {}).pin("a.txt");
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
   * Live entries: those of the front from the hottest to the coldest, then the others. Each is looked
   * up when its turn comes, and lives from then to the end of the job. The loop may change the cache.
   */
  override *entries(): IterableIterator<[K, V]> {
    // A copy of the keys: the loop body may move, delete and add entries at will.
    const keys = this.#keys();
    for (const key of keys) {
      const value = this.peek(key);
      if (value !== undefined || this.has(key)) yield [key, value as V];
    }
  }

  /** Counts since the cache was made or `resetStats` was called, and gauges of now. */
  stats(): WeakCacheStats {
    // It lets go of what has expired, and throws nothing.
    this.#times?.stats();
    const inFlight = this.#loading?.inFlight ?? 0;
    return this.#stats.snapshot(this.#front.stats(), inFlight, this.#pins?.size ?? 0);
  }

  /** Starts all counts from 0. */
  resetStats(): void {
    this.#stats = new WeakStatsCounter();
    this.#front.resetStats();
  }

  /** Clears the cache, and calls `onCollect` no more. It stays readable and empty; later writes throw a CacheDisposedError. */
  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#unwatch?.();
    this.#loading?.dispose();
    try {
      this.#times?.expireNow();
    } finally {
      // Also if the clock throws: who disposes of a cache does not try again.
      this.#deleteAll();
    }
  }

  get [Symbol.toStringTag](): string {
    return "WeakCache";
  }

  protected override refuseWrite(): void {
    if (this.#isDisposed) throw new CacheDisposedError("set entry");
  }

  /** `get` of a key for which the front may have no value, or one whose time is over. */
  #getWithCare(key: K): V | undefined {
    if (this.#timeless === undefined) {
      if (this.#isOver(key) && this.#remove(key, "expired")) this.#finish();
      if (this.#front.max === 0) this.#stats.reads++;
      else {
        const value = this.#front.get(key);
        if (value !== undefined) return value;
      }
    }
    const slot = this.#tail.find(key);
    return slot === 0 ? undefined : this.#getBehind(key, slot);
  }

  #getBehind(key: K, slot: TailSlot): V | undefined {
    const ref = this.#tail.ref(slot);
    const value = ref.deref() as V | undefined;
    if (value === undefined) this.#bury(slot);
    else {
      this.#stats.revivals++;
      if (this.#front.max === 0 || this.#guard?.isTripped === true) return value;
      this.#guard?.beforeWrite();
      try {
        this.#write(key, value, ref);
      } catch (error) {
        // It stays where it is.
        if (this.#options.onError !== undefined) reportError(error, this.#options.onError);
      }
    }
    this.#finish();
    return value;
  }

  #peekBehind(key: K): V | undefined {
    const slot = this.#tail.find(key);
    return slot === 0 ? undefined : (this.#tail.value(slot) as V | undefined);
  }

  #keys(): K[] {
    return [...this.#front.keys(), ...this.#tail.keys()];
  }

  #isStored(key: K): boolean {
    return this.#front.has(key) || this.#tail.find(key) !== 0;
  }

  /** Whether the time of a key's entry is over. Reads the clock, which may do anything. */
  #isOver(key: K): boolean {
    return this.#times?.has(key) === false;
  }

  /** From now on entries may expire. Those that are there already stay. */
  #beginTime(ttl = Infinity): void {
    const { clock, onError } = this.#options;
    const checked = clock && checkedClock(clock, onError);
    const own = checked && {
      ...checked,
      now: () => (this.#isSteady ? this.#time : (this.#time = checked.now())),
    };
    // It may throw, and it may begin by itself.
    void own?.now();
    if (this.#times !== undefined) return;
    this.#clock = own;
    this.#timeless = undefined;
    this.#steadily(() => {
      this.#times = createTimes<K>({ clock: own, onError, ttl }, (key) => {
        // A write of the key comes before its removal is told.
        if (!this.#steadily(() => this.#isOver(key))) return;
        this.#remove(key, "expired");
        this.#finish();
      });
      for (const key of this.#keys()) this.#times.set(key, true);
    });
  }

  /** What `set` does, but for its listeners. A `ttl` of 0 or less is that of a loaded value which is not to be stored. */
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
    const isOver = this.#isOver(key);
    this.refuseWrite();
    if (isOver) this.#remove(key, "expired");
    if (ttl !== undefined && ttl <= 0) {
      this.#stats.expirations++;
      this.#refuse(key, value, "expired");
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
    this.#steadily(() => this.#times?.set(key, true, options));
  }

  /** A step of an operation that has changed entries already: it does not read the program's clock. */
  #steadily<Result>(step: () => Result): Result {
    const outer = this.#isSteady;
    this.#isSteady = true;
    try {
      return step();
    } finally {
      this.#isSteady = outer;
    }
  }

  /** The whole cache as its loads see it. */
  #loadingHost(): LoadingHost<K, V> {
    /** What was looked at last, until it is asked for. */
    let found: V | undefined;
    const find = (key: K): 0 | 1 => {
      return this.#steadily(() => {
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
      stats: this.#front.table.stats,
      disposal: this.#disposal,
      find,
      findKept: find,
      value,
      use: (key) => {
        const used = this.get(key);
        const isThere = used !== undefined || this.#steadily(() => this.has(key));
        return isThere ? { value: used as V, isDue: false } : undefined;
      },
      write: (key, loaded, { ttl } = {}) => {
        if (ttl !== undefined && !(ttl <= 0)) checkDuration("load entry", "ttl", ttl);
        this.#store(key, loaded, ttl);
      },
      discard: (key, loaded, cause) => this.#refuse(key, loaded, cause),
      afterChange: () => this.#finish(),
    };
  }

  /** Puts a value into the front, or behind it. `ref` is the one that holds it behind the front now. */
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
      this.#deleteAhead(key, undefined);
    } else if (slot !== 0 && front.has(key)) this.#overwrite(slot, value);
  }

  /** A key was written, or deleted: perhaps while its value was asked for its size on its way back. */
  #overtake(key: K, value: V | undefined): void {
    for (const revival of this.#revivals) {
      if (Object.is(revival.key, canonicalKey(key))) revival.isOvertaken = revival.value !== value;
    }
  }

  /** An entry leaves the front, or was refused by it. Returns whether no more is to be told of it. */
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
      // Refused on its way back, or already there: it is where it was.
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
        // Whoever has it in hand disposes of it no more, and a later entry has another hold.
        hold.isDisposed = hold.isReported = true;
        this.#holds!.delete(value);
      }
      this.#tell(key, value, "evicted", null);
      return true;
    }
    tail.add(key, ref ?? new host.WeakRef(value as WeakKey));
    this.#stats.demotions++;
    this.#guard?.onDemotion();
    if (this.#unwatch === undefined) this.#watch();
    return true;
  }

  /** A value is written over the one behind the front, and is somewhere else. */
  #overwrite(slot: TailSlot, value: V): void {
    const tail = this.#tail;
    const key = tail.key(slot);
    const old = tail.value(slot) as V | undefined;
    if (old === undefined) {
      this.#bury(slot);
      return;
    }
    tail.remove(slot);
    if (Object.is(old, value)) this.#disposal?.untake(value);
    else this.#tell(key, old, "replaced");
  }

  /** Deletes an entry of the front. `cause` is why it leaves the cache, or undefined if it does not. */
  #deleteAhead(key: K, cause: RemovalCause | undefined): boolean {
    this.#cause = cause;
    const isDeleted = this.#front.delete(key);
    this.#cause = "deleted";
    return isDeleted;
  }

  /** Takes the entry of a key out, and tells why. Returns whether there was one, with a value that was alive. */
  #remove(key: K, cause: RemovalCause): boolean {
    this.#overtake(key, undefined);
    this.#residence?.drop(key);
    const tail = this.#tail;
    const slot = tail.find(key);
    let isLive = slot === 0 && this.#deleteAhead(key, cause);
    if (slot !== 0) {
      const value = tail.value(slot) as V | undefined;
      isLive = value !== undefined;
      if (!isLive) this.#bury(slot);
      else {
        tail.remove(slot);
        this.#leave(canonicalKey(key), value as V, cause);
      }
    }
    if (isLive) {
      if (cause === "expired") this.#stats.expirations++;
      this.#forget(key);
    }
    return isLive;
  }

  /** An entry has left. What the program itself has deleted is disposed of though it was handed out a moment ago. */
  #leave(key: K, value: V, cause: RemovalCause): void {
    const hold = this.#disposal?.depart(key, value);
    if (hold !== undefined) hold.isTakenBack = cause === "deleted";
    this.#tell(key, value, cause, hold);
  }

  /** A value was made and is not stored. */
  #refuse(key: K, value: V, cause: RemovalCause): void {
    this.#disposal?.take(key, value);
    this.#tell(key, value, cause);
  }

  #deleteAll(): void {
    for (const revival of this.#revivals) revival.isOvertaken = true;
    this.#loading?.fenceAll();
    const tail = this.#tail;
    for (const slot of tail.slots()) {
      const value = tail.value(slot) as V | undefined;
      if (value === undefined) this.#bury(slot);
      else this.#leave(tail.key(slot), value, "deleted");
    }
    tail.clear();
    this.#sweep.stop();
    this.#residence?.clear();
    for (const key of this.#pins?.keys() ?? []) this.#endPins(key);
    this.#steadily(() => this.#times?.clear());
    if (this.#isDisposed) this.#front[Symbol.dispose]();
    else this.#front.clear();
    this.#finish();
  }

  /** The last pin of a key is released: what cannot be held weakly leaves, if it is behind the front. */
  #unpin(key: K): void {
    const slot = this.#tail.find(key);
    const pinned: unknown = this.#pins!.get(key);
    const value = this.#endPins(key)!;
    if (slot === 0 || this.#tail.ref(slot) !== pinned) return;
    this.#tail.remove(slot);
    this.#stats.evictions++;
    this.#forget(key);
    this.#tell(canonicalKey(key), value, "evicted");
    this.#finish();
  }

  /** The pins of a key hold nothing any more. Returns what they held. */
  #endPins(key: K): V | undefined {
    const pinned = this.#pins?.get(key);
    if (pinned === undefined) return undefined;
    const { value } = pinned;
    pinned.value = undefined;
    this.#pins!.delete(key);
    return value;
  }

  /** An entry has left: its pins and its time are over. */
  #forget(key: K): void {
    this.#endPins(key);
    if (this.#times !== undefined) this.#gone.push(key);
  }

  /** Removes the entry of a slot whose value is dead. */
  #bury(slot: TailSlot): void {
    const key = this.#tail.key(slot);
    this.#stats.collections++;
    this.#reports?.push(key);
    this.#tail.remove(slot);
    this.#forget(key);
  }

  /** Halves what is held strongly. */
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

  /** The cache is consistent: goes on with a sweep, and runs the listeners. */
  #finish(): void {
    if (this.#guard?.isTripped !== true) this.#sweep.onWrite();
    if (this.#settle()) this.#sweep.restart();
    this.#flush();
  }

  /** Ends a slice of a sweep. Returns whether slots have changed. */
  #settle(): boolean {
    if (this.#gone.length > 0) {
      while (this.#gone.length > 0) {
        const key = this.#gone.pop()!;
        if (!this.#isStored(key)) this.#steadily(() => this.#times!.delete(key));
      }
      // An array that was long keeps its room.
      this.#gone = [];
    }
    return this.#tail.giveBack();
  }
}

function ignore(): void {}
