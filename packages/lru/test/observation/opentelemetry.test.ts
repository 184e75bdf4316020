import { LRUCache } from "@heapwise/lru";
import { meterCache } from "@heapwise/lru/opentelemetry";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { outcomeOf } from "../loading/deferred.ts";

/** Collects when it is asked to. */
class ManualReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}

  /** The points by metric, each as its value and its attributes but the name of the cache. */
  async read(): Promise<Record<string, unknown[]>> {
    const { resourceMetrics } = await this.collect();
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    return Object.fromEntries(
      metrics.map(({ descriptor, dataPoints }) => [
        `${descriptor.name} ${descriptor.unit}`,
        dataPoints.map(({ value, attributes }) => {
          const { "heapwise.cache.name": name, ...others } = attributes;
          expect(name).toBe("users");
          const number = typeof value === "number" ? value : value.count;
          return [number, ...Object.values(others)];
        }),
      ]),
    );
  }
}

describe("meterCache", () => {
  it("feeds the real SDK with counts, gauges and durations", async () => {
    const reader = new ManualReader();
    const meter = new MeterProvider({ readers: [reader] }).getMeter("test");
    const cache = new LRUCache<string, string>({
      max: 2,
      observers: [meterCache(meter, { name: "users" })],
      load: async (key) => {
        if (key === "bad") throw new RangeError("bad");
        return key;
      },
    });
    for (const key of ["a", "a", "b", "c"]) await cache.getOrLoad(key);
    await outcomeOf(cache.getOrLoad("bad"));
    const controller = new AbortController();
    const left = cache.getOrLoad("left", () => new Promise(() => {}), {
      signal: controller.signal,
    });
    controller.abort("gone");
    await outcomeOf(left);
    const pending = cache.getOrLoad("pending", () => new Promise(() => {}));

    expect(await reader.read()).toEqual({
      "heapwise.cache.requests {request}": [
        [1, "hit"],
        [6, "miss"],
      ],
      "heapwise.cache.stale_hits {request}": [[0]],
      "heapwise.cache.evictions {entry}": [
        [1, "bound"],
        [0, "expired"],
      ],
      "heapwise.cache.entries {entry}": [[2]],
      "heapwise.cache.loads.active {key}": [[1]],
      "heapwise.cache.load.duration s": [[3], [1, "RangeError"]],
    });

    cache.resetStats();
    cache.get("c");
    const again = await reader.read();
    expect(again["heapwise.cache.requests {request}"]).toEqual([
      [2, "hit"],
      [6, "miss"],
    ]);
    cache[Symbol.dispose]();
    await outcomeOf(pending);
  });

  it("refuses a name that is none", () => {
    const meter = new MeterProvider().getMeter("test");
    expect(() => meterCache(meter, {} as never)).toThrow(TypeError);
  });
});
