/// <reference lib="esnext.disposable" preserve="true" />
import { checkFunction, checkNames, checkNumber } from "../checks.ts";
import type { Holder, Lease } from "../lease.ts";
import {
  checkAcquire,
  checkPoolBounds,
  checkResize,
  readSettings,
  type AcquireOptions,
  type ResizePoolOptions,
  type ResourcePoolOptions,
} from "./options.ts";
import { PoolCore } from "./pool-core.ts";
import type { PoolEvents, PoolListener } from "./pool-events.ts";
import type { CloseReport, ResourcePoolStats } from "./pool-stats.ts";
import type { UseScope } from "./deadlock.ts";

const KNOWN_BY_REPLACE = new Set(["over"]);
const KNOWN_BY_CLOSE = new Set(["deadline"]);
const CLOSE_DEADLINE = 30_000;

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

  /** Makes a pool; `min` resources are begun at once. Throws for bad options. */
  constructor(options: ResourcePoolOptions<T>) {
    this.#core = new PoolCore(readSettings(options));
  }

  /**
   * Borrows a resource: one that is idle, one that comes back, or a new one, whichever is there first.
   * Rejects with a PoolTimeoutError, PoolClosedError, PoolExhaustedError or CreateError, with the
   * reason of the signal, or with a TypeError or RangeError for bad options. A resource that arrives
   * for one who has left goes to the next.
   */
  acquire(options?: AcquireOptions): Promise<Lease<T>> {
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
    options?: AcquireOptions,
  ): Promise<R> {
    checkFunction("use resource", "run", run);
    if (options !== undefined) checkAcquire(options);
    const { scopes } = this.#core.settings;
    if (scopes === undefined) {
      const lease = await this.#core.acquire(options, undefined);
      try {
        return await run(lease.value, lease);
      } finally {
        lease.end();
      }
    }
    const askedIn = scopes.current();
    const usedIn: UseScope = { parent: askedIn };
    const lease = await this.#core.acquire(options ?? {}, { askedIn, usedIn });
    try {
      return await scopes.run(usedIn, () => run(lease.value, lease));
    } finally {
      lease.end();
    }
  }

  /** Resolves when `min` resources have been made. Rejects with a CreateError when one fails and there is no `retry`, or when the pool closes. */
  ready(): Promise<void> {
    return this.#core.ready();
  }

  /** Changes bounds now: more is created where somebody waits, idle ones above a smaller `max` leave, and leased ones when they come back. Throws for bad bounds, and then changes nothing. */
  resize(bounds: ResizePoolOptions): void {
    checkResize(bounds);
    const { min = this.#core.settings.min, max = this.#core.settings.max } = bounds;
    checkPoolBounds("resize pool", min, max);
    this.#core.resize(min, max);
  }

  /** Destroys all that is idle; the pool then makes up for `min`. Returns how many. */
  evictIdle(): number {
    return this.#core.evictIdle("evicted");
  }

  /**
   * Replaces every resource that is there now, at once or evenly over `over` ms: idle ones when others
   * have taken their place, leased ones when they come back, and what is being made when it is there. For
   * after a failover, or new credentials.
   */
  replaceAll(options: { over?: number | undefined } = {}): void {
    checkNames("replace resources", options, KNOWN_BY_REPLACE);
    const { over = 0 } = options;
    checkNumber("replace resources", "over", over, 0, Number.MAX_SAFE_INTEGER);
    this.#core.replaceAll(over);
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
    return this.#core.holders();
  }

  /** How the pool stands, and what it counted. */
  stats(): ResourcePoolStats {
    return this.#core.stats();
  }

  /** Calls `listener` with every event of this name; returns what ends it. */
  on<Name extends keyof PoolEvents<T>>(event: Name, listener: PoolListener<T, Name>): () => void {
    return this.#core.on(event, listener);
  }

  /**
   * Closes the pool: nothing is lent any more, waiters get a PoolClosedError, what is idle is destroyed,
   * and what is leased is waited for. After `deadline` ms (30 s by default; Infinity waits for ever)
   * what is still leased is destroyed and reported. Resolves when every `destroy` has settled or timed
   * out; a second call gets the first one's promise.
   */
  close(options: { deadline?: number | undefined } = {}): Promise<CloseReport<T>> {
    try {
      checkNames("close pool", options, KNOWN_BY_CLOSE);
      const { deadline = CLOSE_DEADLINE } = options;
      checkNumber("close pool", "deadline", deadline, 0, Infinity);
      return this.#core.close(deadline);
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
