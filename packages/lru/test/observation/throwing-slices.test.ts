import { LRUCache } from "@heapwise/lru";
import { meterCache } from "@heapwise/lru/opentelemetry";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { afterEach, expect, it, vi } from "vitest";
afterEach(() => vi.unstubAllGlobals());

it("the meter gets the number of entries even if a listener throws in every slice", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e6 });
  const provider = new MeterProvider({ readers: [reader] });
  const observer = meterCache(provider.getMeter("m"), { name: "a" });
  let host = 0;
  let now = 0;
  let isThrowing = false;
  const errors: unknown[] = [];
  const cache = new LRUCache<number, number>({
    max: 50_000,
    ttl: 10,
    clock: { now: () => now },
    onError: (e) => errors.push(e),
    observers: [observer],
    onRemoval: () => {
      if (isThrowing) throw new Error("no");
    },
  });
  for (let i = 0; i < 20_000; i++) cache.set(i, i, { ttl: 1000 });
  for (let i = 20_000; i < 50_000; i++) cache.set(i, i);
  vi.stubGlobal("performance", { now: () => (host += 3_600_000) });
  now = 20;
  while (cache.stats().expirations === 0);
  isThrowing = true;
  await reader.collect().then(({ resourceMetrics }) => {
    const metrics = resourceMetrics.scopeMetrics[0]!.metrics;
    const entries = metrics.find((m) => m.descriptor.name === "heapwise.cache.entries")!
      .dataPoints[0]!.value;
    expect(errors.length).toBeGreaterThan(0);
    expect(entries).toBeGreaterThanOrEqual(20_000);
  });
  vi.unstubAllGlobals();
  await provider.shutdown();
});
