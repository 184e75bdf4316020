import { LRUCache } from "@heapwise/lru";
import { memoize } from "@heapwise/lru/memoize";
import { meterCache, type MeterShape } from "@heapwise/lru/opentelemetry";
import { gcUntil, settle } from "@heapwise/testkit";
import { AggregationTemporality, MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";

/** A reader that collects when a test calls it. */
class ManualReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}

  /** The numbers by metric; undefined if a metric has no number. */
  async read(): Promise<Record<string, number[] | undefined>> {
    const { resourceMetrics } = await this.collect();
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    return Object.fromEntries(
      metrics.map(({ descriptor, dataPoints }) => [
        descriptor.name.slice("heapwise.cache.".length),
        dataPoints.map(({ value }) => value as number),
      ]),
    );
  }
}

type Observer = ReturnType<typeof meterCache>;

/** Uses a cache, and keeps no reference to it. */
function useOne(observer: Observer, misses: number): WeakRef<object> {
  const cache: LRUCache<number, number> = new LRUCache<number, number>({
    max: 9,
    ttl: 1e9,
    observers: [observer],
    // Holds the cache, as a listener may.
    onError: () => void cache.size,
  });
  cache.set(1, 1);
  for (let i = 0; i < misses; i++) cache.get(99);
  return new WeakRef(cache);
}

/** A meter that counts its callbacks. */
function countCallbacks(meter: MeterShape): { meter: MeterShape; count: () => number } {
  let count = 0;
  const counting: MeterShape = {
    createObservableCounter: (...of) => meter.createObservableCounter(...of),
    createObservableUpDownCounter: (...of) => meter.createObservableUpDownCounter(...of),
    createHistogram: (...of) => meter.createHistogram(...of),
    addBatchObservableCallback(...of) {
      count++;
      meter.addBatchObservableCallback(...of);
    },
    removeBatchObservableCallback(...of) {
      count--;
      meter.removeBatchObservableCallback(...of);
    },
  };
  return { meter: counting, count: () => count };
}

const isGone = (ref: WeakRef<object>) => (): boolean => ref.deref() === undefined;

describe("Caches that are collected", () => {
  it.each([
    ["cumulative", AggregationTemporality.CUMULATIVE],
    ["delta", AggregationTemporality.DELTA],
  ])("stay in sums that never fall, and leave the gauges (%s)", async (title, temporality) => {
    const reader = new ManualReader({ aggregationTemporalitySelector: () => temporality });
    const real = new MeterProvider({ readers: [reader] }).getMeter("test");
    const { meter, count } = countCallbacks(real as never);
    const observer = meterCache(meter, { name: "a" });
    const sums: (number | undefined)[] = [];
    const entries: (number | undefined)[] = [];
    const read = async (): Promise<void> => {
      const { requests, entries: now } = await reader.read();
      sums.push(requests?.[1]);
      entries.push(now?.[0]);
    };
    const first = useOne(observer, 3);
    await read();
    expect(await gcUntil(isGone(first))).toBe(true);
    // The counts since the last collection are in the sum as well.
    const second = useOne(observer, 4);
    expect(await gcUntil(isGone(second))).toBe(true);
    await read();
    expect(count()).toBe(0);
    // No cache is left: the last numbers stay.
    await read();
    const third = useOne(observer, 5);
    await read();
    expect(await gcUntil(isGone(third))).toBe(true);
    await read();
    const isDelta = title === "delta";
    expect(sums).toEqual(isDelta ? [3, 4, undefined, 5, 0] : [3, 7, 7, 12, 12]);
    expect(entries).toEqual(isDelta ? [1, -1, undefined, 1, -1] : [1, 0, 0, 1, 0]);
    expect(count()).toBe(0);
  });

  it("do not remove the callback of another name from the collection that misses them", async () => {
    const reader = new ManualReader();
    const meter = new MeterProvider({ readers: [reader] }).getMeter("test");
    const gone = useOne(meterCache(meter, { name: "a" }), 1);
    const cache = new LRUCache<number, number>({
      max: 9,
      observers: [meterCache(meter, { name: "b" })],
    });
    cache.get(1);
    expect(await gcUntil(isGone(gone))).toBe(true);
    cache.get(1);
    // Hits and misses of "a", then hits and misses of "b".
    expect((await reader.read())["requests"]).toEqual([0, 1, 0, 2]);
  });

  it("are counted for memoized methods whose objects are created and collected", async () => {
    const reader = new ManualReader();
    const meter = new MeterProvider({ readers: [reader] }).getMeter("test");
    const area = memoize(
      function (this: { side: number }, factor: number) {
        return factor * this.side;
      },
      { observers: [meterCache(meter, { name: "area" })] },
    );
    area.call({ side: 0 }, 1);
    let last = 0;
    for (let round = 1; round <= 4; round++) {
      const refs = Array.from({ length: 25 }, (_, side) => {
        const object = { side };
        area.call(object, 1);
        area.call(object, 1);
        return new WeakRef(object);
      });
      expect(await gcUntil(() => refs.every((ref) => ref.deref() === undefined))).toBe(true);
      const { requests } = await reader.read();
      expect(requests).toEqual([25 * round, 25 * round + 1]);
      expect(requests![0]).toBeGreaterThan(last);
      last = requests![0]!;
    }
  });

  it("leave nothing behind, even if no meter collects", async () => {
    const held = new Set<WeakRef<WeakRef<object>>>();
    const { WeakRef: Original } = globalThis;
    const meter = new MeterProvider().getMeter("test");
    const observer = meterCache(meter, { name: "a" });
    // The references that the observer makes, one for each cache.
    globalThis.WeakRef = class<T extends WeakKey> extends Original<T> {
      constructor(target: T) {
        super(target);
        held.add(new Original<WeakRef<object>>(this as never));
      }
    };
    try {
      for (let round = 0; round < 20; round++) {
        for (let i = 0; i < 50; i++)
          new LRUCache<number, number>({ max: 9, observers: [observer] });
        await settle();
      }
    } finally {
      globalThis.WeakRef = Original;
    }
    expect(held.size).toBe(1000);
    const alive = (): number => [...held].filter((ref) => ref.deref() !== undefined).length;
    expect(await gcUntil(() => alive() < 200)).toBe(true);
  });
});
