/// <reference lib="esnext.disposable" preserve="true" />
import { checkType } from "../checks.ts";
import type { Holder, Lease } from "../lease.ts";
import { checkAcquire, checkResize, readClose, readReplace } from "./call-options.ts";
import { keepReport } from "./keeping/closing.ts";
import type {
  AcquireOptions,
  CloseOptions,
  ReplaceOptions,
  ResizePoolOptions,
  ResourcePoolOptions,
} from "./options.ts";
import { PoolCore } from "./pool-core.ts";
import { PoolParts } from "./pool-parts.ts";
import type { PoolEvents, PoolListener } from "./reports/pool-events.ts";
import type { CloseReport, ResourcePoolStats } from "./reports/pool-stats.ts";
import { checkPoolBounds, readSettings } from "./settings.ts";
import { openScope } from "./waiting/deadlock.ts";

/**
 * Lends resources that are expensive to create: connections, workers, browsers. At most `max` of
 * them exist, each is lent to one borrower at a time, and waiting callers are served in the order
 * in which they came.
 *
 * A resource belongs to the pool. A borrower has it until it ends the loan: at the end of `use`, or
 * by `release` of the lease. If a lease is garbage collected before that, the pool destroys the
 * resource, creates another one if needed, and reports a `leak` event.
 *
 * @example
 * ```ts
 * import { ResourcePool } from "@heapwise/pool";
 *
 * const connect = () => ({ query: (text: string) => `did ${text}` });
 * const pool = new ResourcePool({ create: connect, max: 10 });
 * const answer = await pool.use((connection) => connection.query("select 1"));
 * answer; // => "did select 1"
 * await pool.close();
 * ```
 */
export class ResourcePool<T> implements AsyncDisposable {
  readonly #core: PoolCore<T>;
  readonly #parts: PoolParts<T>;
  /**
   * The report of a close that is under way. It has the values of holders, so it is here and not in
   * the core, which leases keep alive.
   */
  #report: Promise<CloseReport<T>> | undefined;
  /** The report of a close that is done. */
  #last: (() => CloseReport<T>) | undefined;

  /**
   * Creates a pool. If `min` or `minIdle` is set, the first creations begin in the next microtask;
   * see `ready`.
   *
   * @throws {TypeError} if an option is missing, unknown or of the wrong type.
   * @throws {RangeError} if an option is out of its range.
   */
  constructor(options: ResourcePoolOptions<T>) {
    const settings = readSettings(options);
    const { create, validate, prepare, reset, destroy } = settings;
    this.#parts = new PoolParts(settings, {
      create: (context) => create(context),
      validate: validate && ((value) => validate(value)),
      prepare: prepare && ((value) => prepare(value)),
      reset: reset && ((value) => reset(value)),
      destroy: destroy && ((value, reason) => destroy(value, reason)),
    });
    this.#core = new PoolCore(this.#parts);
  }

  /**
   * Borrows a resource: an idle one, one that comes back, or a new one, whichever is there first. A
   * resource whose caller has given up goes to the next waiter.
   *
   * @returns a lease, which must be released. `use` does that by itself.
   * @throws {PoolTimeoutError} if no resource came within `timeout` or `acquireTimeout`.
   * @throws {PoolClosedError} if the pool is closed or closes.
   * @throws {PoolExhaustedError} if the queue is full, the pool sheds load, or the call is part of
   * a deadlock.
   * @throws {CreateError} if a creation failed and is not repeated, or the breaker is open.
   * @throws {TypeError} if an option is unknown or of the wrong type.
   * @throws {RangeError} if an option is out of its range.
   *
   * All errors reject the promise. An aborted `signal` rejects it with its reason.
   *
   * @example
   * ```ts
   * import { ResourcePool } from "@heapwise/pool";
   *
   * const pool = new ResourcePool({ create: () => ({ id: 1 }), max: 1 });
   * const lease = await pool.acquire();
   * try {
   *   lease.value.id; // => 1
   * } finally {
   *   lease.release();
   * }
   * await pool.close();
   * ```
   */
  acquire(options?: AcquireOptions<T>): Promise<Lease<T>> {
    if (options !== undefined) {
      try {
        checkAcquire(options);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return this.#core.acquire(options, undefined);
  }

  /**
   * Borrows an idle resource without waiting. Creates nothing, does not pass over waiting callers,
   * and skips resources whose `validate` or `prepare` returns a promise.
   *
   * @returns a lease, or undefined if no resource can be lent at once.
   * @throws {PoolClosedError} if the pool is closed.
   *
   * @example
   * ```ts
   * import { ResourcePool } from "@heapwise/pool";
   *
   * const pool = new ResourcePool({ create: () => ({ id: 1 }), min: 1, max: 1 });
   * await pool.ready();
   * const lease = pool.tryAcquire();
   * lease?.value; // => ({ id: 1 })
   * pool.tryAcquire(); // => undefined
   * lease?.release();
   * await pool.close();
   * ```
   */
  tryAcquire(): Lease<T> | undefined {
    return this.#core.tryAcquire();
  }

  /**
   * Borrows a resource for one call of `run`, and ends the loan when `run` has returned, thrown or
   * settled. To report a broken resource, call `lease.destroy(reason)` in `run`.
   *
   * @returns what `run` returns. Rejects with what it throws, and like `acquire`.
   * @throws {TypeError} if `run` is not a function.
   *
   * @example
   * ```ts
   * import { ResourcePool } from "@heapwise/pool";
   *
   * const createWorker = () => ({ add: (a: number, b: number) => a + b });
   * const pool = new ResourcePool({ create: createWorker, max: 2 });
   * await pool.use((worker) => worker.add(1, 2)); // => 3
   * pool.stats().leased; // => 0
   * await pool.close();
   * ```
   */
  async use<R>(
    run: (value: T, lease: Lease<T>) => PromiseLike<R> | R,
    options?: AcquireOptions<T>,
  ): Promise<R> {
    checkType("use resource", "run", run, "function");
    if (options !== undefined) checkAcquire(options);
    const { scopes } = this.#core.settings;
    const askedIn = scopes?.current();
    const usedIn = scopes && openScope(askedIn);
    const lease = await this.#core.acquire(options, usedIn && { askedIn, usedIn });
    try {
      if (usedIn === undefined) return await run(lease.value, lease);
      return await scopes!.run(usedIn, () => run(lease.value, lease));
    } finally {
      if (usedIn !== undefined) usedIn.isOver = true;
      lease.end();
    }
  }

  /**
   * Resolves when `min` resources exist and `minIdle` are idle. Await it before you take traffic.
   *
   * @throws {CreateError} if a creation fails and is not repeated.
   * @throws {PoolClosedError} if the pool is closed or closes.
   *
   * @example
   * ```ts
   * import { ResourcePool } from "@heapwise/pool";
   *
   * const pool = new ResourcePool({ create: () => ({ id: 1 }), min: 2, max: 10 });
   * await pool.ready();
   * pool.stats().idle; // => 2
   * await pool.close();
   * ```
   */
  ready(): Promise<void> {
    return this.#core.creations.ready();
  }

  /**
   * Changes `min` and `max`. With a larger `max` the pool creates resources for waiting callers.
   * With a smaller one it destroys idle resources at once, and leased ones when they come back.
   *
   * @throws {TypeError} or {RangeError} if a bound is invalid. Then nothing changes.
   *
   * @example
   * ```ts
   * import { ResourcePool } from "@heapwise/pool";
   *
   * const pool = new ResourcePool({ create: () => ({ id: 1 }), max: 1 });
   * pool.resize({ max: 5 });
   * pool.stats().max; // => 5
   * pool.resize({ max: 0 }); // => throws RangeError
   * ```
   */
  resize(bounds: ResizePoolOptions): void {
    checkResize(bounds);
    const { settings } = this.#core;
    const { min = settings.min, max = settings.max } = bounds;
    checkPoolBounds("resize pool", min, max);
    settings.min = min;
    settings.max = max;
    this.#core.resized();
  }

  /**
   * Destroys a resource whatever its state: idle, leased or being checked. Call it in listeners for
   * the `close` and `error` events of a driver. `release` and `destroy` of a lease for it do
   * nothing then.
   *
   * Never throws. A failure of `destroy` is an `error` event.
   *
   * @returns whether the pool had the resource.
   *
   * @example
   * ```ts
   * import { ResourcePool } from "@heapwise/pool";
   *
   * const pool = new ResourcePool({ create: () => ({ isOpen: true }), max: 1 });
   * const lease = await pool.acquire();
   * pool.discard(lease.value, "connection lost"); // => true
   * lease.release();
   * pool.stats().total; // => 0
   * ```
   */
  discard(value: T, reason: unknown = "discarded"): boolean {
    return this.#parts.discard(value, reason);
  }

  /**
   * Destroys all idle resources. The pool creates others if fewer than `min` are left.
   *
   * @returns the number of resources.
   *
   * @example
   * ```ts
   * import { ResourcePool } from "@heapwise/pool";
   *
   * const pool = new ResourcePool({ create: () => ({ id: 1 }), max: 2 });
   * await pool.use(() => undefined);
   * pool.evictIdle(); // => 1
   * ```
   */
  evictIdle(): number {
    return this.#core.stock.evictIdle("evicted");
  }

  /**
   * Replaces all resources that the pool has now: after a failover, or for new credentials. With
   * `over` the replacements are spread evenly over that time.
   *
   * Once its time has come, a resource is not lent again. A leased one ends when it comes back, one
   * that is being created when it is ready, and an idle one when it is needed or replaced.
   *
   * @throws {TypeError} or {RangeError} if `over` is not a number of milliseconds from 0.
   *
   * @example
   * ```ts
   * import { ResourcePool } from "@heapwise/pool";
   *
   * let password = "old";
   * const pool = new ResourcePool({ create: () => ({ password }), max: 1 });
   * await pool.use((connection) => connection.password); // => "old"
   * password = "new";
   * pool.replaceAll();
   * await pool.use((connection) => connection.password); // => "new"
   * await pool.close();
   * ```
   */
  replaceAll(options: ReplaceOptions = {}): void {
    this.#core.stock.replaceAll(readReplace(options));
  }

  /**
   * Stops lending until `resume`: `acquire` waits, its timeout runs, and `tryAcquire` returns
   * undefined. Loans that are under way go on.
   *
   * @example
   * ```ts
   * import { ResourcePool } from "@heapwise/pool";
   *
   * const pool = new ResourcePool({ create: () => ({ id: 1 }), max: 1 });
   * pool.suspend();
   * const loan = pool.use(({ id }) => id);
   * pool.stats().waiting; // => 1
   * pool.resume();
   * await loan; // => 1
   * ```
   */
  suspend(): void {
    this.#core.suspend(true);
  }

  /** Starts lending again after `suspend`. Does nothing if the pool is not suspended. */
  resume(): void {
    this.#core.suspend(false);
  }

  /**
   * The current loans, the oldest first: resource, age, label, last note and, if recorded, the
   * stack of the borrower. An empty array if nothing is lent.
   *
   * @example
   * ```ts
   * import { ResourcePool } from "@heapwise/pool";
   *
   * const pool = new ResourcePool({ create: () => ({ id: 1 }), max: 1 });
   * const lease = await pool.acquire({ label: "report" });
   * lease.touch("reading rows");
   * const found = pool.holders().map(({ label, note }) => [label, note]);
   * found; // => [["report", "reading rows"]]
   * lease.release();
   * ```
   */
  holders(): Holder<T>[] {
    return this.#core.report.holders();
  }

  /**
   * The present state of the pool, and its counts since it was created. Changes nothing.
   *
   * @example
   * ```ts
   * import { ResourcePool } from "@heapwise/pool";
   *
   * const pool = new ResourcePool({ create: () => ({ id: 1 }), max: 4 });
   * await pool.use(() => undefined);
   * const { total, idle, created, acquired } = pool.stats();
   * [total, idle, created, acquired]; // => [1, 1, 1, 1]
   * ```
   */
  stats(): ResourcePoolStats {
    return this.#core.report.stats();
  }

  /**
   * Calls `listener` with each event of this name, outside every async context. A listener that
   * throws or rejects does not disturb the pool: its error is an `error` event, or an uncaught
   * error if there is no listener for those. A listener of `acquire` or `release` makes each loan
   * slower.
   *
   * @returns a function that removes the listener.
   * @throws {RangeError} if there is no event of this name.
   * @throws {TypeError} if `listener` is not a function.
   *
   * @example
   * ```ts
   * import { ResourcePool } from "@heapwise/pool";
   *
   * const pool = new ResourcePool({ create: () => ({ id: 1 }), max: 1 });
   * const created: number[] = [];
   * const stop = pool.on("create", ({ value }) => created.push(value.id));
   * await pool.use(() => undefined);
   * created; // => [1]
   * stop();
   * ```
   */
  on<Name extends keyof PoolEvents<T>>(event: Name, listener: PoolListener<T, Name>): () => void {
    return this.#core.on(event, listener);
  }

  /**
   * Closes the pool. New calls of `acquire` are refused. Waiting calls are rejected with a
   * PoolClosedError or, with `waiters: "serve"`, are served first. Idle resources are destroyed at
   * once, leased ones when they come back.
   *
   * After `deadline` ms no caller is served any longer, and resources that are still leased are
   * destroyed and reported. A second call returns the report of the first one. It may hasten the
   * close by an earlier deadline, or by `waiters: "reject"`.
   *
   * @returns a report, when every `destroy` has settled or timed out.
   * @throws {TypeError} or {RangeError} if an option is invalid. The error rejects the promise.
   *
   * @example
   * ```ts
   * import { ResourcePool } from "@heapwise/pool";
   *
   * const pool = new ResourcePool({ create: () => ({ id: 1 }), max: 2 });
   * const lease = await pool.acquire({ label: "forgotten" });
   * await pool.use(() => undefined);
   * const report = await pool.close({ deadline: 0 });
   * report.destroyed; // => 2
   * report.left[0]?.label; // => "forgotten"
   * await pool.acquire(); // => throws PoolClosedError
   * lease.value; // => throws StaleLeaseError
   * ```
   */
  close(options: CloseOptions = {}): Promise<CloseReport<T>> {
    try {
      const report = this.#core.close(readClose(options));
      if (this.#last !== undefined) return Promise.resolve(this.#last());
      this.#report ??= report!.then((found) => {
        this.#last = keepReport(found);
        this.#report = undefined;
        return found;
      });
      return this.#report;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Closes the pool with the default options of `close`, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** `"ResourcePool"`, for `Object.prototype.toString`. */
  get [Symbol.toStringTag](): string {
    return "ResourcePool";
  }
}
