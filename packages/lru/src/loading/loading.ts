import type { WriteOptions } from "../cache/options.ts";
import { CacheDisposedError, LoadCycleError, LoadTimeoutError } from "../checks/errors.ts";
import { isThenable } from "../checks/is-thenable.ts";
import { checkFunction, readOptions, refuse, type Checks } from "../checks/read-options.ts";
import { reportError } from "../checks/report-error.ts";
import { outside } from "../host/outside.ts";
import type { LoadReport } from "../observation/cache-observer.ts";
import type { CacheLease } from "../removal/hold.ts";
import { CAUSES, type RemovalCause } from "../removal/removal-queue.ts";
import { canonicalKey } from "../table/canonical-key.ts";
import { readTags } from "../tags/read-tags.ts";
import { checkSignal } from "./abort-signal.ts";
import { Answers } from "./answers.ts";
import { Batches } from "./batches.ts";
import { gather, type KeyLoads } from "./bulk-calls.ts";
import { Caller } from "./caller.ts";
import { Deadline } from "./deadline.ts";
import { entriesMade, entriesOf } from "./entries-of.ts";
import { isFailed } from "./failed.ts";
import { FailureMemory } from "./failure-memory.ts";
import { Flight } from "./flight.ts";
import type { Found } from "./found.ts";
import { Gathering } from "./gathering.ts";
import { Load, type Abandon, type LoadFlight, type Source } from "./load.ts";
import type { BulkLoader, LoadContext, Loader, LoadOptions } from "./loader.ts";
import type { LoadingHost } from "./loading-host.ts";
import type { LoadingSettings } from "./loading-settings.ts";

const CHECKS: Checks = { signal: checkSignal };
const MOST_REFRESHES = 100;
const MOST_DELETED_TAGS = 1000;

/**
 * Loads the values that callers ask for and that the cache does not hold: once for all callers, and
 * only as long as a caller wants the value.
 *
 * The steps of `getOrLoad`: `#readNow` reads the cache. If it has no value, `#joinable` looks for a
 * load of the key that is running. If no load is running, `#createFlight` and `#start` call the
 * loader. When the loader has ended, `#settle` or `#fail` ends the load, and `Answers` stores the
 * value and gives it to the callers.
 *
 * `gather` of bulk-calls.ts serves the calls for several keys. `Batches` has the loads that collect
 * the keys of one turn.
 *
 * - A key that is being loaded has a `Flight`. Each call of a loader is a `Load`, which has one
 *   flight or several. Neither occupies an entry.
 * - A write or a removal of a key fences its flight, which is then no longer found under its key.
 *   The result goes to the callers that wait already, and a later call loads the key again.
 * - A load ends once: by its result, by its failure, by its deadline, if it is no longer wanted, or
 *   with the cache. A value that the loader makes later is disposed of, if the cache owns its
 *   values.
 * - All flights of a load that is over are settled before another call of the cache returns.
 * - In a cache that owns its values, a call that waits for several values has a hold of each, and a
 *   value that was handed out is not disposed of before its callers have run.
 */
export class Loading<K, V> implements KeyLoads<K, V> {
  readonly options: LoadingSettings<K, V>;
  readonly answers: Answers<K, V>;
  isDisposed = false;
  /** The values so far of the calls that wait. */
  readonly gatherings: Set<Gathering<K, V>> = new Set();
  readonly #host: LoadingHost<K, V>;
  /** Whether calls without options may share one promise: observers and timeouts prevent it. */
  readonly #mayShare: boolean;
  readonly #failures = new FailureMemory<K>();
  /** The flights by key, without the fenced flights. */
  readonly #flights = new Map<K, LoadFlight<K, V>>();
  /** The loads whose loader is running synchronously now, the innermost last. */
  readonly #calling: Load<K, V>[] = [];
  /** The loads with fenced flights, and the keys of these flights. */
  readonly #fenced = new Map<Load<K, V>, Set<K>>();
  readonly #batches: Batches<K, V>;
  /** The tags that were deleted most recently, each with its number, in the order of deletion. */
  readonly #deletedTags = new Map<string, number>();
  /** The number of the tag that was deleted last. */
  #deletions = 0;
  /** The number of the last tag that is no longer in the map. */
  #forgotten = 0;
  #refreshes = 0;

  constructor(options: LoadingSettings<K, V>, host: LoadingHost<K, V>) {
    this.#host = host;
    this.options = options;
    this.answers = new Answers(options, host, this.#failures);
    this.#batches = new Batches(options);
    this.#mayShare =
      host.events === undefined &&
      options.softTimeout === undefined &&
      options.loadCycles === undefined;
  }

  /** Number of keys that are being loaded. */
  get inFlight(): number {
    return this.#flights.size;
  }

  /** Implements `LRUCache.getOrLoad`. Never throws: errors reject the promise. */
  getOrLoad(key: K, load: Loader<K, V> | undefined, options: LoadOptions | undefined): Promise<V> {
    if (this.#flights.size > 0 && options === undefined && this.#mayShare) {
      const flight = this.#flights.get(key);
      // Many callers at a time: no entry can have been stored, since a write would fence the
      // flight.
      if (flight?.isFirst && this.#calling.length === 0 && isLoaderOrNone(load)) {
        const { stats } = this.#host;
        stats.misses++;
        stats.coalesced++;
        return flight.share();
      }
    }
    try {
      const signal = signalOf(options);
      if (load !== undefined) checkFunction("load entry", "load", load);
      if (signal?.aborted) return Promise.reject(signal.reason);
      const found = this.#readNow(key);
      if (found === undefined) return this.#waitFor(key, this.#sourceOf(load), signal);
      const promise = this.#resolveNow(found);
      if (found.isDue) this.refreshDue([key], this.#sourceOf(load));
      return promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  // A method of its own, so that V8 can inline the path of many callers at a time.
  #waitFor(key: K, source: Source<K, V>, signal: LoadOptions["signal"]): Promise<V> {
    const known = this.#joinable(key);
    if (known !== undefined && !(known instanceof Flight)) return this.#resolveNow(known);
    const flight = this.join(known ?? this.#createFlight(key, source, false));
    const canLeave = signal !== undefined || this.options.softTimeout !== undefined;
    const promise = canLeave
      ? this.createCaller([flight], signal, new Gathering()).promise.then(
          (gathering) => gathering.handOut(this.answers.disposal).get(key) as V,
        )
      : flight.share();
    if (known === undefined) this.#start(flight.load);
    return promise;
  }

  #resolveNow({ value }: Found<V>): Promise<V> {
    this.answers.disposal?.handOut(value);
    return Promise.resolve(value);
  }

  /** Implements `LRUCache.getOrLoadMany`. */
  async getOrLoadMany(
    keys: Iterable<K>,
    loadMany: BulkLoader<K, V> | undefined,
    options: LoadOptions | undefined,
  ): Promise<Map<K, V>> {
    const signal = signalOf(options);
    const gathering = await gather(this, keys, this.#bulkSourceOf(loadMany), signal);
    return gathering.handOut(this.answers.disposal);
  }

  /** Implements `LRUCache.acquireOrLoad`. The cache owns its values already. */
  async acquireOrLoad(
    key: K,
    load: Loader<K, V> | undefined,
    options: LoadOptions | undefined,
  ): Promise<CacheLease<V> | undefined> {
    const signal = signalOf(options);
    if (load !== undefined) checkFunction("load entry", "load", load);
    const gathering = await gather(this, [key], this.#sourceOf(load), signal);
    const [lease] = gathering.lend(this.answers.disposal!).values();
    return lease;
  }

  /** Implements `LRUCache.acquireOrLoadMany`. The cache owns its values already. */
  async acquireOrLoadMany(
    keys: Iterable<K>,
    loadMany: BulkLoader<K, V> | undefined,
    options: LoadOptions | undefined,
  ): Promise<Map<K, CacheLease<V>>> {
    const signal = signalOf(options);
    const gathering = await gather(this, keys, this.#bulkSourceOf(loadMany), signal);
    return gathering.lend(this.answers.disposal!);
  }

  /** Implements `LRUCache.refresh`. Never throws: errors reject the promise, and are reported. */
  refresh(key: K): Promise<V> {
    try {
      const source = this.#sourceOf(undefined);
      this.#assertLoadable(key);
      const known = this.#flights.get(key);
      const flight = known ?? this.#createFlight(key, source, false);
      flight.keep();
      const promise = this.join(flight).share();
      // The report runs outside of the async context of the call that began the refresh.
      promise.catch((error) => {
        if (!this.isDisposed) outside(() => this.answers.report(error));
      });
      if (known === undefined) this.#start(flight.load);
      return promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * The loader of a call for one key: its own, or the loader of the cache. Throws if both are
   * missing.
   */
  #sourceOf(load: Loader<K, V> | undefined): Source<K, V> {
    const own = load ?? this.options.load;
    if (own !== undefined) return { isBulk: false, load: own };
    const { loadMany, batch } = this.options;
    if (loadMany !== undefined) return { isBulk: true, load: loadMany, isBatched: batch !== false };
    refuse("load entry", "no loader is given", "a loader or the option load");
  }

  /** The loader of a call for several keys: its own, or a loader of the cache. */
  #bulkSourceOf(loadMany: BulkLoader<K, V> | undefined): Source<K, V> {
    const own = loadMany ?? this.options.loadMany;
    if (own === undefined) return this.#sourceOf(undefined);
    checkFunction("load entries", "loadMany", own);
    return { isBulk: true, load: own, isBatched: false };
  }

  /** The value that a call can use at once: live, or stale within `staleWhileRevalidate`. */
  #readNow(key: K): Found<V> | undefined {
    const { staleWhileRevalidate } = this.options;
    return this.#host.use(key) ?? this.#staleHit(key, staleWhileRevalidate);
  }

  /**
   * The flight that a call for a missing key can join, or undefined. If a failure is remembered,
   * the stale value that stands in for it; throws the failure if there is no such value.
   */
  #joinable(key: K): LoadFlight<K, V> | Found<V> | undefined {
    this.#assertLoadable(key);
    const flight = this.#flights.get(key);
    if (flight !== undefined) {
      this.#host.stats.coalesced++;
      return flight;
    }
    const failure = this.#failures.find(key, this.#now());
    if (failure === undefined) return undefined;
    const stale = this.answers.standIn(key, failure.error);
    if (stale === undefined) throw failure.error;
    this.#host.stats.staleHits++;
    return stale;
  }

  #staleHit(key: K, window: number | undefined): Found<V> | undefined {
    if (window === undefined) return undefined;
    const stale = this.answers.staleFor(key, window, true);
    if (stale !== undefined) this.#host.stats.staleHits++;
    return stale;
  }

  /** What a call can have for a key without another load: a value, or a flight to join. */
  find(key: K): Found<V> | LoadFlight<K, V> | undefined {
    return this.#readNow(key) ?? this.#joinable(key);
  }

  /** Throws if a call cannot wait for a load of a key. */
  #assertLoadable(key: K): void {
    if (this.isDisposed) throw new CacheDisposedError("load entry");
    if (this.#isCalling(key)) throw new LoadCycleError(key);
  }

  /** Notes that the load that asks waits for this flight. Throws if it would wait for itself. */
  join(flight: LoadFlight<K, V>): LoadFlight<K, V> {
    const { loadCycles } = this.options;
    if (loadCycles === undefined) return flight;
    const release = loadCycles.wait(flight.load);
    if (release === undefined) throw new LoadCycleError(flight.key);
    flight.listen({ loaded: release, failed: release });
    return flight;
  }

  #isCalling(key: K): boolean {
    return this.#calling.some(({ keys }) => keys.includes(key));
  }

  /** Creates a caller that may leave. */
  createCaller(
    flights: readonly LoadFlight<K, V>[],
    signal: LoadOptions["signal"],
    gathering: Gathering<K, V>,
  ): Caller<K, V> {
    const caller = new Caller(flights, signal, gathering);
    const { softTimeout, staleIfError } = this.options;
    if (softTimeout === undefined || softTimeout === Infinity) return caller;
    const isStale = ({ key }: LoadFlight<K, V>): boolean =>
      this.answers.staleFor(key, staleIfError) !== undefined;
    if (!caller.isWaiting || !flights.some(isStale)) return caller;
    const substitute = (): void => {
      this.#readClock();
      for (const flight of flights) {
        const stale = flight.isFenced ? undefined : this.answers.staleFor(flight.key, staleIfError);
        if (stale === undefined) continue;
        const hold = this.answers.disposal?.hold(flight.key, stale.value);
        if (caller.substitute(flight, stale.value, hold)) this.#host.stats.staleHits++;
        if (hold !== undefined) this.answers.disposal!.release(hold);
      }
    };
    // If the limit cannot be set, the caller waits for the load.
    this.answers.guard(() => {
      const { schedule } = this.options.clock;
      caller.softDeadline = new Deadline(schedule, substitute, softTimeout, true);
    });
    return caller;
  }

  /** Loads keys again in the background. */
  refreshDue(keys: readonly K[], source: Source<K, V>): void {
    const now = this.#readClock();
    if (now === undefined) return;
    const due = keys.filter(
      (key) =>
        !this.#flights.has(key) &&
        !this.#isCalling(key) &&
        this.#failures.find(key, now) === undefined,
    );
    const isAdded = source.isBulk && source.isBatched && this.#batches.find(true) !== undefined;
    const room = (this.options.maxRefreshes ?? MOST_REFRESHES) - this.#refreshes;
    if (room <= 0 && !isAdded) return;
    const flights = this.createFlights(source.isBulk ? due : due.slice(0, room), source, true);
    for (const flight of flights) flight.keep();
    this.startAll(flights);
  }

  /** Creates flights for keys, in one load if the loader allows it. The caller starts the loads. */
  createFlights(
    keys: readonly K[],
    source: Source<K, V>,
    isRefresh: boolean,
  ): readonly LoadFlight<K, V>[] {
    if (!source.isBulk || source.isBatched) {
      return keys.map((key) => this.#createFlight(key, source, isRefresh));
    }
    if (keys.length > 0 && this.options.exclusive !== true) {
      return this.#createLoad(keys, source, isRefresh).flights;
    }
    // A load of free keys must not wait for the disposal of the values of other keys.
    const groups = keys.filter((key) => this.#isClosing(key)).map((key) => [key]);
    const free = keys.filter((key) => !this.#isClosing(key));
    if (free.length > 0) groups.push(free);
    return groups.flatMap((group) => this.#createLoad(group, source, isRefresh).flights);
  }

  #createFlight(given: K, source: Source<K, V>, isRefresh: boolean): LoadFlight<K, V> {
    const key = canonicalKey(given);
    if (source.isBulk && source.isBatched && !this.#isClosing(key)) {
      let load = this.#batches.find(isRefresh);
      // A load has a key only once: if the flight of the key there is fenced, another load begins.
      if (load === undefined || this.#fenced.get(load)?.has(key)) {
        load = this.#createLoad([], source, isRefresh);
        this.#batches.open(load);
      }
      return this.#addFlight(key, load);
    }
    return this.#createLoad([key], source, isRefresh).flights[0]!;
  }

  #isClosing(key: K): boolean {
    return this.answers.disposal?.closing(key) !== undefined;
  }

  #createLoad(keys: readonly K[], source: Source<K, V>, isRefresh: boolean): Load<K, V> {
    if (isRefresh) this.#refreshes++;
    const load = new Load(keys, source, isRefresh, this.#deletions, this.#abandon);
    for (const key of keys) this.#addFlight(key, load);
    this.#lendStale(load);
    return load;
  }

  /** Gives a load the stale values that it replaces, and lends the values to it. */
  #lendStale(load: Load<K, V>): void {
    const stale = load.source.isBulk ? new Map<K, V>() : undefined;
    load.context.stale = stale;
    load.lent = undefined;
    for (const flight of load.flights) {
      const { key } = flight;
      const slot = this.#host.findKept(key);
      flight.isFirst = slot === 0;
      if (slot === 0) continue;
      const value = this.#host.value(slot);
      if (stale === undefined) load.context.stale = value;
      else stale.set(key, value);
      if (this.answers.disposal !== undefined) this.#lendValue(load, key, value);
    }
  }

  #lendValue(load: Load<K, V>, key: K, value: V): void {
    load.isLent = true;
    (load.lent ??= new Map()).set(key, this.answers.disposal!.hold(key, value));
  }

  #addFlight(key: K, load: Load<K, V>): LoadFlight<K, V> {
    const flight: LoadFlight<K, V> = new Flight(key, load);
    if (this.options.finishLoads === true) flight.keep();
    this.#flights.set(key, flight);
    load.flights.push(flight);
    return flight;
  }

  /** Starts the loads of some flights. The flights of one load follow one another. */
  startAll(flights: readonly LoadFlight<K, V>[]): void {
    let last: Load<K, V> | undefined;
    for (const { load } of flights) if (load !== last) this.#start((last = load));
  }

  #start(load: Load<K, V>): void {
    // The clock of the program may have disposed of the cache before the load was known.
    if (this.isDisposed) this.dispose();
    if (load.isOver) return;
    if (load.state === "begun" || this.#batches.isFull(load)) this.#begin(load);
    else this.#runOrFail(load, () => this.#batches.schedule(load, () => this.#begin(load)));
  }

  #begin(load: Load<K, V>): void {
    if (load.state !== "begun") {
      for (const flight of load.flights) if (!flight.isWanted) this.#forgetFlight(flight);
      this.#batches.close(load);
      this.#lendStale(load);
    }
    const { hardTimeout = Infinity, clock } = this.options;
    if (hardTimeout !== Infinity) {
      const expire = (): void => {
        const error = new LoadTimeoutError(load.keys, hardTimeout);
        this.#fail(load, error);
        load.context.abort(error);
      };
      this.#runOrFail(load, () => {
        load.deadline = new Deadline(clock.schedule, expire, hardTimeout, load.waiting > 0);
      });
    }
    this.#runWhenFree(load);
  }

  #runWhenFree(load: Load<K, V>): void {
    const disposal = this.options.exclusive ? this.answers.disposal : undefined;
    // The value of an expired entry is in use until the entry is removed.
    if (disposal !== undefined) this.answers.guard(() => this.#host.expireKeys!(load.keys));
    const closing = disposal === undefined ? [] : load.keys.map((key) => disposal.closing(key));
    if (closing.every((promise) => promise === undefined)) this.#run(load);
    else {
      // A load must not hold a value whose disposal it waits for: values are lent when it runs.
      this.#releaseStale(load, true);
      void Promise.all(closing).then(() => {
        this.#lendStale(load);
        // Another value may have been stored and removed. If that has fenced all flights, the load
        // need not wait for its disposal.
        if (load.flights.every(({ isFenced }) => isFenced)) this.#run(load);
        else this.#runWhenFree(load);
      });
    }
  }

  #run(load: Load<K, V>): void {
    if (load.isOver) return;
    const now = this.#runOrFail(load, () => this.#now());
    if (load.isOver) return;
    load.startedAt = now;
    this.#host.stats.loads++;
    this.#notify("loadStarted", load);
    if (load.isOver) return;
    const { loadCycles } = this.options;
    const { source, keys, context } = load;
    const call = (): unknown =>
      source.isBulk
        ? source.load(keys, context as LoadContext<ReadonlyMap<K, V>>)
        : source.load(keys[0]!, context as LoadContext<V | undefined>);
    let result: unknown;
    let isLater = false;
    let failure: { readonly error: unknown } | undefined;
    this.#calling.push(load);
    try {
      result = loadCycles === undefined ? call() : loadCycles.run(load, call);
      isLater = isThenable(result);
    } catch (error) {
      failure = { error };
    }
    this.#calling.pop();
    if (failure !== undefined) this.#fail(load, failure.error);
    else if (!isLater) this.#settle(load, result);
    else {
      this.#runOrFail(load, () =>
        Promise.resolve(result).then(
          (value) => this.#settle(load, value),
          (error: unknown) => this.#fail(load, error),
        ),
      );
    }
  }

  #settle(load: Load<K, V>, result: unknown): void {
    const answer = load.source.isBulk ? entriesOf<K, V>(result, load.keys) : undefined;
    // Reading the result of a bulk load, or the tags, may run code of the program.
    const terms = this.#runOrFail(load, () => this.#termsOf(load));
    if (answer?.failure !== undefined) this.#fail(load, answer.failure.error);
    const holds =
      this.answers.disposal && this.answers.claim(load, entriesMade(load.keys, result, answer));
    if (load.isOver) {
      this.answers.release(holds);
      return;
    }
    // Each flight stays under its key until its turn, so that listeners can fence the later
    // flights.
    const flights = this.#end(load);
    // The holds of the keys that were asked for come first.
    const at =
      holds && new Map([...(answer?.values.keys() ?? load.keys)].map((key, i) => [key, i]));
    // If the map has dropped a tag that was deleted during the load, it may have been this tag.
    const wasDeleted = (tag: string): boolean =>
      (this.#deletedTags.get(tag) ?? this.#forgotten) > load.deletions;
    const now = this.#recordDuration(load);
    let failure: { readonly error: unknown } | undefined;
    for (const flight of flights) {
      const value = answer === undefined ? result : answer.values.get(flight.key);
      if (isFailed(value)) {
        failure ??= { error: value.error };
        this.#failFlights([flight], value.error, now);
        continue;
      }
      this.#forgetFlight(flight);
      if (terms?.tags?.some(wasDeleted)) flight.fencedBy ??= "deleted";
      this.answers.deliver(flight, value as V, terms, holds?.[at!.get(flight.key) ?? -1]);
    }
    if (failure !== undefined) this.#host.stats.loadFailures++;
    if (holds !== undefined) {
      const causes = new Map(flights.map(({ key, fencedBy }) => [key, fencedBy]));
      this.answers.release(holds, (key) => causes.get(key));
    }
    this.#releaseStale(load);
    this.#notifyEnd(load, failure === undefined ? "loaded" : "failed", failure?.error);
  }

  /** The options that the loader has set for its entries, or undefined if it has set none. */
  #termsOf(load: Load<K, V>): WriteOptions | undefined {
    const { ttl, weight, refreshAfter, tags } = load.context;
    const isUnset =
      ttl === undefined && weight === undefined && refreshAfter === undefined && tags === undefined;
    if (isUnset) return undefined;
    const read = tags === undefined ? undefined : readTags("load entry", tags);
    return { ttl, weight, refreshAfter, tags: read };
  }

  /** Takes a step. If it throws, the load fails, and undefined is returned. */
  #runOrFail<Result>(load: Load<K, V>, step: () => Result): Result | undefined {
    try {
      return step();
    } catch (error) {
      this.#fail(load, error);
      return undefined;
    }
  }

  #fail(load: Load<K, V>, error: unknown): void {
    if (load.isOver) return;
    this.#host.stats.loadFailures++;
    const flights = this.#end(load);
    const now = this.#recordDuration(load);
    this.#failFlights(flights, error, now);
    this.#releaseStale(load);
    this.#notifyEnd(load, "failed", error);
  }

  #failFlights(flights: readonly LoadFlight<K, V>[], error: unknown, now: number): void {
    let isHandled = false;
    for (const flight of flights) {
      isHandled =
        this.answers.fail(flight, error, now, () => this.#forgetFlight(flight)) || isHandled;
    }
    if (!isHandled) this.answers.report(error);
  }

  /** Ends a load whose result is no longer wanted. */
  readonly #abandon: Abandon<K, V> = (load, leaving) => {
    for (const flight of this.#end(load)) this.#forgetFlight(flight);
    const abort = (): void => {
      load.context.abort(leaving?.reason);
      this.#notifyEnd(load, "abandoned", leaving?.reason);
    };
    // In both cases values are disposed of later: the cache may be in the middle of a change.
    this.#releaseStale(load, true);
    if (leaving !== undefined) abort();
    else void Promise.resolve().then(abort);
  };

  /** Marks a load as over. Later results of its loader have no effect. Returns the flights. */
  #end(load: Load<K, V>): readonly LoadFlight<K, V>[] {
    const { flights } = load;
    load.isOver = true;
    load.flights = [];
    load.deadline?.cancel();
    load.deadline = undefined;
    if (this.#fenced.size > 0) this.#fenced.delete(load);
    if (load.isRefresh) this.#refreshes--;
    return flights;
  }

  /** Takes back the stale values that were lent to a load. */
  #releaseStale(load: Load<K, V>, isLater = false): void {
    if (!load.isLent) return;
    load.isLent = false;
    const disposal = this.answers.disposal!;
    for (const hold of load.lent!.values()) {
      if (isLater) disposal.releaseLater(hold);
      else disposal.release(hold);
    }
  }

  #forgetFlight(flight: LoadFlight<K, V>): void {
    if (this.#flights.get(flight.key) === flight) this.#flights.delete(flight.key);
  }

  /**
   * Records the duration of a load that is over. Returns the time. Calls the clock of the program.
   */
  #recordDuration(load: Load<K, V>): number {
    const now = this.#readClock() ?? load.startedAt ?? 0;
    load.durationMs = Math.max(0, now - (load.startedAt ?? now));
    this.#host.stats.loadTimeMs += load.durationMs;
    return now;
  }

  /** The time, or undefined if the clock throws: such an error must not reject the callers. */
  #readClock(): number | undefined {
    try {
      return this.#now();
    } catch (error) {
      reportError(error, this.options.onError);
      return undefined;
    }
  }

  #notify(event: "loadStarted" | "loadEnded", load: Load<K, V>): void {
    // Events of the cache that came before are reported before.
    if (this.#host.events !== undefined) this.answers.guard(() => this.#host.afterChange());
    for (const observer of this.options.observers ?? []) {
      this.answers.guard(() => observer[event]?.(load));
    }
  }

  #notifyEnd(load: Load<K, V>, outcome: LoadReport["outcome"], error: unknown): void {
    load.outcome = outcome;
    load.error = error;
    if (load.startedAt !== undefined) this.#notify("loadEnded", load);
  }

  #now(): number {
    const { expiry } = this.#host;
    return expiry === undefined ? this.options.clock.now() : expiry.read();
  }

  /**
   * Called if a key was written, or its entry removed. Unless the cause is time, the result of its
   * load is not stored, and a remembered failure is forgotten.
   */
  fence(key: K, cause: RemovalCause): void {
    if (!CAUSES[cause].fences) return;
    if (this.#flights.size > 0) {
      const flight = this.#flights.get(key);
      if (flight !== undefined) {
        this.#flights.delete(key);
        this.#fenceFlight(flight, cause);
      }
    }
    if (this.#failures.size > 0) this.#failures.delete(key);
  }

  /** Called if all keys were deleted, or keys that cannot be named. */
  fenceAll(): void {
    this.#failures.clear();
    const flights = [...this.#flights.values()];
    this.#flights.clear();
    for (const flight of flights) this.#fenceFlight(flight, "deleted");
  }

  /** Called if a tag was deleted: an entry that is being loaded and gets this tag is not stored. */
  fenceTag(tag: string): void {
    const tags = this.#deletedTags;
    // The result of a fenced flight is not stored in any case.
    if (this.#flights.size === 0) {
      if (tags.size > 0) tags.clear();
      return;
    }
    tags.delete(tag);
    tags.set(tag, ++this.#deletions);
    if (tags.size <= MOST_DELETED_TAGS) return;
    const [oldest] = tags.keys();
    this.#forgotten = tags.get(oldest!)!;
    tags.delete(oldest!);
  }

  #fenceFlight(flight: LoadFlight<K, V>, cause: RemovalCause): void {
    const { key, load } = flight;
    if (!load.isOver) {
      this.#fenced.set(load, (this.#fenced.get(load) ?? new Set()).add(key));
    }
    flight.fence(cause);
  }

  /** Ends all loads, because the cache is disposed of. */
  dispose(): void {
    this.isDisposed = true;
    const error = new CacheDisposedError("load entry");
    const loads = this.#unfinished;
    // All loads are over before the first is rejected: a caller that waits for several leaves the
    // others.
    for (const flight of loads.flatMap((load) => this.#end(load))) flight.reject(error);
    this.fenceAll();
    for (const load of loads) {
      this.#releaseStale(load);
      load.context.abort(error);
      this.#notifyEnd(load, "abandoned", error);
    }
  }

  /** The loads that are not over. */
  get #unfinished(): Load<K, V>[] {
    const flying = [...this.#flights.values()].map(({ load }) => load);
    return [...new Set([...flying, ...this.#fenced.keys()])].filter(({ isOver }) => !isOver);
  }

  /** Lends the loads their stale values, because the cache owns its values from now on. */
  lend(): void {
    this.answers.disposal = this.#host.disposal;
    const isKept = (key: K, value: unknown): value is V => {
      const slot = this.#host.findKept(key);
      return slot !== 0 && Object.is(this.#host.value(slot), value);
    };
    for (const load of this.#unfinished) {
      const { stale } = load.context;
      for (const key of load.keys) {
        const given = load.source.isBulk ? (stale as Map<K, V>).get(key) : stale;
        if (isKept(key, given)) this.#lendValue(load, key, given);
      }
    }
    for (const gathering of this.gatherings) gathering.holdFound(this.answers.disposal!, isKept);
  }
}

function signalOf(options: LoadOptions | undefined): LoadOptions["signal"] {
  return options === undefined ? undefined : readOptions("load entry", options, CHECKS).signal;
}

function isLoaderOrNone(load: unknown): boolean {
  return load === undefined || typeof load === "function";
}
