/// <reference lib="esnext.disposable" preserve="true" />
import { checkFunction, checkInteger } from "../checks.ts";
import { PoolClosedError } from "../errors.ts";
import type { Lease } from "../lease.ts";
import { isThenable } from "../is-thenable.ts";
import { LoanGuard } from "./loan-guard.ts";
import { ObjectLease, type ObjectLender } from "./object-lease.ts";
import {
  readObjectPoolSettings,
  type ObjectPoolOptions,
  type ObjectPoolSettings,
} from "./options.ts";

/** How an object pool stands, and counts since it was made. */
export interface ObjectPoolStats {
  /** Objects that wait to be lent. */
  readonly idle: number;
  /** Loans. */
  readonly acquired: number;
  /** Objects that were made, `prefill` among them. */
  readonly created: number;
  /** Objects that came back and were not kept: the pool was full or closed, or `reset` threw. */
  readonly dropped: number;
}

/**
 * Keeps objects for the next use: for those that are dear to build, or that survive long enough to be
 * moved by the garbage collector. Small plain objects are cheaper to make than to pool.
 *
 * Objects wait on a stack, the last one returned is lent first. They are reset when they come back, so
 * that what is idle holds nothing of its last user. The pool knows nothing of what is lent: an object
 * that never comes back is garbage like any other.
 *
 * `release` trusts its caller, because a guard would cost several times the pool. `lease` detects a
 * double release at no cost, and `debug` detects that and every use after release.
 *
 * ```ts
 * import { ObjectPool } from "@heapwise/pool";
 *
 * const pool = new ObjectPool({ create: () => new Map<string, number>(), reset: (map) => map.clear() });
 * pool.use((map) => map.set("a", 1).size); // => 1
 * pool.use((map) => map.size); // => 0
 * pool.stats().created; // => 1
 * ```
 */
export class ObjectPool<T> implements Disposable {
  readonly #settings: ObjectPoolSettings<T>;
  readonly #reset: ((object: T) => unknown) | undefined;
  readonly #maxIdle: number;
  readonly #guard: LoanGuard<T> | undefined;
  readonly #lender: ObjectLender<T>;
  #idle: T[] = [];
  #isDisposed = false;
  #acquired = 0;
  #created = 0;
  #dropped = 0;

  /** Makes a pool, and `prefill` objects. Throws for bad options, or what `create` throws. */
  constructor(options: ObjectPoolOptions<T>) {
    const settings = readObjectPoolSettings(options);
    this.#settings = settings;
    this.#reset = settings.reset;
    this.#maxIdle = settings.maxIdle;
    this.#guard = settings.debug ? new LoanGuard(settings.name) : undefined;
    this.#lender = {
      name: settings.name,
      giveBack: (object) => this.release(object),
      giveUp: (object) => this.#giveUp(object),
    };
    for (let i = 0; i < settings.prefill; i++) this.#idle.push(this.#create());
  }

  /** Lends an object, a new one where none is idle. Throws when the pool is disposed of, or what `create` throws. */
  acquire(): T {
    const idle = this.#idle;
    if (this.#guard !== undefined || idle.length === 0) return this.#acquireSlowly();
    this.#acquired++;
    return idle.pop()!;
  }

  /**
   * Takes an object back. Each loan must be given back once at most: a second time would lend the object
   * to two. Throws what `reset` throws; in debug mode a StaleLeaseError for a second time, and a
   * TypeError for what the pool did not lend.
   */
  release(object: T): void {
    const returned = this.#guard === undefined ? object : this.#guard.giveBack(object);
    if (this.#reset !== undefined) this.#resetOrDrop(returned);
    if (this.#idle.length < this.#maxIdle && !this.#isDisposed) this.#idle.push(returned);
    else this.#drop(returned);
  }

  /** Lends an object for as long as `run` takes, until its promise settles where it returns one. */
  use<R>(run: (object: T) => R): R {
    checkFunction("use object", "run", run);
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
      // A promise of the platform settles once, whatever the other one does.
      return Promise.resolve<unknown>(result).then(
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

  /** Lends an object with a lease: a second release of it is a StaleLeaseError. */
  lease(): Lease<T> {
    const object = this.acquire();
    return new ObjectLease(this.#lender, object, this.#acquired);
  }

  /** Lets go of idle objects until `keep` are left, those idle for longest first. Returns how many left. */
  trim(keep = 0): number {
    checkInteger("trim pool", "keep", keep, 0, Infinity);
    const surplus = this.#idle.splice(0, Math.max(0, this.#idle.length - keep));
    let failure: { error: unknown } | undefined;
    for (const object of surplus) {
      try {
        this.#settings.destroy?.(object);
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
    return surplus.length;
  }

  /** Lets go of all idle objects. */
  clear(): void {
    this.trim(0);
  }

  /** How the pool stands, and what it counted. */
  stats(): ObjectPoolStats {
    return {
      idle: this.#idle.length,
      acquired: this.#acquired,
      created: this.#created,
      dropped: this.#dropped,
    };
  }

  /** Lets go of all idle objects, and of the others when they come back; lends no more. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.clear();
  }

  get [Symbol.toStringTag](): string {
    return "ObjectPool";
  }

  #acquireSlowly(): T {
    if (this.#isDisposed) {
      const { name, maxIdle } = this.#settings;
      const state = { name, min: 0, max: maxIdle, total: 0, idle: 0, leased: 0, creating: 0 };
      throw new PoolClosedError("acquire object", { ...state, waiting: 0 });
    }
    const object = this.#idle.length > 0 ? this.#idle.pop()! : this.#create();
    const lent = this.#guard === undefined ? object : this.#guard.lend(object);
    this.#acquired++;
    return lent;
  }

  #create(): T {
    const object = this.#settings.create();
    this.#created++;
    return object;
  }

  #resetOrDrop(object: T): void {
    try {
      this.#reset!(object);
    } catch (error) {
      this.#dropped++;
      try {
        this.#settings.destroy?.(object);
      } catch {
        // What reset threw came first.
      }
      throw error;
    }
  }

  #drop(object: T): void {
    this.#dropped++;
    this.#settings.destroy?.(object);
  }

  #giveUp(object: T): void {
    this.#drop(this.#guard === undefined ? object : this.#guard.giveBack(object));
  }

  #releaseAfter(object: T): void {
    try {
      this.release(object);
    } catch {
      // The error of the user came first.
    }
  }
}
