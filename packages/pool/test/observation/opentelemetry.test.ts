import { KeyedPool, ResourcePool } from "@heapwise/pool";
import { meterPool, type ObservedPool } from "@heapwise/pool/opentelemetry";
import { FakeClock } from "@heapwise/testkit";
import { AggregationTemporality, MeterProvider } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { ManualReader, realMeter } from "./manual-reader.ts";

const STATS = { name: "stand-in", min: 0, max: 4, idle: 1, leased: 2, waiting: 3 };

/** A pool whose state and events the test sets. */
class StandIn implements ObservedPool {
  stats: ObservedPool["stats"];
  readonly #listeners = new Map<string, Set<(event: object, key: unknown) => void>>();

  constructor(stats: Partial<ReturnType<ObservedPool["stats"]>> = {}) {
    this.stats = () => ({ ...STATS, ...stats });
  }

  on: ObservedPool["on"] = (name, listener) => {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  };

  emit(name: string, event: object, key?: unknown): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(event, key);
  }

  listeners(): string[] {
    return [...this.#listeners].filter(([, { size }]) => size > 0).map(([name]) => name);
  }
}

/** Waits until the callbacks of the last collection have been removed. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("meterPool", () => {
  it("reports the state of a ResourcePool", async () => {
    const { meter, reader } = realMeter();
    const pool = new ResourcePool({ create: () => ({}), min: 1, max: 3, maxIdle: 2 });
    meterPool(pool, { meter, name: "orders" });
    const lease = await pool.acquire();
    await Promise.all([pool.acquire(), pool.acquire()]);
    const waits = pool.acquire();
    lease.release();
    (await waits).release();
    const late = await pool.acquire();
    const timeout = pool.acquire({ timeout: 0 }).catch(() => "timeout");
    expect(await timeout).toBe("timeout");
    const other = pool.acquire();
    const read = await reader.read();
    expect(read).toMatchObject({
      "count orders idle": 0,
      "count orders used": 3,
      "idle.min orders": 1,
      "limit orders": 3,
      "max orders": 3,
      "pending_requests orders": 1,
      "timeouts orders": 1,
    });
    late.release();
    (await other).release();
    expect(await reader.read()).toMatchObject({
      "count orders idle": 1,
      "count orders used": 2,
      "pending_requests orders": 0,
    });
    await pool.close({ deadline: 0 });
    expect(await reader.read()).toMatchObject({ "count orders idle": 0, "count orders used": 0 });
  });

  it("has the instruments and units of the conventions", async () => {
    const reader = new ManualReader();
    const meter = new MeterProvider({ readers: [reader] }).getMeter("test");
    const pool = new StandIn();
    meterPool(pool, { meter });
    pool.emit("create", { createTime: 1 });
    pool.emit("acquire", { waitTime: 1 });
    pool.emit("release", { age: 1 });
    pool.emit("timeout", { operation: "acquire" });
    const { resourceMetrics } = await reader.collect();
    const metrics = resourceMetrics.scopeMetrics[0]!.metrics;
    const found = metrics.map(({ descriptor: { name, unit }, dataPoints, ...of }) => {
      const isMonotonic = "isMonotonic" in of ? [of.isMonotonic] : [];
      return [name, unit, ...isMonotonic, ...Object.keys(dataPoints[0]!.attributes)];
    });
    const name = "db.client.connection.pool.name";
    expect(found.sort()).toEqual([
      ["db.client.connection.count", "{connection}", false, name, "db.client.connection.state"],
      ["db.client.connection.create_time", "s", name],
      ["db.client.connection.idle.max", "{connection}", false, name],
      ["db.client.connection.idle.min", "{connection}", false, name],
      ["db.client.connection.limit", "{connection}", false, name],
      ["db.client.connection.max", "{connection}", false, name],
      ["db.client.connection.pending_requests", "{request}", false, name],
      ["db.client.connection.timeouts", "{timeout}", true, name],
      ["db.client.connection.use_time", "s", name],
      ["db.client.connection.wait_time", "s", name],
    ]);
    expect(metrics[0]!.dataPoints[0]!.attributes[name]).toBe("stand-in");
  });

  it("records durations in seconds, and none that an event does not have", async () => {
    const { meter, reader } = realMeter();
    const pool = new StandIn();
    meterPool(pool, { meter, name: "a" });
    for (const ms of [0, 500, 2000]) pool.emit("acquire", { waitTime: ms });
    pool.emit("create", { createTime: 30 });
    pool.emit("release", { age: 7000 });
    for (const name of ["create", "acquire", "release"]) pool.emit(name, {});
    pool.emit("timeout", { operation: "destroy" });
    const read = await reader.read();
    expect(read).toMatchObject({
      "wait_time a": [3, 2.5, "s"],
      "create_time a": [1, 0.03, "s"],
      "use_time a": [1, 7, "s"],
    });
    expect(read["timeouts a"]).toBeUndefined();
  });

  it("records the use times of a real pool", async () => {
    const { meter, reader } = realMeter();
    const clock = new FakeClock();
    const pool = new ResourcePool({ create: () => ({}), max: 1, clock });
    meterPool(pool, { meter, name: "a" });
    for (const ms of [250, 1750]) {
      const lease = await pool.acquire();
      clock.advance(ms);
      lease.release();
    }
    expect((await reader.read())["use_time a"]).toEqual([2, 2, "s"]);
  });

  it("does not listen to loans if durations is false", async () => {
    const { meter, reader } = realMeter();
    const pool = new StandIn();
    meterPool(pool, { meter, name: "a", durations: false });
    expect(pool.listeners()).toEqual(["create", "timeout"]);
    pool.emit("create", { createTime: 1000 });
    expect(await reader.read()).toMatchObject({ "create_time a": [1, 1, "s"], "limit a": 4 });
  });

  it("counts resources that are checked or reset as used, and omits a bound that is not set", async () => {
    const { meter, reader } = realMeter();
    meterPool(new StandIn({ checking: 5, resetting: 7 }), { meter, name: "a" });
    meterPool(new StandIn({ max: Infinity, maxIdle: 6, min: 2, minIdle: 3 }), { meter, name: "b" });
    meterPool(new StandIn({ max: Infinity }), { meter, name: "c" });
    const read = await reader.read();
    expect(read).toMatchObject({
      "count a used": 14,
      "idle.max a": 4,
      "idle.min a": 0,
      "idle.max b": 6,
      "idle.min b": 3,
    });
    for (const name of ["limit b", "max b", "idle.max c"]) expect(read).not.toHaveProperty([name]);
  });

  it("adds up the pools of one name", async () => {
    const { meter, reader, callbacks } = realMeter();
    const pools = [new StandIn(), new StandIn({ idle: 10 }), new StandIn()] as const;
    meterPool(pools[0], { meter });
    meterPool(pools[1], { meter, name: "stand-in" });
    meterPool(pools[2], { meter, name: "other" });
    for (const pool of pools) pool.emit("acquire", { waitTime: 1000 });
    expect(await reader.read()).toMatchObject({
      "count stand-in idle": 11,
      "count stand-in used": 4,
      "pending_requests stand-in": 6,
      "limit stand-in": 8,
      "wait_time stand-in": [2, 2, "s"],
      "count other idle": 1,
      "wait_time other": [1, 1, "s"],
    });
    expect(callbacks()).toBe(1);
  });

  it("reports a pool once, however often it is metered under a name", async () => {
    const { meter, reader } = realMeter();
    const pool = new StandIn();
    meterPool(pool, { meter, name: "a" });
    const unobserve = meterPool(pool, { meter, name: "a" });
    meterPool(pool, { meter, name: "b" });
    pool.emit("acquire", { waitTime: 1000 });
    expect(await reader.read()).toMatchObject({
      "count a idle": 1,
      "wait_time a": [1, 1, "s"],
      "wait_time b": [1, 1, "s"],
    });
    unobserve();
    pool.emit("acquire", { waitTime: 1000 });
    expect(await reader.read()).toMatchObject({
      "count a idle": 0,
      "count b idle": 1,
      "wait_time a": [1, 1, "s"],
      "wait_time b": [2, 2, "s"],
    });
  });

  it.each([
    ["cumulative", AggregationTemporality.CUMULATIVE, { "count a idle": 0, "limit a": 0 }],
    ["delta", AggregationTemporality.DELTA, { "count a idle": -1, "limit a": -4 }],
  ])(
    "reports 0 for a pool that is no longer metered, and then nothing (%s)",
    async (_title, how, gone) => {
      const { meter, reader, callbacks } = realMeter(how);
      const pool = new StandIn();
      const unobserve = meterPool(pool, { meter, name: "a" });
      expect(await reader.read()).toMatchObject({ "count a idle": 1, "limit a": 4 });
      unobserve();
      unobserve();
      expect(pool.listeners()).toEqual([]);
      expect(await reader.read()).toMatchObject(gone);
      await turn();
      expect(callbacks()).toBe(0);
      // A second metering of the same pool.
      const again = meterPool(pool, { meter, name: "a" });
      expect([callbacks(), pool.listeners().length]).toEqual([1, 4]);
      expect(await reader.read()).toMatchObject({ "count a idle": 1, "limit a": 4 });
      again();
    },
  );

  it("goes on if a pool is added in the collection that misses the last one", async () => {
    const { meter, reader, callbacks } = realMeter();
    meterPool(new StandIn(), { meter, name: "a" })();
    const read = reader.read();
    meterPool(new StandIn(), { meter, name: "b" });
    await read;
    await turn();
    expect(callbacks()).toBe(1);
    expect(await reader.read()).toMatchObject({ "count b idle": 1 });
  });

  it("removes no callback of others from the collection in which it ends", async () => {
    const { meter, reader } = realMeter();
    meterPool(new StandIn(), { meter, name: "a" })();
    const others = ["b", "c"];
    for (const state of others) {
      const gauge = meter.createObservableUpDownCounter(`db.client.connection.${state}`, {
        description: "Of somebody else.",
        unit: "1",
      });
      meter.addBatchObservableCallback(
        (result) => result.observe(gauge as never, 5, {}),
        [gauge as never],
      );
    }
    expect(await reader.read()).toMatchObject({ b: 5, c: 5 });
  });

  it.each<[string, unknown, unknown, string]>([
    ["no pool", undefined, { meter: {} }, "expected a ResourcePool or a KeyedPool"],
    ["no options", new StandIn(), undefined, "options are undefined, expected an object"],
    ["no meter", new StandIn(), {}, "meter is undefined, expected a Meter"],
    ["null", new StandIn(), { meter: null }, "meter is null, expected a Meter"],
    ["a name", new StandIn(), { meter: {}, name: 5 }, "name is number, expected a string"],
    ["durations", new StandIn(), { meter: {}, durations: 1 }, "durations is number"],
    ["a typo", new StandIn(), { meter: {}, nam: "a" }, 'option "nam" is not known'],
    ["keys", new StandIn(), { meter: {}, keyAttributes: () => ({}) }, "a pool without keys"],
  ])("refuses bad arguments: %s", (_title, pool, options, message) => {
    expect(() => meterPool(pool as never, options as never)).toThrow(TypeError);
    expect(() => meterPool(pool as never, options as never)).toThrow(message);
  });
});

/** A keyed pool whose state and events the test sets. */
class KeyedStandIn extends StandIn {
  readonly #stats: Map<string, Partial<typeof STATS>>;

  constructor(stats: Record<string, Partial<typeof STATS>>) {
    super();
    this.#stats = new Map(Object.entries(stats));
  }

  keys(): string[] {
    return [...this.#stats.keys(), "gone"];
  }

  statsOf(key: string) {
    const stats = this.#stats.get(key);
    return stats && { ...STATS, ...stats };
  }

  forget(key: string): void {
    this.#stats.delete(key);
  }
}

describe("meterPool of a KeyedPool", () => {
  it("adds up all keys by default", async () => {
    const { meter, reader } = realMeter();
    const pool = new KeyedPool({ create: (key: string) => ({ key }), max: 2 });
    meterPool(pool, { meter, name: "hosts" });
    const [a, b] = await Promise.all([pool.acquire("a"), pool.acquire("b")]);
    const c = pool.acquire("c");
    await pool.acquire("a", { timeout: 0 }).catch(() => undefined);
    a.release();
    expect(await reader.read()).toMatchObject({ "limit hosts": 2, "timeouts hosts": 1 });
    (await c).release();
    b.release();
    const read = await reader.read();
    expect(read).toMatchObject({ "count hosts idle": 2, "pending_requests hosts": 0 });
    expect((read["use_time hosts"] as number[])[0]).toBe(3);
    await pool.close();
  });

  it("separates keys by their attributes", async () => {
    const { meter, reader } = realMeter();
    const pool = new KeyedStandIn({ a1: {}, a2: { idle: 5 }, b1: { waiting: 0 }, bad: {} });
    const keyAttributes = (key: string) => {
      if (key === "bad") throw new Error("bad");
      // The attributes are in another order.
      return key === "a2" ? { az: "z", region: "a" } : { region: key[0]!, az: "z" };
    };
    meterPool(pool, { meter, name: "p", keyAttributes });
    pool.emit("acquire", { waitTime: 1000 }, "a1");
    pool.emit("acquire", { waitTime: 1000 }, "a2");
    pool.emit("release", { age: 1000 }, "b1");
    pool.emit("timeout", { operation: "acquire" }, "b1");
    expect(await reader.read()).toMatchObject({
      "count p a z idle": 6,
      "count p a z used": 4,
      "count p b z idle": 1,
      "count p idle": 1,
      "pending_requests p a z": 6,
      "pending_requests p b z": 0,
      "limit p": 4,
      "wait_time p a z": [2, 2, "s"],
      "use_time p b z": [1, 1, "s"],
      "timeouts p b z": 1,
    });
    pool.forget("a1");
    pool.forget("b1");
    expect(await reader.read()).toMatchObject({ "count p a z idle": 5, "count p b z idle": 0 });
  });

  it("goes on whatever keyAttributes does, for loans and for other pools", async () => {
    const throwing = (): never => {
      throw new Error("read");
    };
    // The result of keyAttributes, and the reported attributes.
    const cases: readonly (readonly [give: () => unknown, told: string])[] = [
      [throwing, ""],
      [() => undefined, ""],
      [() => null, ""],
      [() => ({ port: 5432n }), " 5432"],
      [() => ({ port: 5432 }), " 5432"],
      [() => ({ port: undefined }), ""],
      [() => ({ shard: Symbol("s") }), " Symbol(s)"],
      [() => ({ host: { toString: throwing, toJSON: throwing } }), ""],
      [() => new Proxy({}, { ownKeys: throwing }), ""],
      [() => Promise.resolve({ a: "b" }), ""],
    ];
    for (const [give, told] of cases) {
      const { meter, reader } = realMeter();
      meterPool(new StandIn(), { meter, name: "other" });
      const pool = new KeyedStandIn({ a: {} });
      meterPool(pool, { meter, name: "p", keyAttributes: give as () => Record<string, string> });
      pool.emit("acquire", { waitTime: 1000 }, "a");
      pool.emit("timeout", { operation: "acquire" }, "a");
      expect(await reader.read()).toMatchObject({
        "count other idle": 1,
        [`count p${told} idle`]: 1,
        [`wait_time p${told}`]: [1, 1, "s"],
        [`timeouts p${told}`]: 1,
      });
    }
  });
});
