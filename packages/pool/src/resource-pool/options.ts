import type { PoolSignal } from "../abort-signal.ts";
import type { Clock } from "../time/clock.ts";
import type { LoanScopes } from "./waiting/loan-scopes.ts";

/** The argument of `create`. */
export interface CreateContext {
  /**
   * Aborts if the creation takes longer than `createTimeout`, or if the pool closes. The callback
   * should then give up and clean up. A resource that it still returns is destroyed.
   */
  readonly signal: PoolSignal;
}

/**
 * How a pool repeats failed creations. After the first failure it waits for `delay`, and twice as
 * long after each further one. A successful creation starts again with `delay`.
 *
 * @example
 * ```ts
 * import { ResourcePool } from "@heapwise/pool";
 *
 * let calls = 0;
 * const pool = new ResourcePool({
 *   create: () => {
 *     if (++calls < 3) throw new Error("connection refused");
 *     return { id: calls };
 *   },
 *   retry: { delay: 1, attempts: 5 },
 *   max: 1,
 * });
 * await pool.use(({ id }) => id); // => 3
 * await pool.close();
 * ```
 */
export interface RetryOptions {
  /** Milliseconds before the second try. Default: 100. */
  delay?: number | undefined;
  /** The longest delay, in milliseconds. Default: 5000. */
  maxDelay?: number | undefined;
  /**
   * The share of each delay, from 0 to 1, that chance may take off, so that many processes do not
   * try again at the same time. Default: 0.5.
   */
  jitter?: number | undefined;
  /**
   * The number of failures in a row, from 1, after which the oldest waiter is rejected with a
   * CreateError. Default: Infinity, so that waiters wait for their timeout.
   */
  attempts?: number | undefined;
}

/**
 * When a pool stops creating. While the breaker is open, nothing is created and each call that
 * would have to wait fails at once with a CreateError, whose cause is the last failure.
 *
 * @example
 * ```ts
 * import { ResourcePool } from "@heapwise/pool";
 *
 * const pool = new ResourcePool({
 *   create: (): { id: number } => {
 *     throw new Error("connection refused");
 *   },
 *   breaker: { failures: 1, reset: 10_000 },
 *   max: 1,
 * });
 * await pool.acquire(); // => throws CreateError
 * await pool.acquire(); // => throws CreateError
 * pool.stats().createFailures; // => 1
 * ```
 */
export interface BreakerOptions {
  /** The number of failures in a row, from 1, that opens the breaker and rejects all waiters. */
  failures: number;
  /**
   * Milliseconds until the pool tries one creation as a probe. If the probe succeeds, the breaker
   * closes. If not, it stays open for as long again.
   */
  reset: number;
}

/**
 * When a pool sheds load: if every waiter of the last `interval` had to wait longer than `target`,
 * the waiters that have waited longer than `target` are rejected with a PoolExhaustedError. The
 * others are served in time.
 *
 * Source: controlled delay (CoDel), Nichols and Jacobson, 2012.
 *
 * @example
 * ```ts
 * import { ResourcePool } from "@heapwise/pool";
 *
 * const pool = new ResourcePool({
 *   create: () => ({ id: 1 }),
 *   codel: { target: 5, interval: 20 },
 *   min: 1,
 *   max: 1,
 * });
 * await pool.ready();
 * const lease = await pool.acquire();
 * await pool.acquire(); // => throws PoolExhaustedError
 * pool.stats().refused; // => 1
 * lease.release();
 * await pool.close();
 * ```
 */
export interface CodelOptions {
  /** A wait that is short enough, in milliseconds. */
  target: number;
  /** How long all waits may be longer than `target` before load is shed, in milliseconds. */
  interval: number;
}

/**
 * The options of a ResourcePool. `create` and `max` are required. All durations are milliseconds,
 * and may be Infinity.
 *
 * Every callback may return a promise, and the pool waits for it. The results of `prepare`, `reset`
 * and `destroy` are not used. A callback fails if it throws, rejects or takes longer than its
 * timeout. Each failure is reported by an `error` event, and a resource whose `validate`, `prepare`
 * or `reset` has failed is destroyed.
 *
 * @example
 * ```ts
 * import { ResourcePool, type ResourcePoolOptions } from "@heapwise/pool";
 *
 * class Connection {
 *   isOpen = true;
 *   close(): void {
 *     this.isOpen = false;
 *   }
 * }
 *
 * const options: ResourcePoolOptions<Connection> = {
 *   create: () => new Connection(),
 *   validate: (connection) => connection.isOpen,
 *   destroy: (connection) => connection.close(),
 *   max: 10,
 *   idleTimeout: 60_000,
 *   name: "database",
 * };
 * const pool = new ResourcePool(options);
 * await pool.use(({ isOpen }) => isOpen); // => true
 * await pool.close();
 * ```
 */
export interface ResourcePoolOptions<T> {
  /**
   * Creates a resource. Runs outside the async context of the caller for which it is needed,
   * because the resource outlives that call. A failure rejects the oldest waiter, unless `retry` is
   * set.
   */
  create: (context: CreateContext) => PromiseLike<T> | T;
  /**
   * Checks whether a resource still works. A false result, or a failure, destroys it. The pool
   * calls it before loans, and also after loans if `validateOnReturn` is set, and for idle
   * resources if `keepAlive` is set. The result counts as in an `if`, so a check must return
   * something: `async (client) => { await client.ping(); return true; }`. Default: resources are
   * not checked.
   */
  validate?: ((value: T) => PromiseLike<boolean> | boolean) | undefined;
  /**
   * Prepares a resource for one loan, after `validate`. Runs in the async context of the borrower.
   * A failure destroys the resource. Default: nothing is called.
   */
  prepare?: ((value: T) => unknown) | undefined;
  /**
   * Cleans a resource after a loan: `(client) => client.query("DISCARD ALL")`. A failure destroys
   * it. Default: nothing is called.
   */
  reset?: ((value: T) => unknown) | undefined;
  /**
   * Ends a resource: `(worker) => worker.terminate()`. Called once for each resource, with the
   * reason (`"idle"`, `"expired"`, `"closed"`, an error, or what `discard` or `lease.destroy` was
   * given). A failure is an `error` event. Default: nothing is called.
   */
  destroy?: ((value: T, reason: unknown) => unknown) | undefined;
  /**
   * The number of resources that the pool keeps: created in advance, and again if one ends. An
   * integer from 0 to `max`. Default: 0.
   */
  min?: number | undefined;
  /**
   * The largest number of resources: an integer from 1, or Infinity. A resource counts from the
   * call of `create` until `destroy` has settled or timed out.
   */
  max: number;
  /**
   * The number of idle resources that the pool keeps in addition to the leased ones, if `max`
   * allows. An integer from 0 to `max`. Default: 0.
   */
  minIdle?: number | undefined;
  /**
   * The largest number of resources that stay idle: an integer from `min` and `minIdle`. A resource
   * that comes back beyond it is destroyed, unless a caller waits. Default: Infinity.
   */
  maxIdle?: number | undefined;
  /**
   * Milliseconds after which an idle resource ends, as long as more than `min` and `minIdle` are
   * left. Default: 30,000.
   */
  idleTimeout?: number | undefined;
  /**
   * Milliseconds after which a resource is replaced: from then on it is not lent. At least 1.
   * Default: Infinity.
   */
  maxLifetime?: number | undefined;
  /**
   * The share of `maxLifetime`, from 0 to 1, that chance takes off, so that resources do not all
   * expire together. Default: 0.1.
   */
  lifetimeJitter?: number | undefined;
  /** The number of loans, from 1, after which a resource is replaced. Default: Infinity. */
  maxUses?: number | undefined;
  /**
   * Milliseconds without a loan after which an idle resource is validated. It stays if it works.
   * Needs `validate`. Default: Infinity.
   */
  keepAlive?: number | undefined;
  /**
   * A resource that worked less than this number of milliseconds ago is lent without validation.
   * Needs `validate`. Default: 0.
   */
  validateAfter?: number | undefined;
  /** Whether resources are also validated after a loan. Needs `validate`. Default: false. */
  validateOnReturn?: boolean | undefined;
  /**
   * The longest wait of `acquire` in milliseconds. Then it rejects with a PoolTimeoutError.
   * Default: 30,000.
   */
  acquireTimeout?: number | undefined;
  /**
   * The longest creation in milliseconds. Then its signal aborts and the creation has failed. A
   * resource that it still returns is destroyed. Default: 30,000.
   */
  createTimeout?: number | undefined;
  /** The longest `validate` or `prepare` in milliseconds. Default: 5000. */
  validateTimeout?: number | undefined;
  /** The longest `reset` in milliseconds. Default: 5000. */
  resetTimeout?: number | undefined;
  /**
   * The longest `destroy` in milliseconds. Then the resource no longer counts against `max`.
   * Default: 5000.
   */
  destroyTimeout?: number | undefined;
  /**
   * The largest number of waiting calls, not counting those for which the pool may create a
   * resource or one is on its way. A further call rejects with a PoolExhaustedError. Default:
   * Infinity.
   */
  maxWaiters?: number | undefined;
  /**
   * Milliseconds that one step of `priority` is worth: a call with `priority: 1` is served as if it
   * had waited for this much longer. So a call of low priority is not passed over forever. Default:
   * 1000.
   */
  aging?: number | undefined;
  /** The largest number of creations at a time: an integer from 1. Default: Infinity. */
  createConcurrency?: number | undefined;
  /** How failed creations are repeated. Default: a failure rejects the oldest waiter. */
  retry?: RetryOptions | undefined;
  /** When the pool stops creating after failures. Default: never. */
  breaker?: BreakerOptions | undefined;
  /** When the pool sheds load. Default: never, so that waiters wait for their timeout. */
  codel?: CodelOptions | undefined;
  /**
   * Which idle resource is lent. `"lifo"`: the one that came back last, so that the others can
   * leave after `idleTimeout`. `"fifo"`: the one that has been idle for longest. Default: `"lifo"`.
   */
  order?: "lifo" | "fifo" | undefined;
  /** Milliseconds after which a loan is reported by a `leak` event. Default: Infinity. */
  leakThreshold?: number | undefined;
  /**
   * Records the stack of the borrower for every nth loan, for `holders()` and errors. An integer; 0
   * records none. Default: 0, and 1 in debug mode.
   */
  sampleStacks?: number | undefined;
  /** The name of the pool in error messages. Default: `"pool"`. */
  name?: string | undefined;
  /**
   * Records the stacks of all loans and returns, and makes `value` of a lease throw a
   * StaleLeaseError after the end of its loan. Slow; for tests. Default: false.
   */
  debug?: boolean | undefined;
  /**
   * Lets the pool find deadlocks: calls of `use` that wait for each other's resources. Pass
   * `asyncLoanScopes()` of `@heapwise/pool/node`. Default: deadlocks end by `acquireTimeout`.
   */
  scopes?: LoanScopes | undefined;
  /** The clock of the pool, for tests. Default: the clock of the machine. */
  clock?: Clock | undefined;
  /** An integer that makes all jitter repeatable, for tests. Default: a random one. */
  seed?: number | undefined;
}

/**
 * The options of one loan: of `acquire` and `use`.
 *
 * @example
 * ```ts
 * import { ResourcePool } from "@heapwise/pool";
 *
 * const pool = new ResourcePool({ create: () => ({ id: 1 }), max: 1 });
 * const lease = await pool.acquire({ label: "checkout", timeout: 1000 });
 * pool.holders()[0]?.label; // => "checkout"
 * await pool.acquire({ timeout: 0 }); // => throws PoolTimeoutError
 * lease.release();
 * await pool.close();
 * ```
 */
export interface AcquireOptions<T = unknown> {
  /** Ends the wait: `acquire` rejects with the reason of the signal. A loan is not ended. */
  signal?: PoolSignal | undefined;
  /**
   * The longest wait in milliseconds. 0 fails at once if no resource is ready. Default:
   * `acquireTimeout` of the pool.
   */
  timeout?: number | undefined;
  /** A call with a higher priority is served earlier; see `aging`. From -1e9 to 1e9. Default: 0. */
  priority?: number | undefined;
  /** The name of the holder in `holders()` and in errors. */
  label?: string | undefined;
  /**
   * Prefers the first idle resource for which the function returns true. Any other resource is lent
   * if there is no such resource, or if the call has to wait. An error that it throws rejects the
   * call.
   */
  affinity?: ((value: T) => boolean) | undefined;
}

/** The options of `close`. */
export interface CloseOptions {
  /**
   * Milliseconds after which resources that are still leased are destroyed and reported. Infinity
   * waits for all loans. Default: 30,000.
   */
  deadline?: number | undefined;
  /**
   * What happens to waiting calls. `"reject"`: they reject at once with a PoolClosedError.
   * `"serve"`: they are served until the deadline. Default: `"reject"`.
   */
  waiters?: "serve" | "reject" | undefined;
}

/** The options of `replaceAll`. */
export interface ReplaceOptions {
  /** Milliseconds over which the replacements are spread evenly. Default: 0, all at once. */
  over?: number | undefined;
}

/** New bounds of a pool, for `resize`. A bound that is omitted stays. */
export interface ResizePoolOptions {
  /** The new `min`: an integer from 0 to `max`. */
  min?: number | undefined;
  /** The new `max`: an integer from 1, or Infinity. */
  max?: number | undefined;
}
