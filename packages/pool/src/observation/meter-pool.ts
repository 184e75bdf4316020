/**
 * The methods of a `Meter` of OpenTelemetry that `meterPool` calls; a `Meter` fits. Written out
 * here, so that the package needs neither code nor types of OpenTelemetry.
 */
export interface MeterShape {
  /** Makes a counter. */
  createCounter(name: string, options: InstrumentOptions): CounterShape;
  /** Makes a histogram. */
  createHistogram(name: string, options: HistogramOptions): HistogramShape;
  /** Makes a gauge whose values are added up over attributes. */
  createObservableUpDownCounter(name: string, options: InstrumentOptions): object;
  /** Adds a callback that is called at each collection. */
  addBatchObservableCallback(callback: Observe, instruments: never[]): void;
  /** Removes a callback. */
  removeBatchObservableCallback(callback: Observe, instruments: never[]): void;
}

/** The methods of a ResourcePool or a KeyedPool that `meterPool` calls; both fit. */
export interface ObservedPool {
  /** The present state of the pool. */
  stats(): ObservedStats;
  /** Adds a listener. Returns a function that removes it. */
  on(name: "create" | "acquire" | "release" | "timeout", listener: never): () => void;
  /** The keys of a KeyedPool. */
  keys?(): unknown[];
  /** The present state of a key of a KeyedPool. */
  statsOf?(key: never): ObservedStats | undefined;
}

/** Options of `meterPool`. */
export interface MeterPoolOptions<K = unknown> {
  /** The meter, such as `metrics.getMeter("my-service")` of `@opentelemetry/api`. */
  meter: MeterShape;
  /**
   * The value of the attribute `db.client.connection.pool.name`. The name of the pool by default.
   * Pools of the same name are added up.
   */
  name?: string | undefined;
  /**
   * Whether wait and use times are recorded. true by default; a loan then takes about 2 us instead
   * of 0.1 us, because each of these times is an event. false costs a loan nothing.
   */
  durations?: boolean | undefined;
  /**
   * For a KeyedPool: returns the attributes of a key, such as `(host) => ({ "server.address": host
   * })`. Keys with the same attributes are added up. By default all keys are added up, because a
   * meter keeps a value for each combination of attributes.
   */
  keyAttributes?: ((key: K) => Attributes) | undefined;
}

interface ObservedStats {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly idle: number;
  readonly leased: number;
  readonly waiting: number;
  readonly checking?: number | undefined;
  readonly resetting?: number | undefined;
  readonly minIdle?: number | undefined;
  readonly maxIdle?: number | undefined;
}

interface ObservedEvent {
  readonly value?: unknown;
  readonly operation?: string | undefined;
  /** Times in ms. */
  readonly createTime?: number | undefined;
  readonly waitTime?: number | undefined;
  readonly age?: number | undefined;
}

type Attributes = Readonly<Record<string, string>>;

interface InstrumentOptions {
  description: string;
  unit: string;
}

interface HistogramOptions extends InstrumentOptions {
  advice: { explicitBucketBoundaries: number[] };
}

interface CounterShape {
  add(value: number, attributes: Record<string, string>): void;
}

interface HistogramShape {
  record(value: number, attributes: Record<string, string>): void;
}

type Observe = (result: {
  observe(instrument: never, value: number, attributes: Record<string, string>): void;
}) => void;

const PREFIX = "db.client.connection.";
const STATE = `${PREFIX}state`;

/** Boundaries in seconds, as the conventions advise for operations of a database client. */
const BOUNDARIES = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** Events that do not slow down loans. */
const RARE_EVENTS = ["create", "timeout"] as const;
const ALL_EVENTS = [...RARE_EVENTS, "acquire", "release"] as const;

/**
 * Number of collected pools that are kept before the meter looks for them, in addition to as many
 * as there are live pools.
 */
const FEW = 16;

const KINDS: Readonly<Record<string, readonly [type: string, kind: string]>> = {
  meter: ["object", "a Meter of OpenTelemetry"],
  name: ["string", "a string"],
  durations: ["boolean", "a boolean"],
  keyAttributes: ["function", "a function"],
};

const meters = /* @__PURE__ */ new WeakMap<MeterShape, PoolMeter>();

/**
 * Feeds an OpenTelemetry meter with the metrics of a ResourcePool or KeyedPool, by the conventions
 * for `db.client.connection.*`: `count` by state, `idle.max`, `idle.min`, `limit` (and `max`, its
 * former name), `pending_requests`, `timeouts`, `create_time`, `wait_time` and `use_time`, in
 * seconds. Resources that are being checked or reset count as used. `idle.min` is the number of
 * resources that stay if none is in use.
 *
 * The meter holds the pool weakly, and a pool that is collected is no longer metered. If the pool
 * is metered already by the same meter under the same name, nothing changes.
 *
 * @returns a function that ends the metering: the next collection reports 0 for the pool, later
 *   ones report nothing.
 * @throws {TypeError} if the pool or an option is invalid.
 *
 * @example
 * ```ts
 * import { metrics } from "@opentelemetry/api";
 * import { ResourcePool } from "@heapwise/pool";
 * import { meterPool } from "@heapwise/pool/opentelemetry";
 *
 * const pool = new ResourcePool({ create: () => ({ id: 1 }), max: 10, name: "orders" });
 * const unobserve = meterPool(pool, { meter: metrics.getMeter("my-service") });
 * await pool.use(({ id }) => id); // => 1
 * unobserve();
 * await pool.close();
 * ```
 */
export function meterPool<K = unknown>(
  pool: ObservedPool,
  options: MeterPoolOptions<K>,
): () => void {
  checkOptions(pool, options);
  const { meter, name = pool.stats().name, durations = true, keyAttributes } = options;
  let all = meters.get(meter);
  if (all === undefined) meters.set(meter, (all = new PoolMeter(meter)));
  return unobserving(all, all.watch(pool, name, durations, keyAttributes as KeyAttributes));
}

/** A function of its own, so that the closure which ends the metering does not hold the pool. */
function unobserving(all: PoolMeter, metered: Metered): () => void {
  return () => all.leave(metered);
}

type KeyAttributes = ((key: unknown) => Attributes) | undefined;

/** A metered pool, held weakly, and the attributes of all its metrics. */
interface Metered {
  readonly pool: { deref(): ObservedPool | undefined };
  readonly own: Attributes;
}

/** The parts of a metering that may hold the pool. They are kept in a WeakMap by pool. */
interface Watch {
  readonly metered: Metered;
  readonly keyAttributes: KeyAttributes;
  readonly ends: readonly (() => void)[];
}

type GaugeName = "count" | "idle.max" | "idle.min" | "limit" | "max" | "pending_requests";

/** A value of a gauge, added up over pools and keys. */
interface Point {
  readonly gauge: GaugeName;
  readonly attributes: Attributes;
  sum: number;
}

/** The pools of one meter, and the one callback that adds them up. */
class PoolMeter {
  readonly #meter: MeterShape;
  readonly #instruments: Instruments;
  readonly #metered = new Set<Metered>();
  readonly #watches = new WeakMap<ObservedPool, Watch[]>();
  /** The values of the last collection. */
  #reported: ReadonlyMap<string, Point> = new Map();
  #isCalled = false;
  /** At this number of pools, the meter looks for collected ones. */
  #nextLook = FEW;

  constructor(meter: MeterShape) {
    this.#meter = meter;
    this.#instruments = instrumentsOf(meter);
  }

  watch(
    pool: ObservedPool,
    name: string,
    withDurations: boolean,
    keyAttributes: KeyAttributes,
  ): Metered {
    const own = { [`${PREFIX}pool.name`]: name };
    const watches = this.#watches.get(pool) ?? [];
    const known = watches.find(({ metered }) => metered.own[`${PREFIX}pool.name`] === name);
    if (known !== undefined) return known.metered;
    if (this.#metered.size >= this.#nextLook) this.#nextLook = 2 * this.#live().length + FEW;
    const metered = { pool: weakly(pool), own };
    const listeners = listenersOf(this.#instruments, own, keyAttributes);
    const events = withDurations ? ALL_EVENTS : RARE_EVENTS;
    const ends = events.map((event) => pool.on(event, listeners[event] as never));
    this.#watches.set(pool, [...watches, { metered, keyAttributes, ends }]);
    this.#metered.add(metered);
    if (!this.#isCalled) {
      this.#isCalled = true;
      this.#meter.addBatchObservableCallback(this.#observe, this.#gauges);
    }
    return metered;
  }

  leave(metered: Metered): void {
    if (!this.#metered.delete(metered)) return;
    const pool = metered.pool.deref();
    const watches = pool && this.#watches.get(pool);
    if (watches === undefined) return;
    for (const watch of watches) {
      if (watch.metered === metered) for (const end of watch.ends) end();
    }
    const others = watches.filter((watch) => watch.metered !== metered);
    this.#watches.set(pool!, others);
  }

  get #gauges(): never[] {
    return Object.values(this.#instruments.gauges) as never[];
  }

  readonly #observe: Observe = (result) => {
    const points = new Map<string, Point>();
    const live = this.#live();
    for (const [metered, pool] of live) this.#read(points, metered, pool);
    const { gauges } = this.#instruments;
    for (const { gauge, attributes, sum } of points.values()) {
      result.observe(gauges[gauge] as never, sum, attributes);
    }
    // Otherwise the meter would go on with the last value.
    for (const [id, { gauge, attributes }] of this.#reported) {
      if (!points.has(id)) result.observe(gauges[gauge] as never, 0, attributes);
    }
    this.#reported = points;
    // In a microtask: the meter is going through its callbacks, and would skip the next callback.
    if (live.length === 0) void Promise.resolve().then(() => this.#end());
  };

  #end(): void {
    if (!this.#isCalled || this.#metered.size > 0) return;
    this.#isCalled = false;
    this.#meter.removeBatchObservableCallback(this.#observe, this.#gauges);
  }

  /** The pools that have not been collected. Forgets the others. */
  #live(): [Metered, ObservedPool][] {
    const live: [Metered, ObservedPool][] = [];
    for (const metered of this.#metered) {
      const pool = metered.pool.deref();
      if (pool !== undefined) live.push([metered, pool]);
      else this.#metered.delete(metered);
    }
    return live;
  }

  #read(points: Map<string, Point>, metered: Metered, pool: ObservedPool): void {
    const { own } = metered;
    const stats = pool.stats();
    const { min, max, minIdle = 0, maxIdle = max } = stats;
    addPoint(points, "idle.max", own, Math.min(max, maxIdle));
    addPoint(points, "idle.min", own, Math.max(min, minIdle));
    addPoint(points, "limit", own, max);
    addPoint(points, "max", own, max);
    const watch = this.#watches.get(pool)?.find((each) => each.metered === metered);
    if (watch?.keyAttributes === undefined || pool.statsOf === undefined) {
      addStates(points, own, stats);
      return;
    }
    for (const key of pool.keys?.() ?? []) {
      const ofKey = pool.statsOf(key as never);
      if (ofKey === undefined) continue;
      addStates(points, attributesOf(own, watch.keyAttributes, key), ofKey);
    }
  }
}

interface Instruments {
  readonly gauges: Readonly<Record<GaugeName, object>>;
  readonly timeouts: CounterShape;
  readonly createTime: HistogramShape;
  readonly waitTime: HistogramShape;
  readonly useTime: HistogramShape;
}

function instrumentsOf(meter: MeterShape): Instruments {
  const gauge = (name: GaugeName, description: string, unit = "{connection}"): object =>
    meter.createObservableUpDownCounter(PREFIX + name, { description, unit });
  const histogram = (name: string, description: string): HistogramShape =>
    meter.createHistogram(PREFIX + name, {
      description,
      unit: "s",
      advice: { explicitBucketBoundaries: BOUNDARIES },
    });
  return {
    gauges: {
      count: gauge("count", "Resources by state."),
      "idle.max": gauge("idle.max", "Most idle resources."),
      "idle.min": gauge("idle.min", "Resources that stay if none is in use."),
      limit: gauge("limit", "Most resources."),
      max: gauge("max", "Most resources; the former name of the limit."),
      pending_requests: gauge("pending_requests", "Calls that wait for a resource.", "{request}"),
    },
    timeouts: meter.createCounter(`${PREFIX}timeouts`, {
      description: "Calls that ran into their timeout.",
      unit: "{timeout}",
    }),
    createTime: histogram("create_time", "How long a resource took to be made."),
    waitTime: histogram("wait_time", "How long a call waited for a resource."),
    useTime: histogram("use_time", "How long a resource was lent."),
  };
}

type Listener = (event: ObservedEvent, key?: unknown) => void;

/** The listeners for a pool. They do not hold the pool. */
function listenersOf(
  { createTime, waitTime, useTime, timeouts }: Instruments,
  own: Attributes,
  keyAttributes: KeyAttributes,
): Record<"create" | "acquire" | "release" | "timeout", Listener> {
  const of = (key: unknown): Attributes =>
    keyAttributes === undefined ? own : attributesOf(own, keyAttributes, key);
  const record = (histogram: HistogramShape, ms: number | undefined, key: unknown): void => {
    if (ms !== undefined) histogram.record(ms / 1000, of(key));
  };
  return {
    create: (event, key) => record(createTime, event.createTime, key),
    acquire: (event, key) => record(waitTime, event.waitTime, key),
    release: (event, key) => record(useTime, event.age, key),
    timeout: ({ operation }, key) => {
      if (operation === "acquire") timeouts.add(1, of(key));
    },
  };
}

/**
 * The attributes of a key. All values are texts, because a value that the meter cannot compare
 * would fail each collection. Returns the attributes of the pool alone if the function of the owner
 * throws.
 */
function attributesOf(own: Attributes, of: (key: unknown) => Attributes, key: unknown): Attributes {
  try {
    const attributes: Record<string, string> = { ...own };
    for (const [name, value] of Object.entries(of(key) ?? {})) {
      if ((value as unknown) !== undefined) attributes[name] = String(value);
    }
    return attributes;
  } catch {
    return own;
  }
}

function addStates(points: Map<string, Point>, attributes: Attributes, stats: ObservedStats): void {
  const { idle, leased, checking = 0, resetting = 0, waiting } = stats;
  addPoint(points, "count", { ...attributes, [STATE]: "idle" }, idle);
  addPoint(points, "count", { ...attributes, [STATE]: "used" }, leased + checking + resetting);
  addPoint(points, "pending_requests", attributes, waiting);
}

function addPoint(
  points: Map<string, Point>,
  gauge: GaugeName,
  attributes: Attributes,
  value: number,
): void {
  // A pool without a bound has no limit to report.
  if (!Number.isFinite(value)) return;
  const id = JSON.stringify([gauge, ...Object.entries(attributes).sort()]);
  const point = points.get(id);
  if (point === undefined) points.set(id, { gauge, attributes, sum: value });
  else point.sum += value;
}

/** Holds a pool weakly if the host has WeakRef, and otherwise strongly. */
function weakly(pool: ObservedPool): Metered["pool"] {
  return typeof WeakRef === "undefined" ? { deref: () => pool } : new WeakRef(pool);
}

function checkOptions(pool: ObservedPool, options: object): void {
  const action = "Cannot meter pool:";
  if (typeof pool?.on !== "function" || typeof pool.stats !== "function") {
    throw new TypeError(`${action} expected a ResourcePool or a KeyedPool`);
  }
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${action} options are ${String(options)}, expected an object`);
  }
  for (const [name, value] of Object.entries({ meter: undefined, ...options })) {
    if (value === undefined && name !== "meter") continue;
    const [type, kind] = KINDS[name] ?? [];
    if (type === undefined) {
      const known = Object.keys(KINDS).join(", ");
      throw new TypeError(`${action} option "${name}" is not known, expected one of ${known}`);
    }
    if (typeof value !== type || value === null) {
      const found = value === null ? "null" : typeof value;
      throw new TypeError(`${action} ${name} is ${found}, expected ${kind}`);
    }
    if (name === "keyAttributes" && typeof pool.keys !== "function") {
      throw new TypeError(
        `${action} keyAttributes is set, expected undefined for a pool without keys`,
      );
    }
  }
}
