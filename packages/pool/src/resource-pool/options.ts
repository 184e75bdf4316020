import type { PoolSignal } from "../abort-signal.ts";
import type { Clock } from "../time/clock.ts";
import type { LoanScopes } from "./waiting/loan-scopes.ts";

/** What `create` is given. */
export interface CreateContext {
  /** Aborts when the creation takes longer than `createTimeout`, or the pool closes: give up and clean up. */
  readonly signal: PoolSignal;
}

/** How failed creations are tried again. */
export interface RetryOptions {
  /** Milliseconds before the second try; doubles with every failure. 100 by default. */
  delay?: number | undefined;
  /** Longest of these delays, ms. 5000 by default. */
  maxDelay?: number | undefined;
  /** Share of the delay, 0 to 1, that chance takes off, so that many processes do not come back at once. 0.5 by default. */
  jitter?: number | undefined;
  /** Failures in a row after which the oldest waiter is rejected. Infinity by default: it waits for its timeout. */
  attempts?: number | undefined;
}

/** When the pool stops trying to create. */
export interface BreakerOptions {
  /** Failures in a row that open the breaker: all waiters fail at once, with the cause. */
  failures: number;
  /** Milliseconds until one creation is tried as a probe. */
  reset: number;
}

/** When the pool sheds load: if everybody has waited longer than `target` for as long as `interval`, whoever waited longer than `target` is refused. */
export interface CodelOptions {
  /** A wait that is fine, ms. */
  target: number;
  /** How long waits may be longer before load is shed, ms. */
  interval: number;
}

/**
 * What a resource pool holds, and for how long. All durations are milliseconds; Infinity is a valid one.
 * Every callback may return a promise, which is awaited. What `prepare`, `reset` and `destroy` return
 * is not used.
 */
export interface ResourcePoolOptions<T> {
  /** Makes a resource. Runs outside the async context of whoever asked. May return or throw at once. */
  create: (context: CreateContext) => PromiseLike<T> | T;
  /**
   * Whether a resource still works; false, or to throw, destroys it. Asked on borrow, and where
   * `validateOnReturn` and `keepAlive` say so. It has to answer, for what it returns counts as
   * `if` sees it: `async (client) => { await client.ping(); return true; }`.
   */
  validate?: ((value: T) => PromiseLike<boolean> | boolean) | undefined;
  /** Readies a resource for one loan, after `validate`. To throw destroys it. */
  prepare?: ((value: T) => unknown) | undefined;
  /** Cleans a resource when it comes back: `(client) => client.query("DISCARD ALL")`. To throw destroys it. */
  reset?: ((value: T) => unknown) | undefined;
  /** Ends a resource: `(worker) => worker.terminate()`. Called once for each. What it throws is an `error` event. */
  destroy?: ((value: T, reason: unknown) => unknown) | undefined;
  /** Resources that the pool keeps ready, made in advance. 0 by default. */
  min?: number | undefined;
  /** Most resources, from the call of `create` until `destroy` has settled or timed out. */
  max: number;
  /** Resources that the pool keeps idle beside those in use, as far as `max` allows. 0 by default; at most `max`. */
  minIdle?: number | undefined;
  /** Most resources that stay idle. `max` by default; at least `min` and `minIdle`. */
  maxIdle?: number | undefined;
  /** Idle resources above `min` leave after this time. 30 s by default. */
  idleTimeout?: number | undefined;
  /** Resources are replaced after this time, 1 ms at least. Infinity by default. */
  maxLifetime?: number | undefined;
  /** Share of `maxLifetime`, 0 to 1, that chance takes off, so that they do not all expire at once. 0.1 by default. */
  lifetimeJitter?: number | undefined;
  /** Loans after which a resource is replaced. Infinity by default. */
  maxUses?: number | undefined;
  /** Idle resources are validated after this time without use, and stay if they work. Needs `validate`. Infinity by default. */
  keepAlive?: number | undefined;
  /** A resource that worked less than this time ago is lent without validation. 0 by default. */
  validateAfter?: number | undefined;
  /** Validate on return too. Needs `validate`. false by default. */
  validateOnReturn?: boolean | undefined;
  /** Longest wait of `acquire`. 30 s by default. */
  acquireTimeout?: number | undefined;
  /** Longest creation; then its signal aborts, and what it still makes is destroyed. 30 s by default. */
  createTimeout?: number | undefined;
  /** Longest `validate` and `prepare`. 5 s by default. */
  validateTimeout?: number | undefined;
  /** Longest `reset`. 5 s by default. */
  resetTimeout?: number | undefined;
  /** Longest `destroy`; then the resource no longer counts. 5 s by default. */
  destroyTimeout?: number | undefined;
  /** Most calls of `acquire` that wait, beside those for which there is room to create. Infinity by default. */
  maxWaiters?: number | undefined;
  /** One step of `priority` counts like having waited this much longer: nobody starves. 1000 by default. */
  aging?: number | undefined;
  /** Most creations at a time. Infinity by default. */
  createConcurrency?: number | undefined;
  /** Try failed creations again. Without it a failure rejects the oldest waiter. */
  retry?: RetryOptions | undefined;
  /** Stop creating after many failures. Without it there is no breaker. */
  breaker?: BreakerOptions | undefined;
  /** Shed load. Without it waiters wait for their timeout. */
  codel?: CodelOptions | undefined;
  /** Which idle resource is lent: the last one that came back, so that the others can leave, or the first. `'lifo'` by default. */
  order?: "lifo" | "fifo" | undefined;
  /** A loan that lasts longer is a `leak` event. Infinity by default. */
  leakThreshold?: number | undefined;
  /** Every which loan keeps the stack of its borrower; 0 for none. 0 by default, 1 in debug mode. */
  sampleStacks?: number | undefined;
  /** What errors call the pool. */
  name?: string | undefined;
  /** Keep the stack of every loan and return, and refuse the value of a loan that has ended. false by default. */
  debug?: boolean | undefined;
  /** Knows who waits for whom: `asyncLoanScopes()` of `@heapwise/pool/node`. */
  scopes?: LoanScopes | undefined;
  /** Time; the machine's by default. */
  clock?: Clock | undefined;
  /** Makes jitter repeatable: an integer. */
  seed?: number | undefined;
}

/** Choices for one loan of a `T`. */
export interface AcquireOptions<T = unknown> {
  /** Ends the wait; `acquire` rejects with its reason. */
  signal?: PoolSignal | undefined;
  /** Longest wait, ms, instead of `acquireTimeout`. 0 fails where nothing is ready. */
  timeout?: number | undefined;
  /** Higher is served earlier; see `aging`. 0 by default. */
  priority?: number | undefined;
  /** What `holders()` and errors call the holder. */
  label?: string | undefined;
  /** The first idle resource for which it returns true is lent, else any other one. Not asked for a loan that waits. To throw rejects the call. */
  affinity?: ((value: T) => boolean) | undefined;
}

/** How a pool closes. */
export interface CloseOptions {
  /** ms after which what is still leased is destroyed. 30,000 by default; Infinity waits for all. */
  deadline?: number | undefined;
  /** What becomes of those who wait: refused at once, or served as long as the deadline allows. `'reject'` by default. */
  waiters?: "serve" | "reject" | undefined;
}

/** How resources are replaced. */
export interface ReplaceOptions {
  /** ms over which they are replaced evenly. 0 by default: all at once. */
  over?: number | undefined;
}

/** New bounds; one that is left out stays. */
export interface ResizePoolOptions {
  min?: number | undefined;
  max?: number | undefined;
}
