import { attempt } from "../host/attempt.ts";
import type { CacheObserver, LoadReport, ObservedCache, ObservedCounts } from "./cache-observer.ts";

/**
 * What is used of OpenTelemetry's `Meter`, whose own type fits. Written out here, so that neither
 * code nor types of OpenTelemetry are needed where it is not used.
 */
export interface MeterShape {
  createObservableCounter(name: string, options: InstrumentOptions): object;
  createObservableUpDownCounter(name: string, options: InstrumentOptions): object;
  createHistogram(name: string, options: HistogramOptions): HistogramShape;
  addBatchObservableCallback(callback: Observe, instruments: never[]): void;
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

/** What tells the caches of a program apart. */
export interface MeterCacheOptions {
  /** Name of the cache, the attribute `heapwise.cache.name`. Caches of one name are added up. */
  name: string;
}

/** Seconds; those that OpenTelemetry advises for the durations of requests. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

const RESULT = "heapwise.cache.request.result";
const REASON = "heapwise.cache.eviction.reason";

/** So many caches may be gone before somebody looks, and as many as there are alive. */
const FEW = 16;

/** By meter and name. */
const meters = /* @__PURE__ */ new WeakMap<MeterShape, Map<string, MeteredCaches>>();

/**
 * An observer that feeds an OpenTelemetry meter, for the option `observers`. The conventions have no
 * metrics for caches in general; names, units and attributes follow their rules, and the draft for
 * those of .NET, under a prefix of our own.
 *
 * Any number of caches may share an observer, a name and a meter, such as those of a memoized method:
 * their numbers are added up. Counts are read when the meter collects, so that they cost the cache
 * nothing; they go on over `resetStats()`, and what a cache has counted stays in the sum when it is
 * gone. The meter holds caches weakly. What a listener of the cache throws during a collection, in
 * which entries may expire, goes to `onError`, or is reported as uncaught.
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
  /** What was counted by caches that are gone, and before resets. */
  past: number;
}

/** A cache as long as it lives, and its counts, which are added to the past when it is gone. */
interface Metered {
  readonly cache: { deref(): ObservedCache | undefined };
  readonly counts: ObservedCounts;
  /** Entries when they were read last. */
  size: number;
}

/** The caches of one name on one meter, and the one callback that adds them up. */
class MeteredCaches {
  readonly #meter: MeterShape;
  readonly #own: Record<string, string>;
  readonly #counts: readonly Count[];
  readonly #entries: object;
  readonly #active: object;
  readonly #duration: HistogramShape;
  readonly #metered = new Set<Metered>();
  /** Of each cache, who is told of errors. By cache, because `onError` may hold the cache. */
  readonly #reports = new WeakMap<ObservedCache, (error: unknown) => void>();
  /** What was reset last. */
  #reset: ObservedCounts | undefined;
  #isCalled = false;
  /** So many caches are the occasion to look which of them are gone. */
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
    // An observer may be in the list of a cache twice.
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

  /** The counts of one of the caches begin again; these are what they were. */
  reset(counted: ObservedCounts): void {
    // By the same observer in one list.
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
    // After the sizes, for which entries expire.
    for (const { name, instrument, attributes, past } of this.#counts) {
      let sum = past;
      for (const { counts } of this.#metered) sum += counts[name];
      result.observe(instrument as never, sum, attributes);
    }
    result.observe(this.#entries as never, entries, this.#own);
    result.observe(this.#active as never, active, this.#own);
    // Not at once: the meter is going through its callbacks, and would pass over the next one.
    if (live.length === 0) void Promise.resolve().then(() => this.#leave());
  };

  /** Without a cache nothing changes any more: the meter goes on with what it was told last. */
  #leave(): void {
    if (!this.#isCalled || this.#metered.size > 0) return;
    this.#isCalled = false;
    this.#meter.removeBatchObservableCallback(this.#observe, this.#instruments);
  }

  /** The caches that are alive. The counts of the others go to the past. */
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

  /** Entries of a cache. Those that have expired leave, of which its listeners are told. */
  #sizeOf(metered: Metered, cache: ObservedCache): number {
    let expired = -1;
    // Once more after a listener has thrown, as long as entries leave for that, a slice each time.
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

/** Holds a cache weakly, if the host can; else it does not see it go. */
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

/** The class of an error, as the conventions want `error.type`. */
function typeOf(error: unknown): string {
  return error instanceof Error ? error.name : "_OTHER";
}
