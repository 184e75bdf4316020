import { CacheDisposedError, LoadCycleError } from "../checks/errors.ts";
import { outside } from "../host/outside.ts";
import type { CacheLease } from "../removal/hold.ts";
import {
  checkFunction,
  checkKeys,
  readOptions,
  refuse,
  type Checks,
} from "../checks/read-options.ts";
import { checkSignal } from "./abort-signal.ts";
import { Caller } from "./caller.ts";
import { Deadline } from "./deadline.ts";
import { Flight } from "./flight.ts";
import type { Found } from "./found.ts";
import { Gathering } from "./gathering.ts";
import type { LoadFlight, Source } from "./load.ts";
import type { BulkLoader, Loader, LoadOptions } from "./loader.ts";
import type { LoadingHost } from "./loading-host.ts";
import type { LoadingSettings } from "./loading-settings.ts";
import { Loads } from "./loads.ts";

const CHECKS: Checks = { signal: checkSignal };

/**
 * Loads the values that callers ask for and that the cache does not hold: once for all callers, and
 * only as long as a caller wants the value.
 *
 * The steps of `getOrLoad`: `#readNow` reads the cache. If it has no value, `#joinable` looks for a
 * load of the key that is running. If no load is running, `createFlight` and `start` call the
 * loader. When the loader has ended, `Loads` settles the flight, and `Answers` stores the value and
 * gives it to the callers.
 *
 * In a cache that owns its values, a call that waits for several values has a hold of each, and a
 * value that was handed out is not disposed of before its callers have run.
 */
export class Loading<K, V> extends Loads<K, V> {
  /** Whether calls without options may share one promise: observers and timeouts prevent it. */
  readonly #mayShare: boolean;
  /** The values so far of the calls that wait. */
  readonly #gatherings = new Set<Gathering<K, V>>();

  constructor(options: LoadingSettings<K, V>, host: LoadingHost<K, V>) {
    super(options, host);
    this.#mayShare =
      host.events === undefined &&
      options.softTimeout === undefined &&
      options.loadCycles === undefined;
  }

  /** Implements `LRUCache.getOrLoad`. Never throws: errors reject the promise. */
  getOrLoad(key: K, load: Loader<K, V> | undefined, options: LoadOptions | undefined): Promise<V> {
    if (this.flights.size > 0 && options === undefined && this.#mayShare) {
      const flight = this.flights.get(key);
      // Many callers at a time: no entry can have been stored, since a write would fence the
      // flight.
      if (flight?.isFirst && this.calling.length === 0 && isLoaderOrNone(load)) {
        const { stats } = this.host;
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
    const flight = this.#join(known ?? this.createFlight(key, source, false));
    const canLeave = signal !== undefined || this.options.softTimeout !== undefined;
    const promise = canLeave
      ? this.#createCaller([flight], signal, new Gathering()).promise.then(
          (gathering) => gathering.handOut(this.answers.disposal).get(key) as V,
        )
      : flight.share();
    if (known === undefined) this.start(flight.load);
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
    const gathering = await this.#gather(keys, this.#bulkSourceOf(loadMany), signal);
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
    const gathering = await this.#gather([key], this.#sourceOf(load), signal);
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
    const gathering = await this.#gather(keys, this.#bulkSourceOf(loadMany), signal);
    return gathering.lend(this.answers.disposal!);
  }

  /** Gathers the values of several keys, in their order, with a hold of each. */
  async #gather(
    keys: Iterable<K>,
    source: Source<K, V>,
    signal: LoadOptions["signal"],
  ): Promise<Gathering<K, V>> {
    checkKeys("load entries", "keys", keys);
    const wanted = [...new Set(keys)];
    if (signal?.aborted) throw signal.reason;
    const { negativeTtl = 0, keepsUndefined } = this.options;
    const gathering = new Gathering<K, V>(wanted, keepsUndefined || negativeTtl !== 0);
    const due: K[] = [];
    const missing: K[] = [];
    const flights: LoadFlight<K, V>[] = [];
    let failure: { readonly error: unknown } | undefined;
    for (const key of wanted) {
      try {
        const found = this.#readNow(key) ?? this.#joinable(key);
        if (found === undefined) missing.push(key);
        else if (found instanceof Flight) flights.push(this.#join(found));
        else {
          gathering.addFound(key, found.value, this.answers.disposal);
          if (found.isDue) due.push(key);
        }
      } catch (error) {
        // The other keys are loaded for the cache all the same.
        failure ??= { error };
      }
    }
    if (this.isDisposed && missing.length > 0) {
      failure ??= { error: new CacheDisposedError("load entries") };
      missing.length = 0;
    }
    // A function of the program, such as `staleIfError.when`, may have ended a load.
    for (const flight of flights.filter(({ load }) => load.isOver)) {
      missing.push(flight.key);
      flights.splice(flights.indexOf(flight), 1);
    }
    const taken = this.createFlights(missing, source, false);
    for (const flight of taken) {
      if (failure === undefined) flights.push(this.#join(flight));
      else flight.keep();
    }
    const isWaiting = failure === undefined && flights.length > 0;
    const caller = isWaiting ? this.#createCaller(flights, signal, gathering) : undefined;
    if (due.length > 0) this.refreshDue(due, source);
    this.startAll(taken);
    try {
      if (failure !== undefined) throw failure.error;
      if (caller !== undefined) {
        this.#gatherings.add(gathering);
        await caller.promise;
      }
      return gathering;
    } catch (error) {
      gathering.release(this.answers.disposal);
      throw error;
    } finally {
      this.#gatherings.delete(gathering);
    }
  }

  override lend(): void {
    super.lend();
    for (const gathering of this.#gatherings) {
      gathering.holdFound(this.answers.disposal!, (key, value) => {
        const slot = this.host.findKept(key);
        return slot !== 0 && Object.is(this.host.value(slot), value);
      });
    }
  }

  /** Implements `LRUCache.refresh`. Never throws: errors reject the promise, and are reported. */
  refresh(key: K): Promise<V> {
    try {
      const source = this.#sourceOf(undefined);
      this.#assertLoadable(key);
      const known = this.flights.get(key);
      const flight = known ?? this.createFlight(key, source, false);
      flight.keep();
      const promise = this.#join(flight).share();
      // The report runs outside of the async context of the call that began the refresh.
      promise.catch((error) => {
        if (!this.isDisposed) outside(() => this.answers.report(error));
      });
      if (known === undefined) this.start(flight.load);
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
    return this.host.use(key) ?? this.#staleHit(key, staleWhileRevalidate, true);
  }

  /**
   * The flight that a call for a missing key can join, or undefined. If a failure is remembered,
   * the stale value that stands in for it; throws the failure if there is no such value.
   */
  #joinable(key: K): LoadFlight<K, V> | Found<V> | undefined {
    this.#assertLoadable(key);
    const flight = this.flights.get(key);
    if (flight !== undefined) {
      this.host.stats.coalesced++;
      return flight;
    }
    const failure = this.failures.find(key, this.now);
    if (failure === undefined) return undefined;
    const stale = this.answers.standIn(key, failure.error);
    if (stale === undefined) throw failure.error;
    this.host.stats.staleHits++;
    return stale;
  }

  #staleHit(key: K, window: number | undefined, isDue: boolean): Found<V> | undefined {
    const stale = this.answers.staleFor(key, window, isDue);
    if (stale !== undefined) this.host.stats.staleHits++;
    return stale;
  }

  /** Throws if a call cannot wait for a load of a key. */
  #assertLoadable(key: K): void {
    if (this.isDisposed) throw new CacheDisposedError("load entry");
    if (this.isCalling(key)) throw new LoadCycleError(key);
  }

  /** Notes that the load that asks waits for this flight. Throws if it would wait for itself. */
  #join(flight: LoadFlight<K, V>): LoadFlight<K, V> {
    const { loadCycles } = this.options;
    if (loadCycles === undefined) return flight;
    const release = loadCycles.wait(flight.load);
    if (release === undefined) throw new LoadCycleError(flight.key);
    flight.listen({ loaded: release, failed: release });
    return flight;
  }

  /** Creates a caller that may leave. */
  #createCaller(
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
      this.readClock();
      for (const flight of flights) {
        const stale = flight.isFenced ? undefined : this.answers.staleFor(flight.key, staleIfError);
        if (stale === undefined) continue;
        const hold = this.answers.disposal?.hold(flight.key, stale.value);
        if (caller.substitute(flight, stale.value, hold)) this.host.stats.staleHits++;
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
}

function signalOf(options: LoadOptions | undefined): LoadOptions["signal"] {
  return options === undefined ? undefined : readOptions("load entry", options, CHECKS).signal;
}

function isLoaderOrNone(load: unknown): boolean {
  return load === undefined || typeof load === "function";
}
