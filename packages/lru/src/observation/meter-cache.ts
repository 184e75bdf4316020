import type { CacheStats } from "../stats.ts";
import type { CacheObserver } from "./cache-observer.ts";

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
  /** Name of the cache, the attribute `heapwise.cache.name`. */
  name: string;
}

/** Seconds; those that OpenTelemetry advises for the durations of requests. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** A count of `stats()`, and what is added to it. */
interface Count {
  readonly instrument: object;
  readonly attributes: Record<string, string>;
  readonly read: (stats: CacheStats) => number;
  /** What was counted before the last reset. */
  before: number;
}

/**
 * An observer that feeds an OpenTelemetry meter, for the option `observers`. The conventions have no
 * metrics for caches in general; names, units and attributes follow their rules, and the draft for
 * those of .NET, under a prefix of our own.
 *
 * Counts are read from `stats()` when the meter collects, so that they cost the cache nothing; they
 * go on over `resetStats()`. The meter holds the cache weakly.
 */
export function meterCache(meter: MeterShape, { name }: MeterCacheOptions): CacheObserver {
  if (typeof name !== "string") {
    throw new TypeError(`Cannot meter cache: name is ${typeof name}, expected a string`);
  }
  const own = { "heapwise.cache.name": name };
  const gauge = (what: string, description: string, unit: string): object =>
    meter.createObservableUpDownCounter(`heapwise.cache.${what}`, { description, unit });
  const entries = gauge("entries", "Entries in the cache.", "{entry}");
  const active = gauge("loads.active", "Keys that are being loaded.", "{key}");
  const duration = meter.createHistogram("heapwise.cache.load.duration", {
    description: "Duration of loads.",
    unit: "s",
    advice: { explicitBucketBoundaries: BOUNDARIES },
  });
  const counts = countsOf(meter, own);
  const instruments = [...new Set(counts.map(({ instrument }) => instrument)), entries, active];
  return {
    watch(cache) {
      const held = new WeakRef(cache);
      const observe: Observe = (result) => {
        const live = held.deref();
        if (live === undefined) {
          meter.removeBatchObservableCallback(observe, instruments as never[]);
          return;
        }
        const stats = live.stats();
        for (const { instrument, attributes, read, before } of counts) {
          result.observe(instrument as never, before + read(stats), attributes);
        }
        result.observe(entries as never, live.size, own);
        result.observe(active as never, stats.inFlight, own);
      };
      meter.addBatchObservableCallback(observe, instruments as never[]);
    },
    reset(stats) {
      for (const count of counts) count.before += count.read(stats);
    },
    loadEnded({ outcome, durationMs, error }) {
      if (outcome === "abandoned") return;
      const failure = outcome === "failed" ? { "error.type": typeOf(error) } : {};
      duration.record(durationMs / 1000, { ...own, ...failure });
    },
  };
}

function countsOf(meter: MeterShape, own: Record<string, string>): Count[] {
  const create = (what: string, description: string, unit: string): object =>
    meter.createObservableCounter(`heapwise.cache.${what}`, { description, unit });
  const requests = create("requests", "Requests for an entry.", "{request}");
  const stale = create("stale_hits", "Misses answered with a stale value.", "{request}");
  const evictions = create("evictions", "Entries that left by a bound or by time.", "{entry}");
  const count = (
    instrument: object,
    attributes: Record<string, string>,
    read: Count["read"],
  ): Count => ({ instrument, attributes: { ...own, ...attributes }, read, before: 0 });
  const result = "heapwise.cache.request.result";
  const reason = "heapwise.cache.eviction.reason";
  return [
    count(requests, { [result]: "hit" }, (stats) => stats.hits),
    count(requests, { [result]: "miss" }, (stats) => stats.misses),
    count(stale, {}, (stats) => stats.staleHits),
    count(evictions, { [reason]: "bound" }, (stats) => stats.evictions),
    count(evictions, { [reason]: "expired" }, (stats) => stats.expirations),
  ];
}

/** The class of an error, as the conventions want `error.type`. */
function typeOf(error: unknown): string {
  return error instanceof Error ? error.name : "_OTHER";
}
