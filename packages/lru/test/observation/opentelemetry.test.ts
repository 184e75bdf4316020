import { LRUCache } from "@heapwise/lru";
import { meterCache } from "@heapwise/lru/opentelemetry";
import { memoize } from "@heapwise/lru/memoize";
import { FakeClock } from "@heapwise/testkit";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  MetricReader,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { outcomeOf } from "../loading/deferred.ts";

/** A reader that collects when a test calls it. */
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

  it("refuses a name that is not a string", () => {
    const meter = new MeterProvider().getMeter("test");
    expect(() => meterCache(meter, {} as never)).toThrow(TypeError);
  });
});

/** The numbers of a collection as `name metric result-or-reason: value`, without durations. */
function numbersIn(collected: ResourceMetrics | undefined): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const { descriptor, dataPoints } of collected?.scopeMetrics.flatMap((one) => one.metrics) ??
    []) {
    for (const { value, attributes } of dataPoints) {
      const { "heapwise.cache.name": name, ...others } = attributes;
      const words = [name, descriptor.name.slice("heapwise.cache.".length)];
      if (typeof value === "number")
        numbers[[...words, ...Object.values(others)].join(" ")] = value;
    }
  }
  return numbers;
}

/** A meter of the real SDK, and the metrics that it exports to its exporter in memory. */
function realMeter(temporality = AggregationTemporality.CUMULATIVE) {
  const exporter = new InMemoryMetricExporter(temporality);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  const read = async (): Promise<Record<string, number>> => {
    exporter.reset();
    await provider.forceFlush();
    return numbersIn(exporter.getMetrics().at(-1));
  };
  return { meter: provider.getMeter("test"), read, end: () => provider.shutdown() };
}

describe("Caches of one name", () => {
  it("are added up, if they share an observer, and if each has its own", async () => {
    const { meter, read, end } = realMeter();
    const shared = meterCache(meter, { name: "a" });
    const caches = [shared, shared, meterCache(meter, { name: "a" })].map(
      (observer) => new LRUCache<number, number>({ max: 2, observers: [observer] }),
    );
    const other = new LRUCache<number, number>({
      max: 9,
      observers: [meterCache(meter, { name: "b" })],
    });
    caches.forEach((cache, i) => {
      for (let key = 0; key <= i; key++) cache.set(key, key).get(key);
      cache.get(99);
    });
    const pending = caches[1]!.getOrLoad(5, () => new Promise<number>(() => {}));
    other.set(1, 1).get(1);

    expect(await read()).toEqual({
      "a requests hit": 6,
      "a requests miss": 4,
      "a stale_hits": 0,
      "a evictions bound": 1,
      "a evictions expired": 0,
      "a entries": 5,
      "a loads.active": 1,
      "b requests hit": 1,
      "b requests miss": 0,
      "b stale_hits": 0,
      "b evictions bound": 0,
      "b evictions expired": 0,
      "b entries": 1,
      "b loads.active": 0,
    });
    caches[1]![Symbol.dispose]();
    await outcomeOf(pending);
    await end();
  });

  it("are the caches of the objects of a memoized method, which are created at any time", async () => {
    const { meter, read, end } = realMeter();
    class Square {
      side = 2;
      area = memoize(
        function (this: Square, factor: number) {
          return factor * this.side ** 2;
        },
        { observers: [meterCache(meter, { name: "area" })] },
      );
    }
    const { area } = new Square();
    const objects = [1, 2, 3].map((side) => ({ side, area }) as Square);
    let hits = 0;
    let before = -1;
    for (const [i, object] of objects.entries()) {
      for (let k = 0; k <= 5 * (3 - i); k++) object.area(1);
      hits += 5 * (3 - i);
      const numbers = await read();
      // The very first call reads no entry before it knows that the function is not async.
      expect(numbers["area requests hit"]).toBe(hits);
      expect(numbers["area entries"]).toBe(i + 1);
      expect(numbers["area requests hit"]).toBeGreaterThan(before);
      before = numbers["area requests hit"]!;
    }
    await end();
  });

  it("may be under two names at a time, and under one name twice", async () => {
    const { meter, read, end } = realMeter();
    const [a, b] = [meterCache(meter, { name: "a" }), meterCache(meter, { name: "b" })];
    const cache = new LRUCache<number, number>({ max: 9, observers: [a, b, a] });
    cache.set(1, 1).get(1);
    cache.resetStats();
    cache.get(1);
    const numbers = await read();
    expect([numbers["a requests hit"], numbers["b requests hit"]]).toEqual([2, 2]);
    expect([numbers["a entries"], numbers["b entries"]]).toEqual([1, 1]);
    await end();
  });

  it("are reset one by one, and none of the sums changes", async () => {
    const { meter, read, end } = realMeter();
    const observers = [meterCache(meter, { name: "a" })];
    const [first, second] = [1, 2].map(
      () => new LRUCache<number, number>({ max: 9, observers }),
    ) as [LRUCache<number, number>, LRUCache<number, number>];
    for (let i = 0; i < 5; i++) first.get(i);
    for (let i = 0; i < 7; i++) second.get(i);
    expect((await read())["a requests miss"]).toBe(12);
    first.resetStats();
    expect((await read())["a requests miss"]).toBe(12);
    first.get(1);
    second.resetStats();
    second.resetStats();
    second.get(1);
    expect((await read())["a requests miss"]).toBe(14);
    expect([first.stats().misses, second.stats().misses]).toEqual([1, 1]);
    await end();
  });

  it("keep the counts of a disposed cache in the sum", async () => {
    const { meter, read, end } = realMeter();
    const observers = [meterCache(meter, { name: "a" })];
    const make = () => new LRUCache<number, number>({ max: 9, observers });
    const first = make().set(1, 1);
    first.get(1);
    first[Symbol.dispose]();
    const second = make().set(1, 1);
    second.get(1);
    const numbers = await read();
    expect([numbers["a requests hit"], numbers["a entries"]]).toEqual([2, 1]);
    await end();
  });

  it.each([
    ["cumulative", AggregationTemporality.CUMULATIVE, [2, 2, 5]],
    ["delta", AggregationTemporality.DELTA, [2, 0, 3]],
  ])(
    "go on over collections, each told as it is asked for (%s)",
    async (_title, temporality, told) => {
      const { meter, read, end } = realMeter(temporality);
      const observers = [meterCache(meter, { name: "a" })];
      const caches = [1, 2].map(() => new LRUCache<number, number>({ max: 9, observers }));
      for (const cache of caches) cache.get(1);
      const first = (await read())["a requests miss"];
      const second = (await read())["a requests miss"];
      caches.push(new LRUCache<number, number>({ max: 9, observers }));
      for (const cache of caches) cache.get(1);
      expect([first, second, (await read())["a requests miss"]]).toEqual(told);
      await end();
    },
  );
});

describe("A listener that throws while a meter collects", () => {
  it.each([true, false])(
    "is reported, and all numbers are read, of its own cache too (with onError: %s)",
    async (hasOnError) => {
      const { meter, read, end } = realMeter();
      const clock = new FakeClock();
      const errors: unknown[] = [];
      const onError = (error: unknown): void => void errors.push(error);
      const host = globalThis as { reportError?: (error: unknown) => void };
      const { reportError } = host;
      host.reportError = onError;
      const make = (name: string, options: object): LRUCache<number, number> =>
        new LRUCache<number, number>({
          max: 9,
          observers: [meterCache(meter, { name })],
          ...options,
        });
      const time = { ttl: 10, clock: { now: clock.now } };
      const bad = make("a", {
        ...time,
        ...(hasOnError && { onError }),
        onRemoval: (key: number) => {
          throw new Error(`listener of ${key}`);
        },
      });
      const beside = make("a", {});
      const other = make("b", time);
      bad.set(1, 1).set(2, 2);
      for (const cache of [beside, other]) cache.set(1, 1).get(1);
      clock.advance(10);
      try {
        const numbers = await read();
        expect(numbers).toMatchObject({
          "a requests hit": 1,
          "a evictions expired": 2,
          "a entries": 1,
          "b requests hit": 1,
          "b evictions expired": 1,
          "b entries": 0,
        });
        expect(errors).toEqual([new Error("listener of 1")]);
      } finally {
        if (reportError === undefined) delete host.reportError;
        else host.reportError = reportError;
      }
      await end();
    },
  );

  it("or a clock that throws leaves the last number of entries, and the other caches are read", async () => {
    const { meter, read, end } = realMeter();
    let isBroken = false;
    const errors: unknown[] = [];
    const now = (): number => {
      if (isBroken) throw new Error("clock");
      return 1;
    };
    const observers = [meterCache(meter, { name: "a" })];
    const bad = new LRUCache<number, number>({
      max: 9,
      ttl: 9,
      clock: { now },
      observers,
      onError: (error) => void errors.push(error),
    });
    const good = new LRUCache<number, number>({ max: 9, observers });
    bad.set(1, 1);
    good.set(1, 1);
    expect((await read())["a entries"]).toBe(2);
    isBroken = true;
    good.set(2, 2).get(2);
    const numbers = await read();
    expect([numbers["a entries"], numbers["a requests hit"]]).toEqual([3, 1]);
    // One instrument of the number of entries, and the instruments of the counts.
    expect(errors).toEqual(Array.from({ length: 2 }, () => new Error("clock")));
    await end();
  });
});
