import { checkFunction, readOptions, refuse, type Checks } from "../read-options.ts";
import { canonical } from "../derived-operations.ts";
import { CacheDisposedError, LoadCycleError, LoadTimeoutError } from "../errors.ts";
import type { ExpiryOptions } from "../expiry/expiry.ts";
import { isThenable } from "../is-thenable.ts";
import type { LoadReport } from "../observation/cache-observer.ts";
import type { LRUCacheOptions } from "../options.ts";
import type { Slot } from "../policy/policy.ts";
import { reportError } from "../report-error.ts";
import { checkSignal } from "./abort-signal.ts";
import { Caller } from "./caller.ts";
import { Deadline } from "./deadline.ts";
import { entriesOf } from "./entries-of.ts";
import { FailureMemory } from "./failure-memory.ts";
import { Flight } from "./flight.ts";
import { Load, type Abandon, type Source } from "./load.ts";
import type { BulkLoader, Loader, LoadOptions } from "./loader.ts";
import type { LoadingHost } from "./loading-host.ts";

const MOST_REFRESHES = 100;
const CHECKS: Checks = { signal: checkSignal };

/** A value to go on with, without waiting for a load. */
interface Found<V> {
  readonly value: V;
  /** Whether it is to be loaded again. */
  readonly isDue: boolean;
}

/**
 * Loads what a cache does not hold: once for all who ask, as long as somebody wants it.
 *
 * - A key that is loaded has a `Flight`, and each call of a loader is a `Load` of one flight or of
 *   several. Neither occupies an entry.
 * - A write or a removal of a key fences its flight, which is then no longer found under its key: the
 *   result goes to those who wait, and a later call loads anew.
 * - A load ends once: by its result, its failure, its deadline, by nobody's wanting it, or with the
 *   cache. What the loader does after that reaches nobody.
 * - Every flight of a load that is over is settled, and out of the map, before user code runs.
 */
export class Loading<K, V> {
  readonly #host: LoadingHost<K, V>;
  readonly #options: LRUCacheOptions<K, V> & ExpiryOptions<K, V>;
  /** By key, but for the fenced ones. */
  readonly #flights = new Map<K, Flight<K, V>>();
  /** Loads with fenced flights. */
  readonly #overtaken = new Set<Load<K, V>>();
  readonly #failures = new FailureMemory<K>();
  /** Loads whose loader is being called at this moment, the innermost last. */
  readonly #calling: Load<K, V>[] = [];
  #refreshes = 0;
  /** Whether calls without options share one promise. */
  readonly #isPlain: boolean;

  constructor(options: LRUCacheOptions<K, V> & ExpiryOptions<K, V>, host: LoadingHost<K, V>) {
    this.#host = host;
    this.#options = options;
    this.#isPlain = options.softTimeout === undefined && options.loadCycles === undefined;
  }

  /** Keys that are being loaded. */
  get inFlight(): number {
    return this.#flights.size;
  }

  getOrLoad(key: K, load: Loader<K, V> | undefined, options: LoadOptions | undefined): Promise<V> {
    if (this.#flights.size > 0 && options === undefined && this.#isPlain) {
      const flight = this.#flights.get(key);
      // A crowd: whatever had been stored meanwhile would have fenced the flight.
      if (flight?.isFirst && this.#calling.length === 0 && isLoaderOrNone(load)) {
        const { stats } = this.#host.slots;
        stats.misses++;
        stats.coalesced++;
        return flight.share();
      }
    }
    try {
      const signal = signalOf(options);
      if (load !== undefined) checkFunction("load entry", "load", load);
      if (signal?.aborted) return Promise.reject(signal.reason);
      const found = this.#look(key);
      if (found !== undefined) {
        if (found.isDue) this.#refresh([key], this.#sourceOf(load));
        return Promise.resolve(found.value);
      }
      return this.#waitFor(key, this.#sourceOf(load), signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  // A method of its own, so that V8 can inline what a crowd runs through.
  #waitFor(key: K, source: Source<K, V>, signal: LoadOptions["signal"]): Promise<V> {
    const known = this.#seek(key);
    if (known !== undefined && !(known instanceof Flight)) return Promise.resolve(known.value);
    const flight = this.#join(known ?? this.#takeOne(key, source));
    const canLeave = signal !== undefined || this.#options.softTimeout !== undefined;
    const promise = canLeave
      ? this.#callerOf([flight], signal).promise.then((found) => found.get(key) as V)
      : flight.share();
    if (known === undefined) this.#start(flight.load);
    return promise;
  }

  async getOrLoadMany(
    keys: Iterable<K>,
    loadMany: BulkLoader<K, V> | undefined,
    options: LoadOptions | undefined,
  ): Promise<Map<K, V>> {
    const signal = signalOf(options);
    const source = this.#bulkSourceOf(loadMany);
    const wanted = [...new Set(keys)];
    if (signal?.aborted) throw signal.reason;
    const found = new Map<K, V>();
    const due: K[] = [];
    const missing: K[] = [];
    const flights: Flight<K, V>[] = [];
    for (const key of wanted) {
      const known = this.#look(key) ?? this.#seek(key);
      if (known === undefined) missing.push(key);
      else if (known instanceof Flight) flights.push(known);
      else {
        found.set(key, known.value);
        if (known.isDue) due.push(key);
      }
    }
    flights.forEach((flight) => this.#join(flight));
    const loads = this.#take(missing, source, false);
    for (const load of loads) for (const flight of load.flights) flights.push(this.#join(flight));
    const caller = flights.length > 0 ? this.#callerOf(flights, signal) : undefined;
    if (due.length > 0) this.#refresh(due, source);
    for (const load of loads) this.#start(load);
    const keepsAbsence = (this.#options.negativeTtl ?? 0) > 0;
    for (const [key, value] of (await caller?.promise) ?? []) {
      if (value !== undefined || keepsAbsence) found.set(key, value);
    }
    return new Map(wanted.filter((key) => found.has(key)).map((key) => [key, found.get(key) as V]));
  }

  refresh(key: K): Promise<V> {
    try {
      const source = this.#sourceOf(undefined);
      this.#refuse(key);
      const known = this.#flights.get(key);
      const flight = known ?? this.#takeOne(key, source);
      flight.keep();
      const promise = this.#join(flight).share();
      promise.catch((error) => this.#host.isDisposed() || this.#report(error));
      if (known === undefined) this.#start(flight.load);
      return promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** A key was written, deleted or evicted: what is loaded for it is no longer for the cache. */
  fence(key: K): void {
    if (this.#flights.size > 0) {
      const flight = this.#flights.get(key);
      if (flight !== undefined) {
        this.#flights.delete(key);
        this.#overtake(flight);
      }
    }
    if (this.#failures.size > 0) this.#failures.delete(key);
  }

  /** All keys were deleted, or some of which nobody can tell. */
  fenceAll(): void {
    this.#failures.clear();
    const flights = [...this.#flights.values()];
    this.#flights.clear();
    for (const flight of flights) this.#overtake(flight);
  }

  #overtake(flight: Flight<K, V>): void {
    if (!flight.load.isOver) this.#overtaken.add(flight.load);
    flight.fence();
  }

  /** Ends all loads. The cache is disposed of and empty. */
  dispose(): void {
    const error = new CacheDisposedError("load entry");
    const flying = [...this.#flights.values()].map(({ load }) => load);
    const loads = [...new Set([...flying, ...this.#overtaken])].filter(({ isOver }) => !isOver);
    // All are over before the first is told: who waits for several leaves the others.
    for (const flight of loads.flatMap((load) => this.#end(load))) flight.reject(error);
    this.fenceAll();
    for (const load of loads) {
      load.context.abort(error);
      this.#tellEnd(load, "abandoned", error);
    }
  }

  #sourceOf(load: Loader<K, V> | undefined): Source<K, V> {
    const own = load ?? this.#options.load;
    if (own !== undefined) return { isBulk: false, load: own };
    if (this.#options.loadMany !== undefined) return { isBulk: true, load: this.#options.loadMany };
    refuse("load entry", "no loader is given", "one or the option load");
  }

  #bulkSourceOf(loadMany: BulkLoader<K, V> | undefined): Source<K, V> {
    const own = loadMany ?? this.#options.loadMany;
    if (own === undefined) return this.#sourceOf(undefined);
    checkFunction("load entries", "loadMany", own);
    return { isBulk: true, load: own };
  }

  /** What a call can go on with at once. */
  #look(key: K): Found<V> | undefined {
    const host = this.#host;
    const slot = host.use(key);
    if (slot === 0) return this.#staleHit(key, this.#options.staleWhileRevalidate, true);
    const isDue = host.expiry()?.isRefreshDue(slot) ?? false;
    return { value: host.slots.value(slot), isDue };
  }

  /** What a call for a key that is not there can go on with: a flight to join, or a stale value after a failure, which else is thrown. */
  #seek(key: K): Flight<K, V> | Found<V> | undefined {
    this.#refuse(key);
    const flight = this.#flights.get(key);
    if (flight !== undefined) {
      this.#host.slots.stats.coalesced++;
      return flight;
    }
    const failure = this.#failures.find(key, this.#now);
    if (failure === undefined) return undefined;
    const stale = this.#staleHit(key, this.#options.staleIfError, false);
    if (stale === undefined) throw failure.error;
    return stale;
  }

  /** The value of an entry that expired less than `window` ago. */
  #staleFor(key: K, window: number | undefined, isDue = false): Found<V> | undefined {
    if (window === undefined) return undefined;
    const slot = this.#find(key);
    const staleness = slot === 0 ? -1 : (this.#host.expiry()?.stalenessOf(slot) ?? -1);
    if (staleness < 0 || staleness >= window) return undefined;
    return { value: this.#host.slots.value(slot), isDue };
  }

  #staleHit(key: K, window: number | undefined, isDue: boolean): Found<V> | undefined {
    const stale = this.#staleFor(key, window, isDue);
    if (stale !== undefined) this.#host.slots.stats.staleHits++;
    return stale;
  }

  /** The slot of an entry, live or stale at the last reading of the clock, or 0. Not counted. */
  #find(key: K): Slot {
    const { slots, expiry } = this.#host;
    const slot = slots.find(key);
    return slot !== 0 && expiry()?.isOver(slot) ? 0 : slot;
  }

  #isCalling(key: K): boolean {
    return this.#calling.some(({ keys }) => keys.includes(key));
  }

  /** Throws where a load for a key cannot be waited for. */
  #refuse(key: K): void {
    if (this.#host.isDisposed()) throw new CacheDisposedError("load entry");
    if (this.#isCalling(key)) throw new LoadCycleError(key);
  }

  /** Notes who is to wait for whom, and throws where that would be for ever. */
  #join(flight: Flight<K, V>): Flight<K, V> {
    const { loadCycles } = this.#options;
    if (loadCycles === undefined) return flight;
    const release = loadCycles.wait(flight.load);
    if (release === undefined) throw new LoadCycleError(flight.key);
    flight.listen({ land: release, fail: release });
    return flight;
  }

  /** A caller that may leave. */
  #callerOf(flights: readonly Flight<K, V>[], signal: LoadOptions["signal"]): Caller<K, V> {
    const caller = new Caller(flights, signal);
    const { softTimeout, staleIfError } = this.#options;
    if (softTimeout === undefined || softTimeout === Infinity) return caller;
    const isStale = ({ key }: Flight<K, V>): boolean =>
      this.#staleFor(key, staleIfError) !== undefined;
    if (!caller.isWaiting || !flights.some(isStale)) return caller;
    const substitute = (): void => {
      this.#readClock();
      for (const flight of flights) {
        const stale = flight.isFenced ? undefined : this.#staleFor(flight.key, staleIfError);
        if (stale !== undefined && caller.substitute(flight, stale.value)) {
          this.#host.slots.stats.staleHits++;
        }
      }
    };
    // Where it cannot be set, the load ends the wait as well.
    this.#guard(() => {
      caller.softDeadline = new Deadline(
        this.#options.clock.schedule,
        substitute,
        softTimeout,
        true,
      );
    });
    return caller;
  }

  /** Loads keys again in the background. */
  #refresh(keys: readonly K[], source: Source<K, V>): void {
    const now = this.#readClock();
    if (now === undefined) return;
    const due = keys.filter(
      (key) =>
        !this.#flights.has(key) &&
        !this.#isCalling(key) &&
        this.#failures.find(key, now) === undefined,
    );
    const room = (this.#options.maxRefreshes ?? MOST_REFRESHES) - this.#refreshes;
    if (room <= 0) return;
    const loads = this.#take(source.isBulk ? due : due.slice(0, room), source, true);
    for (const load of loads) for (const flight of load.flights) flight.keep();
    for (const load of loads) this.#start(load);
  }

  /** Takes keys in flight: one load for all of them where the loader can do that. */
  #take(keys: readonly K[], source: Source<K, V>, isRefresh: boolean): Load<K, V>[] {
    if (!source.isBulk) return keys.map((key) => this.#board([canonical(key)], source, isRefresh));
    return keys.length > 0 ? [this.#board(keys, source, isRefresh)] : [];
  }

  #takeOne(key: K, source: Source<K, V>): Flight<K, V> {
    return this.#board([canonical(key)], source, false).flights[0]!;
  }

  #board(keys: readonly K[], source: Source<K, V>, isRefresh: boolean): Load<K, V> {
    const load = new Load(keys, source, isRefresh, this.#abandon);
    const { context, flights } = load;
    const stale = source.isBulk ? new Map<K, V>() : undefined;
    context.stale = stale;
    for (const key of keys) {
      const slot = this.#find(key);
      if (slot !== 0) {
        const value = this.#host.slots.value(slot);
        if (stale === undefined) context.stale = value;
        else stale.set(key, value);
      }
      const flight = new Flight(key, load, slot === 0);
      this.#flights.set(key, flight);
      flights.push(flight);
    }
    if (isRefresh) this.#refreshes++;
    return load;
  }

  #start(load: Load<K, V>): void {
    // The clock may have disposed of the cache when the load was not yet known.
    if (this.#host.isDisposed()) this.dispose();
    if (load.isOver) return;
    const { hardTimeout = Infinity, clock } = this.#options;
    if (hardTimeout !== Infinity) {
      const expire = (): void => {
        const error = new LoadTimeoutError(load.keys, hardTimeout);
        this.#fail(load, error);
        load.context.abort(error);
      };
      this.#attempt(load, () => {
        load.deadline = new Deadline(clock.schedule, expire, hardTimeout, load.waiting > 0);
      });
    }
    this.#runWhenFree(load);
  }

  #runWhenFree(load: Load<K, V>): void {
    const closing = this.#options.exclusive ? load.keys.map(this.#host.closing) : [];
    if (closing.every((promise) => promise === undefined)) this.#run(load);
    // Meanwhile another value may have come and gone.
    else void Promise.all(closing).then(() => this.#runWhenFree(load));
  }

  #run(load: Load<K, V>): void {
    if (load.isOver) return;
    const now = this.#attempt(load, () => this.#now);
    if (load.isOver) return;
    load.startedAt = now;
    this.#host.slots.stats.loads++;
    this.#tell("loadStarted", load);
    if (load.isOver) return;
    const { loadCycles } = this.#options;
    let result: unknown;
    let isLater = false;
    let failure: { readonly error: unknown } | undefined;
    this.#calling.push(load);
    try {
      result = loadCycles === undefined ? load.call() : loadCycles.run(load, () => load.call());
      isLater = isThenable(result);
    } catch (error) {
      failure = { error };
    }
    this.#calling.pop();
    if (failure !== undefined) this.#fail(load, failure.error);
    else if (!isLater) this.#land(load, result);
    else {
      this.#attempt(load, () =>
        Promise.resolve(result).then(
          (value) => this.#land(load, value),
          (error: unknown) => this.#fail(load, error),
        ),
      );
    }
  }

  #land(load: Load<K, V>, result: unknown): void {
    const { isBulk } = load.source;
    const values = isBulk ? this.#attempt(load, () => entriesOf<K, V>(result)) : undefined;
    const valueOf = (key: K): V => (isBulk ? values?.get(key) : result) as V;
    // Reading the result of a bulk load may have run anything.
    if (load.isOver) {
      for (const key of load.keys) this.#discard(key, valueOf(key));
      return;
    }
    // Each stays under its key until its turn comes: what listeners do to the later ones counts.
    const flights = this.#end(load);
    this.#clock(load);
    for (const flight of flights) this.#landFlight(flight, valueOf(flight.key));
    this.#tellEnd(load, "loaded", undefined);
  }

  #landFlight(flight: Flight<K, V>, value: V): void {
    this.#remove(flight);
    const { context } = flight.load;
    const { negativeTtl = 0 } = this.#options;
    try {
      if (flight.isFenced) {
        // What has been written or removed since then is newer.
      } else if (value !== undefined) {
        this.#store(flight.key, value, context.ttl, context.weight);
      } else if (negativeTtl > 0) {
        this.#store(flight.key, value, context.ttl ?? negativeTtl, context.weight);
      }
    } catch (error) {
      this.#discard(flight.key, value);
      flight.reject(error);
      if (flight.waiting === 0) this.#report(error);
      return;
    }
    if (flight.isFenced && flight.waiting === 0) this.#discard(flight.key, value);
    flight.resolve(value);
  }

  #discard(key: K, value: V | undefined): void {
    if (value !== undefined) this.#host.discard(key, value);
  }

  #store(key: K, value: V, ttl: number | undefined, weight: number | undefined): void {
    const isPlain = ttl === undefined && weight === undefined;
    this.#host.write(key, value, isPlain ? undefined : { ttl, weight });
    this.#guard(() => this.#host.finish());
  }

  /** An error that nobody who waits has heard of. Where nobody listens, it is only counted. */
  #report(error: unknown): void {
    const { onError } = this.#options;
    if (onError !== undefined) reportError(error, onError);
  }

  /** Takes a step of which no call can be told that it fails. */
  #guard<Result>(step: () => Result): Result | undefined {
    try {
      return step();
    } catch (error) {
      reportError(error, this.#options.onError);
      return undefined;
    }
  }

  /** Takes a step without which a load fails. */
  #attempt<Result>(load: Load<K, V>, step: () => Result): Result | undefined {
    try {
      return step();
    } catch (error) {
      this.#fail(load, error);
      return undefined;
    }
  }

  #fail(load: Load<K, V>, error: unknown): void {
    if (load.isOver) return;
    const { negativeTtl, staleIfError } = this.#options;
    const { stats } = this.#host.slots;
    stats.loadFailures++;
    const flights = this.#end(load);
    const now = this.#clock(load);
    let isHeard = false;
    for (const flight of flights) {
      this.#remove(flight);
      let stale: { readonly value: V } | undefined;
      if (!flight.isFenced) {
        if (negativeTtl !== undefined) {
          this.#failures.add(flight.key, error, now, negativeTtl);
        }
        stale = this.#staleFor(flight.key, staleIfError);
      }
      if (stale === undefined) {
        flight.reject(error);
        isHeard ||= flight.waiting > 0;
      } else {
        stats.staleHits += flight.waiting;
        flight.resolve(stale.value);
      }
    }
    if (!isHeard) this.#report(error);
    this.#tellEnd(load, "failed", error);
  }

  /** Nobody wants the result any more. */
  readonly #abandon: Abandon<K, V> = (load, leaving) => {
    for (const flight of this.#end(load)) this.#remove(flight);
    const abort = (): void => {
      load.context.abort(leaving?.reason);
      this.#tellEnd(load, "abandoned", leaving?.reason);
    };
    if (leaving !== undefined) abort();
    // The cache is in the middle of a change: no listener may run now.
    else void Promise.resolve().then(abort);
  };

  /** Ends a load: whatever its loader does from now on is for nobody. Returns its flights. */
  #end(load: Load<K, V>): readonly Flight<K, V>[] {
    const { flights } = load;
    load.isOver = true;
    load.flights = [];
    load.deadline?.cancel();
    load.deadline = undefined;
    if (this.#overtaken.size > 0) this.#overtaken.delete(load);
    if (load.isRefresh) this.#refreshes--;
    return flights;
  }

  #remove(flight: Flight<K, V>): void {
    if (this.#flights.get(flight.key) === flight) this.#flights.delete(flight.key);
  }

  /** Notes how long a load that is over took. Returns the time. The clock may do anything. */
  #clock(load: Load<K, V>): number {
    const now = this.#readClock() ?? load.startedAt ?? 0;
    load.durationMs = Math.max(0, now - (load.startedAt ?? now));
    this.#host.slots.stats.loadTimeMs += load.durationMs;
    return now;
  }

  /** The time, or undefined where the clock throws, for which those who wait are not to suffer. */
  #readClock(): number | undefined {
    return this.#guard(() => this.#now);
  }

  #tell(event: "loadStarted" | "loadEnded", load: Load<K, V>): void {
    for (const observer of this.#options.observers ?? []) {
      this.#guard(() => observer[event]?.(load));
    }
  }

  #tellEnd(load: Load<K, V>, outcome: LoadReport["outcome"], error: unknown): void {
    load.outcome = outcome;
    load.error = error;
    if (load.startedAt !== undefined) this.#tell("loadEnded", load);
  }

  get #now(): number {
    const expiry = this.#host.expiry();
    return expiry === undefined ? this.#options.clock.now() : expiry.read();
  }
}

function signalOf(options: LoadOptions | undefined): LoadOptions["signal"] {
  return options === undefined ? undefined : readOptions("load entry", options, CHECKS).signal;
}

function isLoaderOrNone(load: unknown): boolean {
  return load === undefined || typeof load === "function";
}
