import { checkFunction, checkOptions, refuse, type Checks } from "../check-options.ts";
import { canonical } from "../derived-operations.ts";
import { CacheDisposedError, LoadCycleError, LoadTimeoutError } from "../errors.ts";
import { isThenable } from "../is-thenable.ts";
import type { LoadReport } from "../observation/cache-observer.ts";
import type { LRUCacheOptions } from "../options.ts";
import { reportError } from "../report-error.ts";
import { checkSignal } from "./abort-signal.ts";
import { Caller } from "./caller.ts";
import { Deadline } from "./deadline.ts";
import { FailureMemory } from "./failure-memory.ts";
import { entriesOf } from "./entries-of.ts";
import { Flight, type Abandon } from "./flight.ts";
import { Load, type Source } from "./load.ts";
import type { BulkLoader, Loader, LoadOptions } from "./loader.ts";
import type { LoadingHost } from "./loading-host.ts";

interface Found<V> {
  readonly value: V;
  /** Whether it is to be loaded again. */
  readonly isDue: boolean;
}

const MOST_REFRESHES = 100;
const CHECKS: Checks = { signal: checkSignal };

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
  readonly #options: LRUCacheOptions<K, V>;
  /** By key, but for the fenced ones. */
  readonly #flights = new Map<K, Flight<K, V>>();
  /** Loads with fenced flights. */
  readonly #overtaken = new Set<Load<K, V>>();
  readonly #failures = new FailureMemory<K>();
  /** Loads whose loader is being called at this moment, the innermost last. */
  readonly #calling: Load<K, V>[] = [];
  #refreshes = 0;
  /** The cache's own loader for single keys. */
  readonly #source: Source<K, V> | undefined;
  /** Whether calls without options share one promise. */
  readonly #isPlain: boolean;

  constructor(options: LRUCacheOptions<K, V>, host: LoadingHost<K, V>) {
    this.#host = host;
    this.#options = options;
    const { load, loadMany } = options;
    if (load !== undefined) this.#source = { isBulk: false, load };
    else if (loadMany !== undefined) this.#source = { isBulk: true, load: loadMany };
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
        const stats = this.#host.stats();
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
      if (found === undefined) return this.#waitFor(key, load, signal);
      if (found.isDue) this.#refresh([key], this.#sourceOf(load));
      return Promise.resolve(found.value);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  getOrLoadMany(
    keys: Iterable<K>,
    loadMany: BulkLoader<K, V> | undefined,
    options: LoadOptions | undefined,
  ): Promise<Map<K, V>> {
    try {
      const signal = signalOf(options);
      const source = this.#bulkSourceOf(loadMany);
      const wanted = [...new Set(keys)];
      if (signal?.aborted) return Promise.reject(signal.reason);
      return this.#waitForMany(wanted, source, signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  refresh(key: K): Promise<V> {
    try {
      const source = this.#sourceOf(undefined);
      this.#refuse(key);
      const known = this.#flights.get(key);
      const flight = known ?? this.#take([key], source, false)[0]!;
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
    if (load !== undefined) return { isBulk: false, load };
    if (this.#source !== undefined) return this.#source;
    refuse("load entry", "no loader is given", "one or the option load");
  }

  #bulkSourceOf(loadMany: BulkLoader<K, V> | undefined): Source<K, V> {
    if (loadMany !== undefined) {
      checkFunction("load entries", "loadMany", loadMany);
      return { isBulk: true, load: loadMany };
    }
    const bulk = this.#options.loadMany;
    return bulk === undefined ? this.#sourceOf(undefined) : { isBulk: true, load: bulk };
  }

  /** What a call can go on with at once. */
  #look(key: K): Found<V> | undefined {
    const host = this.#host;
    const { refreshAfter, staleWhileRevalidate } = this.#options;
    const slot = host.use(key);
    if (slot !== 0) {
      const isDue = refreshAfter !== undefined && host.age(slot) >= refreshAfter;
      return { value: host.value(slot), isDue };
    }
    const stale = this.#staleFor(key, staleWhileRevalidate);
    if (stale === undefined) return undefined;
    host.stats().staleHits++;
    return { value: stale.value, isDue: true };
  }

  /** The value of an entry that expired less than `window` ago. */
  #staleFor(key: K, window: number | undefined): { readonly value: V } | undefined {
    if (window === undefined) return undefined;
    const slot = this.#host.find(key);
    if (slot === 0) return undefined;
    const staleness = this.#host.staleness(slot);
    return staleness >= 0 && staleness < window ? { value: this.#host.value(slot) } : undefined;
  }

  #isCalling(key: K): boolean {
    return this.#calling.some(({ keys }) => keys.includes(key));
  }

  /** Throws where a load for a key cannot be waited for. */
  #refuse(key: K): void {
    if (this.#host.isDisposed()) throw new CacheDisposedError("load entry");
    if (this.#isCalling(key)) throw new LoadCycleError(key);
  }

  #waitFor(key: K, load: Loader<K, V> | undefined, signal: LoadOptions["signal"]): Promise<V> {
    const source = this.#sourceOf(load);
    this.#refuse(key);
    const known = this.#flights.get(key);
    if (known === undefined) {
      const failure = this.#failures.find(key, this.#now);
      if (failure !== undefined) return Promise.resolve(this.#standInFor(key, failure.error));
    }
    const flight = known ?? this.#take([key], source, false)[0]!;
    if (known !== undefined) this.#host.stats().coalesced++;
    this.#join(flight);
    const canLeave = signal !== undefined || this.#options.softTimeout !== undefined;
    const promise = canLeave
      ? this.#callerOf([flight], signal).promise.then((found) => found.get(key) as V)
      : flight.share();
    if (known === undefined) this.#start(flight.load);
    return promise;
  }

  #waitForMany(
    wanted: readonly K[],
    source: Source<K, V>,
    signal: LoadOptions["signal"],
  ): Promise<Map<K, V>> {
    const found = new Map<K, V>();
    const due: K[] = [];
    const flights: Flight<K, V>[] = [];
    const missing: K[] = [];
    for (const key of wanted) {
      const known = this.#look(key);
      if (known !== undefined) {
        found.set(key, known.value);
        if (known.isDue) due.push(key);
        continue;
      }
      this.#refuse(key);
      const flight = this.#flights.get(key);
      if (flight !== undefined) {
        this.#host.stats().coalesced++;
        flights.push(flight);
        continue;
      }
      const failure = this.#failures.find(key, this.#now);
      if (failure === undefined) missing.push(key);
      else found.set(key, this.#standInFor(key, failure.error));
    }
    flights.forEach((flight) => this.#join(flight));
    const taken = this.#take(missing, source, false);
    flights.push(...taken.map((flight) => this.#join(flight)));
    const caller = flights.length === 0 ? undefined : this.#callerOf(flights, signal);
    if (due.length > 0) this.#refresh(due, source);
    this.#startAll(taken);
    if (caller === undefined) return Promise.resolve(found);
    return caller.promise.then((loaded) => {
      const keepsAbsence = (this.#options.negativeTtl ?? 0) > 0;
      for (const [key, value] of loaded) {
        if (value !== undefined || keepsAbsence) found.set(key, value);
      }
      return new Map(
        wanted.filter((key) => found.has(key)).map((key) => [key, found.get(key) as V]),
      );
    });
  }

  /** The stale value of a key, where its load may fail; else throws the error. */
  #standInFor(key: K, error: unknown): V {
    const stale = this.#staleFor(key, this.#options.staleIfError);
    if (stale === undefined) throw error;
    this.#host.stats().staleHits++;
    return stale.value;
  }

  /** Notes who is to wait for whom, and throws where that would be for ever. */
  #join(flight: Flight<K, V>): Flight<K, V> {
    const detector = this.#options.loadCycles;
    if (detector === undefined) return flight;
    const release = detector.wait(flight.load);
    if (release === undefined) throw new LoadCycleError(flight.key);
    flight.whenSettled(release);
    return flight;
  }

  /** A caller that may leave. */
  #callerOf(flights: readonly Flight<K, V>[], signal: LoadOptions["signal"]): Caller<K, V> {
    const caller = new Caller(flights, signal);
    const { softTimeout, staleIfError } = this.#options;
    if (softTimeout === undefined || softTimeout === Infinity) return caller;
    const isStale = ({ key }: Flight<K, V>): boolean =>
      this.#staleFor(key, staleIfError) !== undefined;
    if (!flights.some(isStale)) return caller;
    const substitute = (): void => {
      this.#readClock();
      for (const flight of flights) {
        const stale = flight.isFenced ? undefined : this.#staleFor(flight.key, staleIfError);
        if (stale !== undefined && caller.substitute(flight, stale.value)) {
          this.#host.stats().staleHits++;
        }
      }
    };
    try {
      caller.softDeadline = new Deadline(this.#host.schedule, substitute, softTimeout, true);
    } catch (error) {
      // The load is to go on, and ends the wait as well.
      this.#reportUnheard(error);
    }
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
    const taken = this.#take(source.isBulk ? due : due.slice(0, room), source, true);
    for (const flight of taken) flight.keep();
    this.#startAll(taken);
  }

  /** Takes keys in flight: one load for all of them where the loader can do that. */
  #take(keys: readonly K[], source: Source<K, V>, isRefresh: boolean): readonly Flight<K, V>[] {
    if (keys.length === 0) return keys as readonly [];
    if (!source.isBulk) {
      if (keys.length > 1) return keys.flatMap((key) => this.#take([key], source, isRefresh));
      const key = canonical(keys[0] as K);
      const slot = this.#host.find(key);
      const stale = slot === 0 ? undefined : this.#host.value(slot);
      const load = new Load([key], source, stale, isRefresh);
      return this.#board(load, [this.#fly(key, load, slot === 0)]);
    }
    const stale = new Map<K, V>();
    const load = new Load(keys, source, stale, isRefresh);
    const flights = keys.map((key) => {
      const slot = this.#host.find(key);
      if (slot !== 0) stale.set(key, this.#host.value(slot));
      return this.#fly(key, load, slot === 0);
    });
    return this.#board(load, flights);
  }

  #fly(key: K, load: Load<K, V>, isFirst: boolean): Flight<K, V> {
    const flight = new Flight(key, load, isFirst, this.#abandon);
    this.#flights.set(key, flight);
    return flight;
  }

  #board(load: Load<K, V>, flights: readonly Flight<K, V>[]): readonly Flight<K, V>[] {
    load.flights = flights;
    if (load.isRefresh) this.#refreshes++;
    return flights;
  }

  #startAll(flights: readonly Flight<K, V>[]): void {
    for (const load of new Set(flights.map((flight) => flight.load))) this.#start(load);
  }

  #start(load: Load<K, V>): void {
    if (load.isOver) return;
    try {
      this.#setDeadline(load);
    } catch (error) {
      this.#fail(load, error);
    }
    this.#runWhenFree(load);
  }

  #setDeadline(load: Load<K, V>): void {
    const { hardTimeout = Infinity } = this.#options;
    if (hardTimeout !== Infinity) {
      const expire = (): void => {
        const error = new LoadTimeoutError(load.keys, hardTimeout);
        this.#fail(load, error);
        load.context.abort(error);
      };
      load.deadline = new Deadline(this.#host.schedule, expire, hardTimeout, load.waiting > 0);
    }
  }

  #runWhenFree(load: Load<K, V>): void {
    const closing = this.#options.exclusive === true ? load.keys.map(this.#host.closing) : [];
    if (closing.every((promise) => promise === undefined)) this.#run(load);
    // Meanwhile another value may have come and gone.
    else void Promise.all(closing).then(() => this.#runWhenFree(load));
  }

  #run(load: Load<K, V>): void {
    if (load.isOver) return;
    try {
      load.startedAt = this.#now;
    } catch (error) {
      this.#fail(load, error);
      return;
    }
    this.#host.stats().loads++;
    const { loadCycles } = this.#options;
    let result: unknown;
    let later: PromiseLike<unknown> | undefined;
    let failure: { readonly error: unknown } | undefined;
    this.#tell("loadStarted", load);
    if (load.isOver) return;
    this.#calling.push(load);
    try {
      const call = (): unknown => load.call();
      result = loadCycles === undefined ? call() : loadCycles.run(load, call);
      later = isThenable(result) ? result : undefined;
    } catch (error) {
      failure = { error };
    }
    this.#calling.pop();
    if (failure !== undefined) this.#fail(load, failure.error);
    else if (later === undefined) this.#land(load, result);
    else {
      Promise.resolve(later).then(
        (value) => this.#land(load, value),
        (error: unknown) => this.#fail(load, error),
      );
    }
  }

  #land(load: Load<K, V>, result: unknown): void {
    let values: Map<K, V> | undefined;
    try {
      if (load.source.isBulk) values = entriesOf(result);
    } catch (error) {
      this.#fail(load, error);
      return;
    }
    const valueOf = (key: K): V => (values === undefined ? result : values.get(key)) as V;
    // Reading the result of a bulk load may have run anything.
    if (load.isOver) {
      for (const key of load.keys) this.#discard(key, valueOf(key));
      return;
    }
    this.#clock(load);
    // Each stays under its key until its turn comes: what listeners do to the later ones counts.
    for (const flight of this.#end(load)) this.#landFlight(flight, valueOf(flight.key));
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
      if (!flight.reject(error)) this.#report(error);
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
    try {
      this.#host.finish();
    } catch (error) {
      this.#reportUnheard(error);
    }
  }

  /** An error that nobody who waits has heard of. Where nobody listens, it is only counted. */
  #report(error: unknown): void {
    const { onError } = this.#options;
    if (onError !== undefined) reportError(error, onError);
  }

  /** An error that no call can be told of. */
  #reportUnheard(error: unknown): void {
    reportError(error, this.#options.onError);
  }

  #fail(load: Load<K, V>, error: unknown): void {
    if (load.isOver) return;
    const { negativeTtl, staleIfError } = this.#options;
    const stats = this.#host.stats();
    stats.loadFailures++;
    const now = this.#clock(load);
    let isHeard = false;
    for (const flight of this.#end(load)) {
      this.#remove(flight);
      let stale: { readonly value: V } | undefined;
      if (!flight.isFenced) {
        if (negativeTtl !== undefined) {
          this.#failures.add(flight.key, error, now, negativeTtl);
        }
        stale = this.#staleFor(flight.key, staleIfError);
      }
      if (stale === undefined) {
        isHeard = flight.reject(error) || isHeard;
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
    if (load.isOver) return;
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
    if (this.#overtaken.size > 0) this.#overtaken.delete(load);
    if (load.isRefresh) this.#refreshes--;
    return flights;
  }

  #remove(flight: Flight<K, V>): void {
    if (this.#flights.get(flight.key) === flight) this.#flights.delete(flight.key);
  }

  /** Notes how long a load took. Returns the time. */
  #clock(load: Load<K, V>): number {
    const now = this.#readClock() ?? load.startedAt ?? 0;
    load.durationMs = Math.max(0, now - (load.startedAt ?? now));
    this.#host.stats().loadTimeMs += load.durationMs;
    return now;
  }

  /** The time, or undefined where the clock throws, for which those who wait are not to suffer. */
  #readClock(): number | undefined {
    try {
      return this.#now;
    } catch (error) {
      this.#reportUnheard(error);
      return undefined;
    }
  }

  #tell(event: "loadStarted" | "loadEnded", load: Load<K, V>): void {
    for (const observer of this.#options.observers ?? []) {
      try {
        observer[event]?.(load);
      } catch (error) {
        this.#reportUnheard(error);
      }
    }
  }

  #tellEnd(load: Load<K, V>, outcome: LoadReport["outcome"], error: unknown): void {
    load.outcome = outcome;
    load.error = error;
    if (load.startedAt !== undefined) this.#tell("loadEnded", load);
  }

  get #now(): number {
    return this.#host.now();
  }
}

function signalOf(options: LoadOptions | undefined): LoadOptions["signal"] {
  if (options !== undefined) checkOptions("load entry", options, CHECKS);
  return options?.signal;
}

function isLoaderOrNone(load: unknown): boolean {
  return load === undefined || typeof load === "function";
}
