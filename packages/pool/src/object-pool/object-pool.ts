/// <reference lib="esnext.disposable" preserve="true" />
import { whenCollected } from "../weakly.ts";
import { checkInteger, checkType } from "../checks.ts";
import { PoolClosedError, PoolExhaustedError, type PoolState } from "../errors.ts";
import type { Lease } from "../lease.ts";
import { isObject, isThenable } from "../is-thenable.ts";
import { IdleTimer } from "../time/idle-timer.ts";
import { LoanGuard } from "./loan-guard.ts";
import { ObjectLease, type ObjectLender } from "./object-lease.ts";
import {
  readObjectPoolSettings,
  type ObjectPoolOptions,
  type ObjectPoolSettings,
} from "./options.ts";

/** Present state of an ObjectPool, and its counts since it was made. */
export interface ObjectPoolStats {
  /** Objects that are in the pool and can be lent. */
  readonly idle: number;
  /** Loans since the pool was made. */
  readonly acquired: number;
  /** Objects that were made, including `prefill`. */
  readonly created: number;
  /**
   * Objects that were returned but not kept: `keep` refused them, the pool was full or disposed of,
   * or a callback failed.
   */
  readonly dropped: number;
}

/**
 * A synchronous pool that keeps objects for reuse. For objects that are expensive to build (with
 * many parts or large arrays), and for objects that live long enough for the garbage collector to
 * move them. A small plain object is cheaper to make than to pool.
 *
 * Idle objects are on a stack: the last returned object is lent first. An object is reset when it
 * is returned, so that idle objects hold nothing of their last user. The pool does not hold objects
 * on loan: the garbage collector frees an object that is never returned.
 *
 * `release` trusts its caller, because a guard would take several times as long as the pool.
 * `lease` detects a second release at no cost, and the option `debug` detects it and each use after
 * release.
 *
 * @example
 * ```ts
 * import { ObjectPool } from "@heapwise/pool";
 *
 * const pool = new ObjectPool({
 *   create: () => new Map<string, number>(),
 *   reset: (map) => map.clear(),
 * });
 * pool.use((map) => map.set("a", 1).size); // => 1
 * pool.use((map) => map.size); // => 0
 * pool.stats(); // => { idle: 1, acquired: 2, created: 1, dropped: 0 }
 * ```
 */
export class ObjectPool<T> implements Disposable {
  readonly #settings: ObjectPoolSettings<T>;
  readonly #reset: ((object: T) => unknown) | undefined;
  readonly #guard: LoanGuard<T> | undefined;
  /**
   * Whether a return takes more than `reset`. One flag, so that a plain return checks one thing.
   */
  readonly #isWatched: boolean;
  readonly #timer: IdleTimer | undefined;
  /** Notices objects that are collected without a return. Undefined if `max` is Infinity. */
  readonly #lost: FinalizationRegistry<undefined> | undefined;
  readonly #lender: ObjectLender<T>;
  #idle: T[] = [];
  /** The lower part of the stack: objects that were not used since the timer last fired. */
  #old: T[] = [];
  /** The greatest length that `#idle` may have. */
  #room = 0;
  #isDisposed = false;
  #acquired = 0;
  #created = 0;
  #dropped = 0;
  /** Objects that count against `max`, from before `create` until after `destroy`. */
  #total = 0;
  #creating = 0;

  /**
   * Makes a pool, and `prefill` objects. Errors of `create` are passed on.
   *
   * @throws {TypeError} if an option is not known or has a wrong type, or if `create` returned a
   *   promise.
   * @throws {RangeError} if an option has a wrong value.
   */
  constructor(options: ObjectPoolOptions<T>) {
    const settings = readObjectPoolSettings(options);
    this.#settings = settings;
    this.#reset = settings.reset;
    const { keep, max, idleTimeout, clock, debug } = settings;
    this.#guard = debug ? new LoanGuard(settings.name) : undefined;
    if (idleTimeout < Infinity)
      this.#timer = new IdleTimer(clock, idleTimeout, () => this.#dropOld());
    if (max < Infinity) this.#lost = whenCollected(() => this.#total--);
    this.#isWatched = debug || keep !== undefined || this.#timer !== undefined;
    this.#lender = {
      name: settings.name,
      giveBack: (object) => this.release(object),
      destroyLoan: (object) => this.#releaseWatched(object, true),
    };
    this.#measureRoom();
    this.#prefill();
  }

  /**
   * Lends an object: the last returned one, or a new one if no object is idle. Give it back with
   * `release`. Errors of `create` are passed on, and the call then counts as no loan.
   *
   * @throws {PoolExhaustedError} if no object is idle and `max` objects exist.
   * @throws {PoolClosedError} if the pool is disposed of.
   * @throws {TypeError} if `create` returned a promise.
   *
   * @example
   * ```ts
   * import { ObjectPool } from "@heapwise/pool";
   *
   * const pool = new ObjectPool({ create: () => new Float64Array(1000) });
   * const row = pool.acquire();
   * row.length; // => 1000
   * pool.release(row);
   * pool.stats().idle; // => 1
   * ```
   */
  acquire(): T {
    const idle = this.#idle;
    if (this.#guard !== undefined || idle.length === 0) return this.#acquireSlowly();
    this.#acquired++;
    return idle.pop()!;
  }

  /**
   * Takes an object back, resets it and keeps it. The object is destroyed instead if `keep` returns
   * false, if `maxIdle` objects are idle, or if the pool is disposed of.
   *
   * Release each loan at most once, and only objects that this pool has lent: a second release
   * would lend the object to two borrowers, and a foreign object would exceed the bounds. Only
   * debug mode checks this; use `lease` if in doubt.
   *
   * Errors of `keep`, `reset` and `destroy` are passed on. If `keep` or `reset` failed, the object
   * is destroyed.
   *
   * @throws {StaleLeaseError} in debug mode, if the loan has ended before.
   * @throws {TypeError} in debug mode, if the pool did not lend the object; or if `keep` or `reset`
   *   returned a promise.
   *
   * @example
   * ```ts
   * import { ObjectPool } from "@heapwise/pool";
   *
   * const pool = new ObjectPool({
   *   create: (): number[] => [],
   *   keep: (list) => list.length < 1000,
   *   reset: (list) => list.splice(0),
   * });
   * const list = pool.acquire();
   * list.push(1, 2, 3);
   * pool.release(list);
   * pool.acquire() === list; // => true
   * list.length; // => 0
   * ```
   */
  release(object: T): void {
    if (this.#isWatched) this.#releaseWatched(object, false);
    else {
      if (this.#reset !== undefined) this.#call("reset", this.#reset, object);
      this.#keepOrDrop(object);
    }
  }

  /**
   * Lends an object for the time that `run` takes: until it returns or throws, or, if it returns a
   * promise, until the promise settles.
   *
   * Throws the errors of `acquire`, `run` and `release`; if several of them throw, the first error.
   *
   * @returns the result of `run`, or a promise of it if `run` returned a promise.
   *
   * @example
   * ```ts
   * import { ObjectPool } from "@heapwise/pool";
   *
   * const pool = new ObjectPool({ create: () => new Float64Array(1000) });
   * pool.use((row) => row.fill(1).reduce((a, b) => a + b)); // => 1000
   * await pool.use(async (row) => row.length); // => 1000
   * ```
   */
  use<R>(run: (object: T) => R): R {
    checkType("use object", "run", run, "function");
    const object = this.acquire();
    let result: R;
    let isLater: boolean;
    try {
      result = run(object);
      isLater = isThenable(result);
    } catch (error) {
      this.#releaseAfter(object);
      throw error;
    }
    if (isLater) {
      // A promise of the platform settles once, whatever the promise of `run` does. Promise.resolve
      // would return the promise of `run` itself, even if that has replaced its own `then`.
      return new Promise<unknown>((resolve) => resolve(result)).then(
        (value) => {
          this.release(object);
          return value;
        },
        (error: unknown) => {
          this.#releaseAfter(object);
          throw error;
        },
      ) as R;
    }
    this.release(object);
    return result;
  }

  /**
   * Lends an object by a lease, whose second `release` throws a StaleLeaseError instead of harming
   * another loan. Takes one small object more than `acquire`. Throws the errors of `acquire`.
   *
   * @example
   * ```ts
   * import { ObjectPool } from "@heapwise/pool";
   *
   * const pool = new ObjectPool({ create: () => new Float64Array(1000) });
   * const lease = pool.lease();
   * lease.value.fill(0);
   * lease.release();
   * lease.release(); // => throws StaleLeaseError
   * ```
   */
  lease(): Lease<T> {
    const object = this.acquire();
    return new ObjectLease(this.#lender, object, this.#acquired);
  }

  /**
   * Destroys idle objects until `keep` of them remain (0 by default), the longest idle first. All
   * of them are destroyed even if `destroy` throws; the first such error is thrown at the end.
   *
   * @returns the number of destroyed objects.
   * @throws {RangeError} if `keep` is not an integer from 0.
   *
   * @example
   * ```ts
   * import { ObjectPool } from "@heapwise/pool";
   *
   * const pool = new ObjectPool({ create: () => new Map(), prefill: 5 });
   * pool.trim(2); // => 3
   * ```
   */
  trim(keep = 0): number {
    checkInteger("trim pool", "keep", keep, 0, Infinity);
    const count = Math.max(0, this.#old.length + this.#idle.length - keep);
    const old = this.#old.splice(0, count);
    const surplus = old.concat(this.#idle.splice(0, count - old.length));
    this.#measureRoom();
    this.#destroyAll(surplus);
    return count;
  }

  /** Destroys all idle objects, like `trim(0)`. Objects on loan are kept when they are returned. */
  clear(): void {
    this.trim(0);
  }

  /** The present state of the pool, and its counts since it was made. Changes nothing. */
  stats(): ObjectPoolStats {
    return {
      idle: this.#old.length + this.#idle.length,
      acquired: this.#acquired,
      created: this.#created,
      dropped: this.#dropped,
    };
  }

  /**
   * Disposes of the pool: destroys all idle objects, and objects on loan when they are returned.
   * From then on `acquire`, `use` and `lease` throw a PoolClosedError. Called at the end of a
   * `using` block.
   *
   * @example
   * ```ts
   * import { ObjectPool } from "@heapwise/pool";
   *
   * const destroyed: number[] = [];
   * const pool = new ObjectPool({ create: () => 1, destroy: (id) => destroyed.push(id) });
   * const id = pool.acquire();
   * pool[Symbol.dispose]();
   * pool.release(id);
   * destroyed; // => [1]
   * pool.acquire(); // => throws PoolClosedError
   * ```
   */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    // Leaves no room: a returned object is dropped.
    this.clear();
  }

  /** "ObjectPool", for `Object.prototype.toString` and inspectors. */
  get [Symbol.toStringTag](): string {
    return "ObjectPool";
  }

  #acquireSlowly(): T {
    if (this.#isDisposed) throw this.#closed();
    const object = this.#take();
    let lent = object;
    if (this.#guard !== undefined) {
      try {
        lent = this.#guard.lend(object);
      } catch (error) {
        this.#dropQuietly(object);
        throw error;
      }
    }
    this.#acquired++;
    return lent;
  }

  /** The object that was returned last, or a new one. */
  #take(): T {
    if (this.#idle.length > 0) return this.#idle.pop()!;
    if (this.#old.length > 0) {
      this.#room++;
      return this.#old.pop()!;
    }
    return this.#createToLend();
  }

  #createToLend(): T {
    const { max } = this.#settings;
    if (this.#total >= max) {
      throw new PoolExhaustedError("bound", `max of ${max} objects exist`, this.#state());
    }
    const object = this.#create();
    if (!this.#isDisposed) return object;
    // `create` itself has disposed of the pool.
    this.#dropQuietly(object);
    throw this.#closed();
  }

  #create(): T {
    // Counted before the call, because `create` may call the pool.
    this.#total++;
    this.#creating++;
    try {
      const object = this.#settings.create();
      refusePromise("create", object);
      if (isObject(object)) this.#lost?.register(object, undefined, object);
      this.#created++;
      return object;
    } catch (error) {
      this.#total--;
      throw error;
    } finally {
      this.#creating--;
    }
  }

  #prefill(): void {
    try {
      for (let i = 0; i < this.#settings.prefill; i++) this.#idle.push(this.#create());
    } catch (error) {
      for (const object of this.#idle) this.#dropQuietly(object);
      throw error;
    }
    if (this.#idle.length > 0) this.#timer?.start();
  }

  #releaseWatched(object: T, mustDestroy: boolean): void {
    const { keep } = this.#settings;
    const guard = this.#guard;
    const returned = guard === undefined ? object : guard.giveBack(object);
    const isKept = !mustDestroy && (keep === undefined || this.#call("keep", keep, returned));
    guard?.poison(returned);
    if (isKept) {
      if (this.#reset !== undefined) this.#call("reset", this.#reset, returned);
      this.#keepOrDrop(returned);
      if (this.#idle.length > 0) this.#timer?.start();
    } else this.#drop(returned);
  }

  #keepOrDrop(object: T): void {
    if (this.#idle.length < this.#room) this.#idle.push(object);
    else this.#drop(object);
  }

  /** Calls `keep` or `reset`. If it throws or returns a promise, the object is dropped. */
  #call(name: string, callback: (object: T) => unknown, object: T): unknown {
    try {
      const result = callback(object);
      // A quick check first, because most resets return nothing or a number.
      if (typeof result === "object" || typeof result === "function") refusePromise(name, result);
      return result;
    } catch (error) {
      this.#dropQuietly(object);
      throw error;
    }
  }

  #drop(object: T): void {
    this.#dropped++;
    this.#destroy(object);
  }

  /** Drops an object because of an error, which goes before an error of `destroy`. */
  #dropQuietly(object: T): void {
    try {
      this.#drop(object);
    } catch {
      // The other error came first.
    }
  }

  #destroy(object: T): void {
    try {
      this.#settings.destroy?.(object);
    } finally {
      this.#total--;
      if (isObject(object)) this.#lost?.unregister(object);
    }
  }

  /** Destroys all objects even if `destroy` throws, and throws the first error at the end. */
  #destroyAll(objects: readonly T[]): void {
    let failure: { error: unknown } | undefined;
    for (const object of objects) {
      try {
        this.#destroy(object);
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
  }

  /**
   * Called by the timer: drops the lower part of the stack, and makes the objects that are idle now
   * the lower part.
   */
  #dropOld(): void {
    const surplus = this.#old;
    this.#old = this.#idle;
    this.#idle = [];
    this.#measureRoom();
    if (this.#old.length > 0) this.#timer!.start();
    this.#destroyAll(surplus);
  }

  #measureRoom(): void {
    this.#room = this.#isDisposed ? 0 : this.#settings.maxIdle - this.#old.length;
  }

  #state(): PoolState {
    const { name, max } = this.#settings;
    const idle = this.#old.length + this.#idle.length;
    const creating = this.#creating;
    const total = this.#total;
    return {
      name,
      min: 0,
      max,
      total,
      idle,
      leased: total - idle - creating,
      creating,
      waiting: 0,
    };
  }

  #closed(): PoolClosedError {
    return new PoolClosedError("acquire object", this.#state());
  }

  #releaseAfter(object: T): void {
    try {
      this.release(object);
    } catch {
      // The error of `run` came first.
    }
  }
}

/**
 * Throws a TypeError if a callback returned a promise. No other code sees that promise, so that its
 * rejection is handled here.
 */
function refusePromise(name: string, result: unknown): void {
  if (!isThenable(result)) return;
  void Promise.resolve(result).then(undefined, () => undefined);
  throw new TypeError(`Cannot pool object: ${name} returned a promise, expected a result at once`);
}
