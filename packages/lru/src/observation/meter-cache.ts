import type { CacheStats } from "../stats.ts";
import type { CacheObserver, ObservedCache } from "./cache-observer.ts";

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

interface Reading {
  readonly instrument: object;
  readonly attributes: Record<string, string>;
  readonly read: (cache: ObservedCache, stats: CacheStats) => number;
}

/**
 * An observer that feeds an OpenTelemetry meter, for the option `observers`. The conventions have no
 * metrics for caches in general; names, units and attributes follow their rules and their draft for
 * .NET, under a prefix of our own.
 *
 * Counts are read from `stats()` when the meter collects, so that they cost the cache nothing; they
 * go on over `resetStats()`. The meter holds the cache weakly.
 */
export function meterCache(meter: MeterShape, { name }: MeterCacheOptions): CacheObserver {
  if (typeof name !== "string") {
    throw new TypeError(`Cannot meter cache: name is ${typeof name}, expected a string`);
  }
  const own = { "heapwise.cache.name": name };
  const duration = meter.createHistogram("heapwise.cache.load.duration", {
    description: "Duration of loads.",
    unit: "s",
    advice: { explicitBucketBoundaries: BOUNDARIES },
  });
  return {
    watch(cache) {
      const readings = readingsOf(meter, own);
      const instruments = [...new Set(readings.map(({ instrument }) => instrument))] as never[];
      const held = new WeakRef(cache);
      const observe: Observe = (result) => {
        const live = held.deref();
        if (live === undefined) return meter.removeBatchObservableCallback(observe, instruments);
        const stats = live.stats();
        for (const { instrument, attributes, read } of readings) {
          result.observe(instrument as never, read(live, stats), attributes);
        }
      };
      meter.addBatchObservableCallback(observe, instruments);
    },
    loadEnded({ outcome, durationMs, error }) {
      if (outcome === "abandoned") return;
      const failure = outcome === "failed" ? { "error.type": typeOf(error) } : {};
      duration.record(durationMs / 1000, { ...own, ...failure });
    },
  };
}

function readingsOf(meter: MeterShape, own: Record<string, string>): Reading[] {
  const counter = (name: string, description: string, unit: string): object =>
    meter.createObservableCounter(`heapwise.cache.${name}`, { description, unit });
  const gauge = (name: string, description: string, unit: string): object =>
    meter.createObservableUpDownCounter(`heapwise.cache.${name}`, { description, unit });
  const requests = counter("requests", "Requests for an entry, by their result.", "{request}");
  const result = (type: string): Record<string, string> => ({
    ...own,
    "heapwise.cache.request.result": type,
  });
  const evictions = counter("evictions", "Entries that left by a bound or by time.", "{entry}");
  const reason = (type: string): Record<string, string> => ({
    ...own,
    "heapwise.cache.eviction.reason": type,
  });
  return [
    { instrument: requests, attributes: result("hit"), read: growing((stats) => stats.hits) },
    {
      instrument: requests,
      attributes: result("stale"),
      read: growing((stats) => stats.staleHits),
    },
    {
      instrument: requests,
      attributes: result("miss"),
      read: growing((stats) => stats.misses - stats.staleHits),
    },
    {
      instrument: evictions,
      attributes: reason("bound"),
      read: growing((stats) => stats.evictions),
    },
    {
      instrument: gauge("entries", "Entries in the cache.", "{entry}"),
      attributes: own,
      read: (cache) => cache.size,
    },
    {
      instrument: gauge("loads.active", "Keys that are being loaded.", "{key}"),
      attributes: own,
      read: (_cache, stats) => stats.inFlight,
    },
  ];
}

/** A count that goes on where `resetStats` has set it back. */
function growing(count: (stats: CacheStats) => number): Reading["read"] {
  let before = 0;
  let last = 0;
  return (_cache, stats) => {
    const now = count(stats);
    if (now < last) before += last;
    last = now;
    return before + now;
  };
}

/** The class of an error, as the conventions want `error.type`. */
function typeOf(error: unknown): string {
  return error instanceof Error ? error.name : "_OTHER";
}
