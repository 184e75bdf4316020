import { attempt } from "../host/attempt.ts";
import type { CacheObserver, LoadReport, ObservedCache, ObservedCounts } from "./cache-observer.ts";

/**
 * The members of the `Meter` of OpenTelemetry that `meterCache` uses. A `Meter` has this type. It
 * is written out here, so that this package needs neither code nor types of OpenTelemetry.
 */
export interface MeterShape {
  /** Creates a counter of events. */
  createObservableCounter(name: string, options: InstrumentOptions): object;
  /** Creates a counter of a quantity that rises and falls. */
  createObservableUpDownCounter(name: string, options: InstrumentOptions): object;
  /** Creates a histogram of durations. */
  createHistogram(name: string, options: HistogramOptions): HistogramShape;
  /** Adds a callback that the meter calls when it collects. */
  addBatchObservableCallback(callback: Observe, instruments: never[]): void;
  /** Removes such a callback. */
  removeBatchObservableCallback(callback: Observe, instruments: never[]): void;
}

interface InstrumentOptions {
  description: string;
  unit: string;
}

interface HistogramOptions extends InstrumentOptions {
  advice: { explicitBucketBoundaries: number[] };
}

interface HistogramShape {
  record(value: number, attributes: Record<string, string>): void;
}

type Observe = (result: {
  observe(instrument: never, value: number, attributes: Record<string, string>): void;
}) => void;

/** The options of `meterCache`. */
export interface MeterCacheOptions {
  /** Name of the cache: the attribute `heapwise.cache.name`. Caches of one name are added up. */
  name: string;
}

/** Bounds of the histogram, s, as OpenTelemetry advises them for the durations of requests. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

const RESULT = "heapwise.cache.request.result";
const REASON = "heapwise.cache.eviction.reason";

/** The number of dead caches, in addition to as many as are alive, that are not yet looked for. */
const FEW = 16;

/** The caches by meter and name. */
const meters = /* @__PURE__ */ new WeakMap<MeterShape, Map<string, MeteredCaches>>();

/**
 * Creates an observer that feeds a meter of OpenTelemetry, for the option `observers`. The semantic
 * conventions of OpenTelemetry have no metrics for caches in general. Names, units and attributes
 * follow their rules, and their draft for the caches of .NET, with the prefix `heapwise.cache`.
 *
 * - Any number of caches may share an observer, a name and a meter, as the caches of a memoized
 *   method do. Their numbers are added up.
 * - The counts are read when the meter collects, so that they cost the cache nothing.
 *   `resetStats()` does not reset them, and the counts of a dead cache stay in the sum.
 * - The meter does not keep the caches alive.
 * - Entries may expire during a collection. An error that a listener of the cache throws then goes
 *   to `onError`, or is reported as uncaught.
 *
 * @param meter A `Meter` of OpenTelemetry.
 * @returns The observer.
 * @throws {TypeError} If `name` is not a string.
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 * import { meterCache, type MeterShape } from "@heapwise/lru/opentelemetry";
 *
 * // In a program: metrics.getMeter("my-app") of @opentelemetry/api.
 * const created: string[] = [];
 * const meter: MeterShape = {
 *   createObservableCounter: (name) => ({ name: created.push(name) }),
 *   createObservableUpDownCounter: (name) => ({ name: created.push(name) }),
 *   createHistogram: () => ({ record() {} }),
 *   addBatchObservableCallback() {},
 *   removeBatchObservableCallback() {},
 * };
 * const observers = [meterCache(meter, { name: "users" })];
 * const users = new LRUCache<string, number>({ max: 100, observers });
 * created.includes("heapwise.cache.requests"); // => true
 * ```
 */
export function meterCache(meter: MeterShape, { name }: MeterCacheOptions): CacheObserver {
  if (typeof name !== "string") {
    throw new TypeError(`Cannot meter cache: name is ${typeof name}, expected a string`);
  }
  let named = meters.get(meter);
  if (named === undefined) meters.set(meter, (named = new Map()));
  let caches = named.get(name);
  if (caches === undefined) named.set(name, (caches = new MeteredCaches(meter, name)));
  const all = caches;
  return {
    watch: (cache, counts, report) => all.watch(cache, counts, report),
    reset: (counted) => all.reset(counted),
    loadEnded: (load) => all.loadEnded(load),
  };
}

/** A count, its instrument and its attributes. */
interface Count {
  readonly name: keyof ObservedCounts;
  readonly instrument: object;
  readonly attributes: Record<string, string>;
  /** The counts of dead caches, and the counts before resets. */
  past: number;
}

/** A cache, held weakly, and its counts, which are added to the past when the cache is dead. */
interface Metered {
  readonly cache: { deref(): ObservedCache | undefined };
  readonly counts: ObservedCounts;
  /** Number of entries at the last reading. */
  size: number;
}

/** The caches of one name on one meter, and the callback that adds them up. */
class MeteredCaches {
  readonly #meter: MeterShape;
  readonly #own: Record<string, string>;
  readonly #counts: readonly Count[];
  readonly #entries: object;
  readonly #active: object;
  readonly #duration: HistogramShape;
  readonly #metered = new Set<Metered>();
  /**
   * Reports errors, for each cache. Held weakly by the cache, because `onError` may hold the cache.
   */
  readonly #reports = new WeakMap<ObservedCache, (error: unknown) => void>();
  /** The counts that were reset last. */
  #reset: ObservedCounts | undefined;
  #isCalled = false;
  /** The number of caches from which on dead caches are looked for. */
  #many = FEW;

  constructor(meter: MeterShape, name: string) {
    this.#meter = meter;
    this.#own = { "heapwise.cache.name": name };
    const gauge = (what: string, description: string, unit: string): object =>
      meter.createObservableUpDownCounter(`heapwise.cache.${what}`, { description, unit });
    this.#entries = gauge("entries", "Entries in the cache.", "{entry}");
    this.#active = gauge("loads.active", "Keys that are being loaded.", "{key}");
    this.#duration = meter.createHistogram("heapwise.cache.load.duration", {
      description: "Duration of loads.",
      unit: "s",
      advice: { explicitBucketBoundaries: BOUNDARIES },
    });
    this.#counts = countsOf(meter, this.#own);
  }

  watch(cache: ObservedCache, counts: ObservedCounts, report: (error: unknown) => void): void {
    // The list of a cache may contain an observer twice.
    if (this.#reports.has(cache)) return;
    if (this.#metered.size >= this.#many) {
      this.#many = 2 * this.#live().length + FEW;
    }
    this.#reports.set(cache, report);
    const held = weakly(cache);
    this.#metered.add({ cache: held, counts, size: 0 });
    if (this.#isCalled) return;
    this.#isCalled = true;
    this.#meter.addBatchObservableCallback(this.#observe, this.#instruments);
  }

  /** Called if the counts of one of the caches are reset. `counted` are the counts before. */
  reset(counted: ObservedCounts): void {
    // The list of the cache contains this observer twice.
    if (counted === this.#reset) return;
    this.#reset = counted;
    this.#addToPast(counted);
  }

  loadEnded({ outcome, durationMs, error }: LoadReport): void {
    if (outcome === "abandoned") return;
    const failure = outcome === "failed" ? { "error.type": typeOf(error) } : {};
    this.#duration.record(durationMs / 1000, { ...this.#own, ...failure });
  }

  get #instruments(): never[] {
    const counters = this.#counts.map(({ instrument }) => instrument);
    return [...new Set(counters), this.#entries, this.#active] as never[];
  }

  readonly #observe: Observe = (result) => {
    const live = this.#live();
    let entries = 0;
    let active = 0;
    for (const [metered, cache] of live) {
      entries += this.#sizeOf(metered, cache);
      active += cache.stats().inFlight;
    }
    // After the sizes: reading a size removes expired entries, which is counted.
    for (const { name, instrument, attributes, past } of this.#counts) {
      let sum = past;
      for (const { counts } of this.#metered) sum += counts[name];
      result.observe(instrument as never, sum, attributes);
    }
    result.observe(this.#entries as never, entries, this.#own);
    result.observe(this.#active as never, active, this.#own);
    // Later: the meter is iterating over its callbacks, and would skip the next one.
    if (live.length === 0) void Promise.resolve().then(() => this.#leave());
  };

  /** Removes the callback if no cache is left. The meter keeps the last values. */
  #leave(): void {
    if (!this.#isCalled || this.#metered.size > 0) return;
    this.#isCalled = false;
    this.#meter.removeBatchObservableCallback(this.#observe, this.#instruments);
  }

  /** The caches that are alive. The counts of the dead caches go to the past. */
  #live(): [Metered, ObservedCache][] {
    const live: [Metered, ObservedCache][] = [];
    for (const metered of this.#metered) {
      const cache = metered.cache.deref();
      if (cache !== undefined) live.push([metered, cache]);
      else {
        this.#metered.delete(metered);
        this.#addToPast(metered.counts);
      }
    }
    return live;
  }

  #addToPast(counts: ObservedCounts): void {
    for (const count of this.#counts) count.past += counts[count.name];
  }

  /**
   * Number of entries of a cache. Removes expired entries, and calls the listeners of the cache.
   */
  #sizeOf(metered: Metered, cache: ObservedCache): number {
    let expired = -1;
    // If a listener throws, again, as long as each attempt removes a slice of the expired entries.
    while (metered.counts.expirations > expired) {
      expired = metered.counts.expirations;
      try {
        metered.size = cache.size;
        break;
      } catch (error) {
        this.#reports.get(cache)!(error);
      }
    }
    return metered.size;
  }
}

/** Holds a cache weakly. On a host without `WeakRef`, the cache is held strongly. */
function weakly(cache: ObservedCache): Metered["cache"] {
  return attempt(() => new WeakRef(cache)) ?? { deref: () => cache };
}

function countsOf(meter: MeterShape, own: Record<string, string>): Count[] {
  const create = (what: string, description: string, unit: string): object =>
    meter.createObservableCounter(`heapwise.cache.${what}`, { description, unit });
  const requests = create("requests", "Requests for an entry.", "{request}");
  const stale = create("stale_hits", "Misses answered with a stale value.", "{request}");
  const evictions = create("evictions", "Entries that left by a bound or by time.", "{entry}");
  const count = (
    name: Count["name"],
    instrument: object,
    attributes: Record<string, string>,
  ): Count => ({ name, instrument, attributes: { ...own, ...attributes }, past: 0 });
  return [
    count("hits", requests, { [RESULT]: "hit" }),
    count("misses", requests, { [RESULT]: "miss" }),
    count("staleHits", stale, {}),
    count("evictions", evictions, { [REASON]: "bound" }),
    count("expirations", evictions, { [REASON]: "expired" }),
  ];
}

/** The class of an error, for the attribute `error.type` of the conventions. */
function typeOf(error: unknown): string {
  return error instanceof Error ? error.name : "_OTHER";
}
