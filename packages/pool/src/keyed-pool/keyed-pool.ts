/// <reference lib="esnext.disposable" preserve="true" />
import { checkInteger, checkNames, checkType } from "../checks.ts";
import { PoolClosedError } from "../errors.ts";
import { describeKey } from "../held-loans.ts";
import type { Holder, Lease } from "../lease.ts";
import { Durations } from "../observation/durations.ts";
import { keepReport } from "../resource-pool/keeping/closing.ts";
import type { CreationGovernor } from "../resource-pool/supply/creation-governor.ts";
import type { ResourceLease } from "../resource-pool/lending/resource-lease.ts";
import { openScope } from "../resource-pool/waiting/deadlock.ts";
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
import { checkListener, type PoolEvents } from "../resource-pool/reports/pool-events.ts";
import { PoolParts } from "../resource-pool/pool-parts.ts";
import type { CloseReport, ResourcePoolStats } from "../resource-pool/reports/pool-stats.ts";
import type { Deadline } from "../time/deadline-queue.ts";
import { KeyCore } from "./key-core.ts";
import { SharedBound } from "./shared-bound.ts";

type CallbackName = "create" | "validate" | "prepare" | "reset" | "destroy";

/**
 * Options of a KeyedPool. Each key has a resource pool with the other options (timeouts, retries,
 * checks and so on), which mean the same as in a ResourcePool. A keyed pool has no `min` and no
 * `minIdle`.
 *
 * @example
 * ```ts
 * import { KeyedPool, type KeyedPoolOptions } from "@heapwise/pool";
 *
 * const options: KeyedPoolOptions<string, { host: string }> = {
 *   create: (host) => ({ host }),
 *   max: 100,
 *   maxPerKey: 10,
 *   idleKeys: 50,
 *   idleTimeout: 60_000,
 * };
 * const pool = new KeyedPool(options);
 * await pool.use("a.example", ({ host }) => host); // => "a.example"
 * await pool.close();
 * ```
 */
export interface KeyedPoolOptions<K, T> extends Omit<
  ResourcePoolOptions<T>,
  CallbackName | "min" | "minIdle" | "max" | "maxWaiters"
> {
  /**
   * Makes a resource for a key. May return a promise, or throw. `context.signal` aborts if the
   * creation takes longer than `createTimeout`, or if the pool or the key is closed.
   */
  create: (key: K, context: CreateContext) => PromiseLike<T> | T;
  /**
   * Whether a resource still works. Called before a loan, and as `validateOnReturn` and `keepAlive`
   * say. If it returns false, throws or rejects, the resource is destroyed.
   */
  validate?: ((value: T, key: K) => PromiseLike<boolean> | boolean) | undefined;
  /** Prepares a resource for a loan, after `validate`. If it fails, the resource is destroyed. */
  prepare?: ((value: T, key: K) => unknown) | undefined;
  /** Resets a resource after a loan. If it fails, the resource is destroyed. */
  reset?: ((value: T, key: K) => unknown) | undefined;
  /** Ends a resource. Called once for each resource. Its errors are `error` events. */
  destroy?: ((value: T, reason: unknown, key: K) => unknown) | undefined;
  /** Maximum number of resources of all keys together: an integer from 1, or Infinity. */
  max: number;
  /** Maximum number of resources of one key: an integer from 1. `max` by default. */
  maxPerKey?: number | undefined;
  /**
   * Maximum number of waiting calls of `acquire` over all keys, in addition to the calls for which
   * a resource may be created. Infinity by default.
   */
  maxWaiters?: number | undefined;
  /** The same bound for the calls that wait for one key. `maxWaiters` by default. */
  maxWaitersPerKey?: number | undefined;
  /**
   * Maximum number of keys without a loan and without a waiter: an integer from 0. Above it, the
   * resources of the least recently used of them are destroyed. Infinity by default: then only
   * `idleTimeout` removes idle keys.
   */
  idleKeys?: number | undefined;
}

/** Present state of a KeyedPool over all its keys, and its counts since it was made. */
export interface KeyedPoolStats extends Omit<ResourcePoolStats, "key" | "all"> {
  /** Number of keys that have a resource or a waiter. */
  readonly keys: number;
}

/** New bounds for `resize`. An omitted bound keeps its value. */
export interface ResizeKeyedPoolOptions {
  /** Maximum number of resources of all keys together: an integer from 1, or Infinity. */
  max?: number | undefined;
  /** Maximum number of resources of one key: an integer from 1, or Infinity. */
  maxPerKey?: number | undefined;
}

/** A loan of a KeyedPool that has not ended, with the key of its resource. */
export interface KeyedHolder<K, T> extends Holder<T> {
  /** The key of the resource. */
  readonly key: K;
}

const ACTION = "create pool";
const OWN = ["maxPerKey", "maxWaitersPerKey", "idleKeys"];
const REFUSED = ["min", "minIdle"];

/** Maximum number of forgotten keys whose failures to create are remembered. */
const MOST_GOVERNORS = 1000;

/** The counts of a key that are kept in the sums after the key is forgotten. */
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

/** The numbers of the present state of a key. */
const STATES = [
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
 * Lends resources of many keys, such as connections to many hosts or tenants. Each key has a
 * resource pool; `maxPerKey` bounds one key, and `max` bounds all keys together.
 *
 * If all keys together are at `max`, a key that needs a resource takes the place of an idle
 * resource of another key. If no resource is idle, the call that has waited longest is next,
 * whatever its key: a resource of another key that is returned may then be destroyed to make room.
 * So a busy key cannot starve a quiet one. A key is forgotten with its last resource and waiter.
 *
 * @example
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
  readonly #bound: SharedBound<K, T>;
  #maxPerKey: number | undefined;
  /** In the order of the last use of each key, the least recently used first. */
  readonly #cores = new Map<K, KeyCore<K, T>>();
  /** The governors of forgotten keys whose last creation failed, the oldest first. */
  readonly #governors = new Map<K, CreationGovernor>();
  readonly #suspendedKeys = new Set<K>();
  #isSuspended = false;
  /** Sums over forgotten keys. */
  readonly #forgotten = {
    counts: Object.fromEntries(COUNTS.map((name) => [name, 0])) as Record<
      (typeof COUNTS)[number],
      number
    >,
    waitTimes: new Durations(),
    useTimes: new Durations(),
  };
  #isClosed = false;
  /**
   * The deadline of `close`, one for all keys. With one deadline for each key, waiters of a later
   * key would take the room of a key that was forced earlier.
   */
  readonly #force: Deadline = { at: Infinity, run: () => this.#forceAll(), index: -1 };
  /** Set while the pool closes. */
  #report: Promise<CloseReport<T>> | undefined;
  /** Set when the pool has closed. */
  #last: (() => CloseReport<T>) | undefined;

  /**
   * Makes a pool without keys. Creates no resource yet.
   *
   * @throws {TypeError} if an option is not known, has a wrong type, or needs another option.
   * @throws {RangeError} if an option has a wrong value.
   */
  constructor(options: KeyedPoolOptions<K, T>) {
    for (const name of REFUSED) {
      if ((options as object | null)?.[name as never] === undefined) continue;
      throw new TypeError(`Cannot create pool: ${name} is set, expected undefined in a keyed pool`);
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
    const bounds = { max, maxWaiters, idleKeys, aging: settings.aging };
    this.#bound = new SharedBound<K, T>(bounds, {
      cores: { [Symbol.iterator]: () => this.#cores.values() },
      onEmpty: (core) => this.#forget(core),
      holders: () => this.holders(),
    });
    const bound = this.#bound;
    this.#parts = new PoolParts<T>(settings, {
      create: bound.nesting((context: CreateContext, key: unknown) => create(key as K, context)),
      validate: validate && bound.nesting(validate),
      prepare: prepare && bound.nesting(prepare),
      reset: reset && bound.nesting(reset),
      destroy: destroy && bound.nesting(destroy),
    } as Callbacks<T>);
  }

  /**
   * Borrows a resource of a key: an idle one, a returned one or a new one, whichever is ready
   * first. Calls for a key that have the same priority are served in the order in which they came.
   * Opens the key if the pool does not have it.
   *
   * Rejects with a PoolTimeoutError after `timeout` (`acquireTimeout` by default), with a
   * PoolExhaustedError if the queue is full or the pool sheds load, with a CreateError if `create`
   * fails and `retry` is not set, with a PoolClosedError if the pool or the key is closed, with the
   * reason of `signal`, or with a TypeError or RangeError if an option is invalid.
   *
   * @example
   * ```ts
   * import { KeyedPool } from "@heapwise/pool";
   *
   * const pool = new KeyedPool({ create: (host: string) => ({ host }), max: 10 });
   * const lease = await pool.acquire("a.example", { timeout: 1000, label: "fetch" });
   * lease.value.host; // => "a.example"
   * lease.release();
   * await pool.close();
   * ```
   */
  acquire(key: K, options?: AcquireOptions<T>): Promise<Lease<T>> {
    this.#bound.depth++;
    try {
      if (options !== undefined) checkAcquire(options);
      return this.#open(key, options).acquire(options, undefined);
    } catch (error) {
      return Promise.reject(error);
    } finally {
      this.#bound.depth--;
    }
  }

  /**
   * Borrows an idle resource of a key without waiting. Returns undefined if no resource of the key
   * is idle, if other calls are before this one, or if the resource cannot be validated at once.
   * Creates nothing.
   *
   * @throws {PoolClosedError} if the pool or the key is closed.
   *
   * @example
   * ```ts
   * import { KeyedPool } from "@heapwise/pool";
   *
   * const pool = new KeyedPool({ create: (host: string) => ({ host }), max: 10 });
   * await pool.use("a.example", () => {});
   * const lease = pool.tryAcquire("a.example");
   * lease?.value.host; // => "a.example"
   * pool.tryAcquire("a.example"); // => undefined
   * lease?.release();
   * await pool.close();
   * ```
   */
  tryAcquire(key: K): Lease<T> | undefined {
    if (this.#isClosed) throw this.#closedError(key);
    const core = this.#cores.get(key);
    const lease = core?.tryAcquire();
    if (lease !== undefined) this.#use(core!);
    return lease;
  }

  /**
   * Borrows a resource of a key for the time that `run` takes, and gives it back even if `run`
   * throws. Rejects like `acquire`, or with the error of `run`.
   *
   * @returns a promise of the result of `run`.
   *
   * @example
   * ```ts
   * import { KeyedPool } from "@heapwise/pool";
   *
   * const pool = new KeyedPool({ create: (host: string) => ({ get: async () => host }), max: 10 });
   * await pool.use("a.example", (client) => client.get()); // => "a.example"
   * await pool.close();
   * ```
   */
  async use<R>(
    key: K,
    run: (value: T, lease: Lease<T>) => PromiseLike<R> | R,
    options?: AcquireOptions<T>,
  ): Promise<R> {
    checkType("use resource", "run", run, "function");
    if (options !== undefined) checkAcquire(options);
    const { scopes } = this.#parts.settings;
    const askedIn = scopes?.current();
    const usedIn = scopes && openScope(askedIn);
    let asked: Promise<ResourceLease<T>>;
    // Not in a method of its own, which would be a line of each stack that is recorded.
    this.#bound.depth++;
    try {
      asked = this.#open(key, options).acquire(options, usedIn && { askedIn, usedIn });
    } finally {
      this.#bound.depth--;
    }
    const lease = await asked;
    try {
      if (usedIn === undefined) return await run(lease.value, lease);
      return await scopes!.run(usedIn, () => run(lease.value, lease));
    } finally {
      if (usedIn !== undefined) usedIn.isOver = true;
      lease.end();
    }
  }

  /**
   * Ends a resource of any key, whatever its state: idle, on loan, or being checked. Call it from
   * the `close` and `error` events of a driver. A borrower that still has a lease can release it;
   * that does nothing. Never throws: errors of `destroy` are `error` events.
   *
   * @param reason Passed to `destroy`. "discarded" by default.
   * @returns whether the pool had the resource.
   *
   * @example
   * ```ts
   * import { KeyedPool } from "@heapwise/pool";
   *
   * const pool = new KeyedPool({ create: (host: string) => ({ host }), max: 10 });
   * const lease = await pool.acquire("a.example");
   * pool.discard(lease.value, "connection lost"); // => true
   * lease.release();
   * pool.keys(); // => []
   * ```
   */
  discard(value: T, reason: unknown = "discarded"): boolean {
    return this.#parts.discard(value, reason);
  }

  /** The keys that have a resource or a waiter, the least recently used first. */
  keys(): K[] {
    return [...this.#cores.keys()];
  }

  /**
   * Destroys the idle resources of a key or, if no key is passed, of all keys.
   *
   * @returns the number of resources. Does not wait for `destroy`.
   *
   * @example
   * ```ts
   * import { KeyedPool } from "@heapwise/pool";
   *
   * const pool = new KeyedPool({ create: (host: string) => ({ host }), max: 10 });
   * await pool.use("a.example", () => {});
   * await pool.use("b.example", () => {});
   * pool.evictIdle("a.example"); // => 1
   * pool.keys(); // => ["b.example"]
   * pool.evictIdle(); // => 1
   * ```
   */
  evictIdle(...keys: [K?]): number {
    let evicted = 0;
    if (keys.length > 0) return this.#cores.get(keys[0] as K)?.stock.evictIdle("evicted") ?? 0;
    this.#changeAll((core) => (evicted += core.stock.evictIdle("evicted")));
    return evicted;
  }

  /**
   * The present loans of all keys, the oldest first. Empty if nothing is on loan.
   *
   * @example
   * ```ts
   * import { KeyedPool } from "@heapwise/pool";
   *
   * const pool = new KeyedPool({ create: (host: string) => ({ host }), max: 10 });
   * const lease = await pool.acquire("a.example", { label: "fetch" });
   * pool.holders().map(({ key, label }) => [key, label]); // => [["a.example", "fetch"]]
   * lease.release();
   * await pool.close();
   * ```
   */
  holders(): KeyedHolder<K, T>[] {
    return [...this.#cores.values()]
      .flatMap(({ key, report }) => report.holders().map((holder) => ({ ...holder, key })))
      .sort((a, b) => b.age - a.age);
  }

  /**
   * The present state of the pool over all keys, and its counts since it was made, which include
   * forgotten keys. Changes nothing.
   */
  stats(): KeyedPoolStats {
    const { name } = this.#parts.settings;
    const sums = { ...this.#forgotten.counts } as Record<
      (typeof COUNTS)[number] | (typeof STATES)[number],
      number
    >;
    for (const each of STATES) sums[each] = 0;
    const waitTimes = new Durations();
    const useTimes = new Durations();
    waitTimes.add(this.#forgotten.waitTimes);
    useTimes.add(this.#forgotten.useTimes);
    for (const { report } of this.#cores.values()) {
      const stats = report.stats();
      for (const each of COUNTS) sums[each] += stats[each];
      for (const each of STATES) sums[each] += stats[each];
      waitTimes.add(report.waitTimes);
      useTimes.add(report.useTimes);
    }
    const ended = Math.max(0, sums.acquired - sums.leased);
    return {
      name,
      min: 0,
      max: this.#bound.max,
      minIdle: 0,
      maxIdle: this.#bound.max,
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

  /**
   * The present state of a key, and its counts since the pool opened it. Returns undefined if the
   * pool does not have the key. Changes nothing.
   *
   * @example
   * ```ts
   * import { KeyedPool } from "@heapwise/pool";
   *
   * const pool = new KeyedPool({ create: (host: string) => ({ host }), max: 10 });
   * await pool.use("a.example", () => {});
   * pool.statsOf("a.example")?.idle; // => 1
   * pool.statsOf("b.example"); // => undefined
   * await pool.close();
   * ```
   */
  statsOf(key: K): ResourcePoolStats | undefined {
    return this.#cores.get(key)?.report.stats();
  }

  /**
   * Calls `listener` with each event of this name and its key. Listeners run outside every async
   * context. An error of a listener is an `error` event, or uncaught if no listener has that event.
   *
   * @returns a function that removes the listener.
   * @throws {RangeError} if there is no event of this name.
   * @throws {TypeError} if `listener` is not a function.
   *
   * @example
   * ```ts
   * import { KeyedPool } from "@heapwise/pool";
   *
   * const pool = new KeyedPool({ create: (host: string) => ({ host }), max: 10 });
   * const created: string[] = [];
   * const off = pool.on("create", (_event, key) => created.push(key));
   * await pool.use("a.example", () => {});
   * created; // => ["a.example"]
   * off();
   * await pool.close();
   * ```
   */
  on<Name extends keyof PoolEvents<T>>(
    event: Name,
    listener: (event: PoolEvents<T>[Name], key: K) => unknown,
  ): () => void {
    checkListener(event, listener);
    return this.#parts.events.on(event, this.#bound.nesting(listener) as never);
  }

  /**
   * Changes `max`, `maxPerKey` or both now. Larger bounds serve waiters at once. Under smaller
   * bounds, surplus idle resources are destroyed now, and surplus resources on loan when they are
   * returned.
   *
   * @throws {TypeError} if an option is not known or is not a number. Then nothing is changed.
   * @throws {RangeError} if a bound is not an integer from 1 or Infinity. Then nothing is changed.
   *
   * @example
   * ```ts
   * import { KeyedPool } from "@heapwise/pool";
   *
   * const pool = new KeyedPool({ create: (host: string) => ({ host }), max: 1 });
   * await pool.acquire("a.example");
   * const waiter = pool.acquire("b.example");
   * pool.resize({ max: 2 });
   * (await waiter).value.host; // => "b.example"
   * await pool.close({ deadline: 0 });
   * ```
   */
  resize(bounds: ResizeKeyedPoolOptions): void {
    checkNames("resize pool", bounds, ["max", "maxPerKey"]);
    const { max = this.#bound.max, maxPerKey = this.#maxPerKey } = bounds;
    checkPoolBounds("resize pool", 0, max);
    checkInteger("resize pool", "maxPerKey", maxPerKey ?? max, 1, Infinity);
    this.#maxPerKey = maxPerKey;
    this.#bound.max = max;
    this.#parts.settings.max = Math.min(max, maxPerKey ?? max);
    this.#changeAll((core) => core.resized());
  }

  /**
   * Replaces each resource that the pool has now, at once or evenly over `over` ms. From its time
   * on a resource is not lent again: a resource on loan is destroyed when it is returned, a new
   * resource when it is ready, and an idle one when it is needed or replaced. Call it after a
   * failover, or with new credentials.
   *
   * @throws {RangeError} if `over` is not a number from 0.
   *
   * @example
   * ```ts
   * import { KeyedPool } from "@heapwise/pool";
   *
   * let version = 1;
   * const pool = new KeyedPool({ create: (_host: string) => ({ version }), max: 10 });
   * await pool.use("a.example", () => {});
   * version = 2;
   * pool.replaceAll();
   * await pool.use("a.example", (connection) => connection.version); // => 2
   * await pool.close();
   * ```
   */
  replaceAll(options: ReplaceOptions = {}): void {
    const over = readReplace(options);
    this.#changeAll((core) => core.stock.replaceAll(over));
  }

  /** Replaces the resources of one key, like `replaceAll`. Returns whether the pool has the key. */
  replaceKey(key: K, options: ReplaceOptions = {}): boolean {
    const over = readReplace(options);
    const core = this.#cores.get(key);
    core?.stock.replaceAll(over);
    return core !== undefined;
  }

  /**
   * Lends nothing until `resume`. Calls of `acquire` wait, and their timeouts run. Loans go on.
   *
   * @example
   * ```ts
   * import { KeyedPool } from "@heapwise/pool";
   *
   * const pool = new KeyedPool({ create: (host: string) => ({ host }), max: 10 });
   * pool.suspend();
   * const call = pool.use("a.example", ({ host }) => host);
   * pool.stats().waiting; // => 1
   * pool.resume();
   * await call; // => "a.example"
   * await pool.close();
   * ```
   */
  suspend(): void {
    this.#isSuspended = true;
    this.#changeAll((core) => core.suspend(true));
  }

  /** Ends `suspend`. Keys that were suspended by `suspendKey` stay suspended. */
  resume(): void {
    this.#isSuspended = false;
    this.#changeAll((core) => {
      if (!this.#suspendedKeys.has(core.key)) core.suspend(false);
    });
  }

  /**
   * Lends nothing of a key until `resumeKey`, even if the pool does not have the key yet. Calls of
   * `acquire` for the key wait, and their timeouts run. Loans go on.
   */
  suspendKey(key: K): void {
    this.#suspendedKeys.add(key);
    this.#cores.get(key)?.suspend(true);
  }

  /** Ends `suspendKey`. The key stays suspended while the whole pool is. */
  resumeKey(key: K): void {
    this.#suspendedKeys.delete(key);
    if (!this.#isSuspended) this.#cores.get(key)?.suspend(false);
  }

  /**
   * Closes one key, like `close`. Calls for the key are refused with a PoolClosedError until its
   * resources are destroyed. Then the pool has forgotten the key, with its failures to create, and
   * the next call opens it again. Resolves with an empty report if the pool does not have the key.
   *
   * @example
   * ```ts
   * import { KeyedPool } from "@heapwise/pool";
   *
   * const pool = new KeyedPool({ create: (host: string) => ({ host }), max: 10 });
   * await pool.use("a.example", () => {});
   * const { destroyed } = await pool.closeKey("a.example");
   * destroyed; // => 1
   * await pool.use("a.example", ({ host }) => host); // => "a.example"
   * await pool.close();
   * ```
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

  /**
   * Closes the pool. New calls are refused with a PoolClosedError; so are waiting calls, or they
   * are served first if `waiters` is "serve". Idle resources are destroyed, and loans are waited
   * for. After `deadline` ms (30,000 by default) the resources that are still on loan are destroyed
   * and reported.
   *
   * Resolves with a report when each `destroy` has settled or timed out. A second call returns the
   * same promise, and an earlier deadline counts. Rejects with a TypeError or RangeError if an
   * option is invalid.
   *
   * @example
   * ```ts
   * import { KeyedPool } from "@heapwise/pool";
   *
   * const pool = new KeyedPool({ create: (host: string) => ({ host }), max: 10 });
   * await pool.acquire("a.example", { label: "forgetful" });
   * const { left, destroyed } = await pool.close({ deadline: 10 });
   * left.map(({ label }) => label); // => ["forgetful"]
   * destroyed; // => 1
   * ```
   */
  close(options: CloseOptions = {}): Promise<CloseReport<T>> {
    try {
      const { deadline, serves } = readClose(options);
      const at = this.#parts.now() + deadline;
      // Set before the keys close, because their callbacks may call this pool.
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

  /** Closes the pool with the default deadline, 30 s. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** "KeyedPool", for `Object.prototype.toString` and inspectors. */
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
    this.#bound.changeAll([...this.#cores.values()], change);
  }

  /**
   * The pool of a key for a call; makes it if the key is new. A call whose signal has aborted
   * already does not count as a use of the key.
   */
  #open(key: K, options: AcquireOptions<T> | undefined): KeyCore<K, T> {
    if (this.#isClosed) throw this.#closedError(key);
    const core = this.#cores.get(key);
    if (core === undefined) return this.#create(key);
    if (options?.signal?.aborted !== true) this.#use(core);
    return core;
  }

  #use(core: KeyCore<K, T>): void {
    const { key } = core;
    // A listener may have ended the loan and opened the key again.
    if (this.#cores.get(key) !== core) return;
    this.#cores.delete(key);
    this.#cores.set(key, core);
  }

  #create(key: K): KeyCore<K, T> {
    const core = new KeyCore<K, T>(this.#parts, key, this.#bound, this.#governors.get(key));
    this.#governors.delete(key);
    if (this.#isSuspended || this.#suspendedKeys.has(key)) core.suspend(true);
    this.#cores.set(key, core);
    return core;
  }

  /**
   * Forgets a key of which nothing is left. A resource that arrives late may still add to its
   * counts.
   */
  #forget(core: KeyCore<K, T>): void {
    const { key, governor, report, counted } = core;
    const counts = report.counts();
    for (const name of COUNTS)
      this.#forgotten.counts[name] += counts[name] - (counted?.[name] ?? 0);
    core.counted = counts;
    if (this.#cores.get(key) !== core) return;
    this.#cores.delete(key);
    core.dispose();
    if (governor.failures > 0 && !core.isClosed) this.#remember(key, governor);
    this.#forgotten.waitTimes.add(report.waitTimes);
    this.#forgotten.useTimes.add(report.useTimes);
  }

  /** Keeps the governor of a forgotten key, so that its breaker and its delay stay in force. */
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
