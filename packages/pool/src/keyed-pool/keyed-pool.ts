/// <reference lib="esnext.disposable" preserve="true" />
import { checkInteger, checkNames, checkType } from "../checks.ts";
import { PoolClosedError } from "../errors.ts";
import { describeKey } from "../held-loans.ts";
import type { Holder, Lease } from "../lease.ts";
import { Durations } from "../observation/durations.ts";
import { keepReport } from "../resource-pool/keeping/closing.ts";
import type { CreationGovernor } from "../resource-pool/supply/creation-governor.ts";
import type { UseScope } from "../resource-pool/waiting/deadlock.ts";
import { checkAcquire, readClose, readReplace } from "../resource-pool/call-options.ts";
import type {
  AcquireOptions,
  CloseOptions,
  CreateContext,
  ReplaceOptions,
  ResourcePoolOptions,
} from "../resource-pool/options.ts";
import { checkPoolBounds, poolOptionNames, readSettings } from "../resource-pool/settings.ts";
import type { Callbacks } from "../resource-pool/callbacks/owner-callbacks.ts";
import type { PoolEvents } from "../resource-pool/reports/pool-events.ts";
import { PoolParts } from "../resource-pool/pool-parts.ts";
import type { CloseReport, ResourcePoolStats } from "../resource-pool/reports/pool-stats.ts";
import type { Deadline } from "../time/deadline-queue.ts";
import { KeyCore } from "./key-core.ts";
import { SharedRoom } from "./shared-room.ts";

type CallbackName = "create" | "validate" | "prepare" | "reset" | "destroy";

/** What a keyed pool holds. Each key has a resource pool with the other options. */
export interface KeyedPoolOptions<K, T> extends Omit<
  ResourcePoolOptions<T>,
  CallbackName | "min" | "minIdle" | "max" | "maxWaiters"
> {
  /** Makes a resource for a key. */
  create: (key: K, context: CreateContext) => PromiseLike<T> | T;
  validate?: ((value: T, key: K) => PromiseLike<boolean> | boolean) | undefined;
  prepare?: ((value: T, key: K) => unknown) | undefined;
  reset?: ((value: T, key: K) => unknown) | undefined;
  destroy?: ((value: T, reason: unknown, key: K) => unknown) | undefined;
  /** Most resources of all keys together. */
  max: number;
  /** Most resources of one key. `max` by default. */
  maxPerKey?: number | undefined;
  /** Most calls of `acquire` that wait, over all keys, beside those for which there is room. Infinity by default. */
  maxWaiters?: number | undefined;
  /** Most calls of `acquire` that wait for one key. `maxWaiters` by default. */
  maxWaitersPerKey?: number | undefined;
  /** Most keys of which nothing is in use; those used longest ago let their resources go. Infinity by default: then `idleTimeout` decides. */
  idleKeys?: number | undefined;
}

/** How a keyed pool stands, over all its keys, and what it counted. */
export interface KeyedPoolStats extends Omit<ResourcePoolStats, "key" | "all"> {
  /** Keys that have a resource, or somebody who waits for one. */
  readonly keys: number;
}

/** New bounds; one that is left out stays. */
export interface ResizeKeyedPoolOptions {
  max?: number | undefined;
  maxPerKey?: number | undefined;
}

/** A holder, and the key of the resource. */
export interface KeyedHolder<K, T> extends Holder<T> {
  readonly key: K;
}

const ACTION = "create pool";
const OWN = ["maxPerKey", "maxWaitersPerKey", "idleKeys"];
const REFUSED = ["min", "minIdle"];

/** Keys of which failures are remembered although nothing else is left of them. */
const MOST_GOVERNORS = 1000;

/** Counts that go on when their key has gone. */
const COUNTS = [
  "created",
  "createFailures",
  "destroyed",
  "callbackFailures",
  "late",
  "acquired",
  "timeouts",
  "refused",
  "lost",
] as const;

/** What a key has now. */
const STANDS = [
  "total",
  "idle",
  "leased",
  "creating",
  "checking",
  "resetting",
  "closing",
  "waiting",
] as const;

/**
 * Lends resources of many kinds, one resource pool for each key: connections to many hosts, say. There
 * is a bound for each key and one for all. When all of them together are at the bound, a key that
 * needs a resource takes the place of what is idle under another key; if nothing is idle, whoever has
 * waited longest is next, whatever the key: then a resource that comes back may be destroyed, to make
 * room for one of another key. A key leaves with its last resource.
 *
 * ```ts
 * import { KeyedPool } from "@heapwise/pool";
 *
 * const pool = new KeyedPool({ create: (host: string) => ({ host }), max: 100, maxPerKey: 10 });
 * await pool.use("a.example", (connection) => connection.host); // => "a.example"
 * pool.stats().keys; // => 1
 * await pool.close();
 * ```
 */
export class KeyedPool<K, T> implements AsyncDisposable {
  readonly #parts: PoolParts<T>;
  readonly #room: SharedRoom<K, T>;
  #maxPerKey: number | undefined;
  /** The key used longest ago first. */
  readonly #cores = new Map<K, KeyCore<K, T>>();
  /** What is known of failures to create, of keys that have left after one; the oldest first. */
  readonly #governors = new Map<K, CreationGovernor>();
  readonly #suspendedKeys = new Set<K>();
  #isSuspended = false;
  readonly #gone = {
    counts: Object.fromEntries(COUNTS.map((name) => [name, 0])) as Record<
      (typeof COUNTS)[number],
      number
    >,
    waitTimes: new Durations(),
    useTimes: new Durations(),
  };
  #isClosed = false;
  /**
   * When its close is forced, for all keys in one change: with a deadline each, those who wait would
   * take the room of a key that was forced before their own.
   */
  readonly #force: Deadline = { at: Infinity, run: () => this.#forceAll(), index: -1 };
  /** While it closes. */
  #report: Promise<CloseReport<T>> | undefined;
  /** When it has closed. */
  #last: (() => CloseReport<T>) | undefined;

  /** Makes a pool without any key. Throws for bad options. */
  constructor(options: KeyedPoolOptions<K, T>) {
    for (const name of REFUSED) {
      if ((options as object | null)?.[name as never] === undefined) continue;
      throw new TypeError(`Cannot create pool: ${name} is set, expected none in a keyed pool`);
    }
    const known = [...poolOptionNames(), ...OWN];
    checkNames(
      ACTION,
      options,
      known.filter((name) => !REFUSED.includes(name)),
    );
    const { max, maxPerKey, idleKeys = Infinity, maxWaiters = Infinity, ...rest } = options;
    const { maxWaitersPerKey = maxWaiters, ...others } = rest;
    checkType(ACTION, "create", options.create, "function");
    checkPoolBounds(ACTION, 0, max);
    checkInteger(ACTION, "maxPerKey", maxPerKey ?? max, 1, Infinity);
    checkInteger(ACTION, "idleKeys", idleKeys, 0, Infinity);
    checkInteger(ACTION, "maxWaiters", maxWaiters, 0, Infinity);
    checkInteger(ACTION, "maxWaitersPerKey", maxWaitersPerKey, 0, Infinity);
    const { create, validate, prepare, reset, destroy } = options;
    const settings = readSettings<T>({
      ...(others as unknown as ResourcePoolOptions<T>),
      max: Math.min(max, maxPerKey ?? max),
      maxWaiters: maxWaitersPerKey,
    });
    this.#maxPerKey = maxPerKey;
    this.#parts = new PoolParts<T>(settings, {
      create: (context, key) => create(key as K, context),
      validate,
      prepare,
      reset,
      destroy,
    } as Callbacks<T>);
    const bounds = { max, maxWaiters, idleKeys, aging: settings.aging };
    this.#room = new SharedRoom<K, T>(bounds, {
      cores: { [Symbol.iterator]: () => this.#cores.values() },
      onEmpty: (core) => this.#forget(core),
      holders: () => this.holders(),
    });
  }

  /** Borrows a resource of a key; see `acquire` of ResourcePool. */
  acquire(key: K, options?: AcquireOptions<T>): Promise<Lease<T>> {
    try {
      if (options !== undefined) checkAcquire(options);
      return this.#open(key, options).acquire(options, undefined);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Borrows a resource of a key that is idle now, or returns undefined. Throws when the pool or the key is closed. */
  tryAcquire(key: K): Lease<T> | undefined {
    if (this.#isClosed) throw this.#closedError(key);
    const core = this.#cores.get(key);
    const lease = core?.tryAcquire();
    if (lease !== undefined) this.#use(core!);
    return lease;
  }

  /** Borrows a resource of a key for as long as `run` takes. */
  async use<R>(
    key: K,
    run: (value: T, lease: Lease<T>) => PromiseLike<R> | R,
    options?: AcquireOptions<T>,
  ): Promise<R> {
    checkType("use resource", "run", run, "function");
    if (options !== undefined) checkAcquire(options);
    const { scopes } = this.#parts.settings;
    if (scopes === undefined) {
      const lease = await this.#open(key, options).acquire(options, undefined);
      try {
        return await run(lease.value, lease);
      } finally {
        lease.end();
      }
    }
    const askedIn = scopes.current();
    const usedIn: UseScope = { parent: askedIn };
    const lease = await this.#open(key, options).acquire(options ?? {}, { askedIn, usedIn });
    try {
      return await scopes.run(usedIn, () => run(lease.value, lease));
    } finally {
      lease.end();
    }
  }

  /** Ends a resource of any key, whatever its state; see `discard` of ResourcePool. */
  discard(value: T, reason: unknown = "discarded"): boolean {
    return this.#parts.discard(value, reason);
  }

  /** The keys that have a resource or a waiter, the one used longest ago first. */
  keys(): K[] {
    return [...this.#cores.keys()];
  }

  /** Destroys what is idle, of one key or of all. Returns how many. */
  evictIdle(...keys: [K?]): number {
    let evicted = 0;
    if (keys.length > 0) return this.#cores.get(keys[0] as K)?.stock.evictIdle("evicted") ?? 0;
    this.#changeAll((core) => (evicted += core.stock.evictIdle("evicted")));
    return evicted;
  }

  /** Who has what, the oldest loan first. */
  holders(): KeyedHolder<K, T>[] {
    return [...this.#cores.values()]
      .flatMap(({ key, report }) => report.holders().map((holder) => ({ ...holder, key })))
      .sort((a, b) => b.age - a.age);
  }

  /** How the pool stands over all keys. */
  stats(): KeyedPoolStats {
    const { name } = this.#parts.settings;
    const sums = { ...this.#gone.counts } as Record<
      (typeof COUNTS)[number] | (typeof STANDS)[number],
      number
    >;
    for (const each of STANDS) sums[each] = 0;
    const waitTimes = new Durations();
    const useTimes = new Durations();
    waitTimes.add(this.#gone.waitTimes);
    useTimes.add(this.#gone.useTimes);
    for (const { report } of this.#cores.values()) {
      const stats = report.stats();
      for (const each of COUNTS) sums[each] += stats[each];
      for (const each of STANDS) sums[each] += stats[each];
      waitTimes.add(report.waitTimes);
      useTimes.add(report.useTimes);
    }
    const ended = Math.max(0, sums.acquired - sums.leased);
    return {
      name,
      min: 0,
      max: this.#room.max,
      minIdle: 0,
      maxIdle: this.#room.max,
      keys: this.#cores.size,
      ...sums,
      waits: waitTimes.count,
      waitTime: waitTimes.sum,
      longestWait: waitTimes.max,
      useTime: useTimes.sum,
      waitTimes: waitTimes.summary(sums.acquired - waitTimes.count),
      useTimes: useTimes.summary(Math.max(0, ended - useTimes.count)),
    };
  }

  /** How one key stands, and what it counted since it was last unknown; undefined for a key that the pool does not have. */
  statsOf(key: K): ResourcePoolStats | undefined {
    return this.#cores.get(key)?.report.stats();
  }

  /** Calls `listener` with every event of this name and the key; returns what ends it. */
  on<Name extends keyof PoolEvents<T>>(
    event: Name,
    listener: (event: PoolEvents<T>[Name], key: K) => unknown,
  ): () => void {
    return this.#parts.events.on(event, listener as never);
  }

  /** Changes bounds now; see `resize` of ResourcePool. Throws for bad bounds, and then changes nothing. */
  resize(bounds: ResizeKeyedPoolOptions): void {
    checkNames("resize pool", bounds, ["max", "maxPerKey"]);
    const { max = this.#room.max, maxPerKey = this.#maxPerKey } = bounds;
    checkPoolBounds("resize pool", 0, max);
    checkInteger("resize pool", "maxPerKey", maxPerKey ?? max, 1, Infinity);
    this.#maxPerKey = maxPerKey;
    this.#room.max = max;
    this.#parts.settings.max = Math.min(max, maxPerKey ?? max);
    this.#changeAll((core) => core.resized());
  }

  /** Replaces the resources of all keys; see `replaceAll` of ResourcePool. */
  replaceAll(options: ReplaceOptions = {}): void {
    const over = readReplace(options);
    this.#changeAll((core) => core.stock.replaceAll(over));
  }

  /** Replaces the resources of one key. Returns whether the pool has the key. */
  replaceKey(key: K, options: ReplaceOptions = {}): boolean {
    const over = readReplace(options);
    const core = this.#cores.get(key);
    core?.stock.replaceAll(over);
    return core !== undefined;
  }

  /** Lends nothing until `resume`: calls of `acquire` wait, and their timeouts run. */
  suspend(): void {
    this.#isSuspended = true;
    this.#changeAll((core) => core.suspend(true));
  }

  /** Ends `suspend`. Keys that are suspended by themselves stay so. */
  resume(): void {
    this.#isSuspended = false;
    this.#changeAll((core) => {
      if (!this.#suspendedKeys.has(core.key)) core.suspend(false);
    });
  }

  /** Lends nothing of a key until `resumeKey`, also if the pool does not have it yet. */
  suspendKey(key: K): void {
    this.#suspendedKeys.add(key);
    this.#cores.get(key)?.suspend(true);
  }

  /** Ends `suspendKey`. */
  resumeKey(key: K): void {
    this.#suspendedKeys.delete(key);
    if (!this.#isSuspended) this.#cores.get(key)?.suspend(false);
  }

  /**
   * Closes one key; see `close` of ResourcePool. Until that is done, calls for it are refused with a
   * PoolClosedError; then the pool does not have the key, and a call opens it again.
   */
  closeKey(key: K, options: CloseOptions = {}): Promise<CloseReport<T>> {
    try {
      const order = readClose(options);
      this.#governors.delete(key);
      const report = this.#cores.get(key)?.close(order);
      const nothing = { destroyed: 0, left: [], abandoned: 0, failures: [] };
      return report ?? Promise.resolve(nothing);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Closes the pools of all keys; see `close` of ResourcePool. */
  close(options: CloseOptions = {}): Promise<CloseReport<T>> {
    try {
      const { deadline, serves } = readClose(options);
      const at = this.#parts.now() + deadline;
      // Before the pools of the keys close, for their callbacks may call this one.
      this.#isClosed = true;
      const reports: Promise<CloseReport<T>>[] = [];
      this.#changeAll((core) => {
        const report = core.close({ deadline: deadline > 0 ? Infinity : 0, serves });
        if (report !== undefined) reports.push(report);
      });
      if (deadline > 0 && reports.length > 0) this.#planForce(at);
      if (this.#last !== undefined) return Promise.resolve(this.#last());
      return (this.#report ??= this.#finish(reports));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Closes the pool with the default deadline. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get [Symbol.toStringTag](): string {
    return "KeyedPool";
  }

  #planForce(at: number): void {
    if (at >= this.#force.at) return;
    this.#parts.deadlines.remove(this.#force);
    this.#force.at = at;
    this.#parts.deadlines.put(this.#force);
  }

  #forceAll(): void {
    this.#changeAll((core) => void core.close({ deadline: 0, serves: false }));
  }

  async #finish(closing: Promise<CloseReport<T>>[]): Promise<CloseReport<T>> {
    const reports = await Promise.all(closing);
    this.#governors.clear();
    this.#suspendedKeys.clear();
    this.#parts.deadlines.clear();
    const report = {
      destroyed: reports.reduce((sum, { destroyed }) => sum + destroyed, 0),
      left: reports.flatMap(({ left }) => left),
      abandoned: reports.reduce((sum, { abandoned }) => sum + abandoned, 0),
      failures: reports.flatMap(({ failures }) => failures),
    };
    this.#last = keepReport(report);
    this.#report = undefined;
    return report;
  }

  #changeAll(change: (core: KeyCore<K, T>) => void): void {
    this.#room.changeAll([...this.#cores.values()], change);
  }

  /** The pool of a key for a call, made if it is not there. A call that has ended before it began does not count as a use. */
  #open(key: K, options: AcquireOptions<T> | undefined): KeyCore<K, T> {
    if (this.#isClosed) throw this.#closedError(key);
    const core = this.#cores.get(key);
    if (core === undefined) return this.#create(key);
    if (options?.signal?.aborted !== true) this.#use(core);
    return core;
  }

  #use(core: KeyCore<K, T>): void {
    const { key } = core;
    // A listener may have ended what was lent, and opened the key again.
    if (this.#cores.get(key) !== core) return;
    this.#cores.delete(key);
    this.#cores.set(key, core);
  }

  #create(key: K): KeyCore<K, T> {
    const core = new KeyCore<K, T>(this.#parts, key, this.#room, this.#governors.get(key));
    this.#governors.delete(key);
    if (this.#isSuspended || this.#suspendedKeys.has(key)) core.suspend(true);
    this.#cores.set(key, core);
    return core;
  }

  /** A key of which nothing is left leaves. A resource that comes late may still add to what it counted. */
  #forget(core: KeyCore<K, T>): void {
    const { key, governor, report, counted } = core;
    const counts = report.counts();
    for (const name of COUNTS) this.#gone.counts[name] += counts[name] - (counted?.[name] ?? 0);
    core.counted = counts;
    if (this.#cores.get(key) !== core) return;
    this.#cores.delete(key);
    core.dispose();
    if (governor.failures > 0 && !core.isClosed) this.#remember(key, governor);
    this.#gone.waitTimes.add(report.waitTimes);
    this.#gone.useTimes.add(report.useTimes);
  }

  /** Keeps what is known of failures, so that a breaker and a delay outlive a key that has nothing but those. */
  #remember(key: K, governor: CreationGovernor): void {
    this.#governors.set(key, governor);
    if (this.#governors.size <= MOST_GOVERNORS) return;
    const [oldest] = this.#governors.keys();
    this.#governors.delete(oldest as K);
  }

  #closedError(key: K): PoolClosedError {
    const { name, min, idle, leased, creating, waiting, ...all } = this.stats();
    const { total, max } = all;
    const state = { name, min, max, total, idle, leased, creating, waiting };
    return new PoolClosedError("acquire resource", {
      ...state,
      key: describeKey(key),
      all: { total, max },
    });
  }
}
