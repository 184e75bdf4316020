/// <reference lib="esnext.disposable" preserve="true" />
import { checkType } from "../checks.ts";
import type { Holder, Lease } from "../lease.ts";
import { checkAcquire, checkResize, readClose, readReplace } from "./call-options.ts";
import type {
  AcquireOptions,
  CloseOptions,
  ReplaceOptions,
  ResizePoolOptions,
  ResourcePoolOptions,
} from "./options.ts";
import { checkPoolBounds, readSettings } from "./settings.ts";
import { keepReport } from "./keeping/closing.ts";
import { PoolCore } from "./pool-core.ts";
import { PoolParts } from "./pool-parts.ts";
import type { PoolEvents, PoolListener } from "./reports/pool-events.ts";
import type { CloseReport, ResourcePoolStats } from "./reports/pool-stats.ts";
import type { UseScope } from "./waiting/deadlock.ts";

/**
 * Lends resources that are dear to make: connections, workers, browsers. At most `max` of them exist,
 * each is lent to one holder at a time, and those who wait are served in the order in which they came.
 *
 * ```ts
 * import { ResourcePool } from "@heapwise/pool";
 *
 * const pool = new ResourcePool({ create: () => ({ query: (text: string) => `did ${text}` }), max: 10 });
 * const answer = await pool.use((connection) => connection.query("select 1"));
 * answer; // => "did select 1"
 * await pool.close();
 * ```
 */
export class ResourcePool<T> implements AsyncDisposable {
  readonly #core: PoolCore<T>;
  readonly #parts: PoolParts<T>;
  /** Here and not in the core, which leases know: what they had must not stay alive with them. */
  /** While it closes. */
  #report: Promise<CloseReport<T>> | undefined;
  /** When it has closed. */
  #last: (() => CloseReport<T>) | undefined;

  /** Makes a pool; `min` resources are begun at once. Throws for bad options. */
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
   * Borrows a resource: one that is idle, one that comes back, or a new one, whichever is there first.
   * Rejects with a PoolTimeoutError, PoolClosedError, PoolExhaustedError or CreateError, with the
   * reason of the signal, or with a TypeError or RangeError for bad options. A resource that arrives
   * for one who has left goes to the next.
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
   * Borrows a resource that is idle now, or returns undefined: nobody is passed over, nothing is
   * created, and what cannot be validated without a wait is not lent. Throws when the pool is closed.
   */
  tryAcquire(): Lease<T> | undefined {
    return this.#core.tryAcquire();
  }

  /** Borrows a resource for as long as `run` takes, and gives it back whatever happens. Rejects like `acquire`, or with what `run` throws. */
  async use<R>(
    run: (value: T, lease: Lease<T>) => PromiseLike<R> | R,
    options?: AcquireOptions<T>,
  ): Promise<R> {
    checkType("use resource", "run", run, "function");
    if (options !== undefined) checkAcquire(options);
    const { scopes } = this.#core.settings;
    const askedIn = scopes?.current();
    const usedIn: UseScope = { parent: askedIn };
    const lease = await this.#core.acquire(options, scopes && { askedIn, usedIn });
    try {
      if (scopes === undefined) return await run(lease.value, lease);
      return await scopes.run(usedIn, () => run(lease.value, lease));
    } finally {
      lease.end();
    }
  }

  /** Resolves when `min` resources have been made. Rejects with a CreateError when one fails and there is no `retry`, or when the pool closes. */
  ready(): Promise<void> {
    return this.#core.creations.ready();
  }

  /** Changes bounds now: more is created where somebody waits, idle ones above a smaller `max` leave, and leased ones when they come back. Throws for bad bounds, and then changes nothing. */
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
   * Ends a resource whatever its state: idle, leased or being checked. For the `close` and `error`
   * events of a driver. Its holder's `release` and `destroy` then do nothing. Returns whether the
   * pool had it. Never throws: what `destroy` throws is an `error` event.
   *
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

  /** Destroys all that is idle; the pool then makes up for `min`. Returns how many. */
  evictIdle(): number {
    return this.#core.stock.evictIdle("evicted");
  }

  /**
   * Replaces every resource that the pool has now, at once or evenly over `over` ms. Once its time has
   * come none of them is lent again: leased ones leave when they come back, what is being made when it
   * is ready, and idle ones when they are needed or replaced. For after a failover, or new credentials.
   */
  replaceAll(options: ReplaceOptions = {}): void {
    this.#core.stock.replaceAll(readReplace(options));
  }

  /** Lends nothing until `resume`: calls of `acquire` wait, and their timeouts run. */
  suspend(): void {
    this.#core.suspend(true);
  }

  /** Ends `suspend`. */
  resume(): void {
    this.#core.suspend(false);
  }

  /** Who has what, for how long, the oldest loan first. */
  holders(): Holder<T>[] {
    return this.#core.report.holders();
  }

  /** How the pool stands, and what it counted. */
  stats(): ResourcePoolStats {
    return this.#core.report.stats();
  }

  /** Calls `listener` with every event of this name; returns what ends it. */
  on<Name extends keyof PoolEvents<T>>(event: Name, listener: PoolListener<T, Name>): () => void {
    return this.#core.on(event, listener);
  }

  /**
   * Closes the pool: calls of `acquire` are refused, those who wait get a PoolClosedError or, with
   * `waiters: "serve"`, are served first, what is idle is destroyed, and what is leased is waited for.
   * After `deadline` ms (30 s by default; Infinity waits for all) what is still leased is destroyed and
   * reported, and nobody is served any longer. Resolves when every `destroy` has settled or timed out.
   * A second call gets the first one's promise, and may make it faster: an earlier deadline counts.
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

  /** Closes the pool with the default deadline. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get [Symbol.toStringTag](): string {
    return "ResourcePool";
  }
}
