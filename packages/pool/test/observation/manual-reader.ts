import {
  MeterProvider,
  MetricReader,
  type AggregationTemporality,
  type Histogram,
} from "@opentelemetry/sdk-metrics";
import type { MeterShape } from "@heapwise/pool/opentelemetry";

const PREFIX = "db.client.connection.";

/** A reader that collects on request. */
export class ManualReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}

  /** The values of each point, by `name, attributes`: its number, or its count, sum and unit. */
  async read(): Promise<Record<string, unknown>> {
    const { resourceMetrics, errors } = await this.collect();
    if (errors.length > 0) throw errors[0];
    const read: Record<string, unknown> = {};
    for (const { descriptor, dataPoints } of resourceMetrics.scopeMetrics.flatMap(
      (scope) => scope.metrics,
    )) {
      const { name, unit } = descriptor;
      if (!name.startsWith(PREFIX)) throw new Error(`a metric ${name}`);
      for (const { value, attributes } of dataPoints) {
        const id = [name.slice(PREFIX.length), ...Object.values(attributes)].join(" ");
        const isNumber = typeof value === "number";
        read[id] = isNumber ? value : [value.count, (value as Histogram).sum, unit];
      }
    }
    return read;
  }
}

/** A meter of the real SDK, its reader, and the number of its callbacks. */
export function realMeter(temporality?: AggregationTemporality): {
  meter: MeterShape;
  reader: ManualReader;
  callbacks: () => number;
} {
  const reader = new ManualReader(
    temporality === undefined ? {} : { aggregationTemporalitySelector: () => temporality },
  );
  const real = new MeterProvider({ readers: [reader] }).getMeter("test");
  let count = 0;
  const meter: MeterShape = {
    createCounter: (...of) => real.createCounter(...of),
    createHistogram: (...of) => real.createHistogram(...of),
    createObservableUpDownCounter: (...of) => real.createObservableUpDownCounter(...of),
    addBatchObservableCallback(...of) {
      count++;
      real.addBatchObservableCallback(...of);
    },
    removeBatchObservableCallback(...of) {
      count--;
      real.removeBatchObservableCallback(...of);
    },
  };
  return { meter, reader, callbacks: () => count };
}
