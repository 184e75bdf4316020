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

/** How an object pool stands, and counts since it was made. */
export interface ObjectPoolStats {
  /** Objects that wait to be lent. */
  readonly idle: number;
  /** Loans. */
  readonly acquired: number;
  /** Objects that were made, `prefill` among them. */
  readonly created: number;
  /** Objects that came back and were not kept: `keep` refused them, the pool was full or closed, or a callback failed. */
  readonly dropped: number;
}

/**
 * Keeps objects for the next use: for those that are dear to build, or that survive long enough to be
 * moved by the garbage collector. Small plain objects are cheaper to make than to pool.
 *
 * Objects wait on a stack, the last one returned is lent first. They are reset when they come back, so
 * that what is idle holds nothing of its last user. The pool does not hold what is lent: an object that
 * never comes back is garbage like any other.
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
  readonly #guard: LoanGuard<T> | undefined;
  /** Whether a return takes more than `reset`: so that a plain one asks one question. */
  readonly #isWatched: boolean;
  readonly #timer: IdleTimer | undefined;
  /** Of objects that never come back, if there is a bound. */
  readonly #lost: FinalizationRegistry<undefined> | undefined;
  readonly #lender: ObjectLender<T>;
  #idle: T[] = [];
  /** The lower part of the stack: what nobody used since the timer fired last. */
  #old: T[] = [];
  /** Most objects that `#idle` may have. */
  #room = 0;
  #isDisposed = false;
  #acquired = 0;
  #created = 0;
  #dropped = 0;
  /** All that counts against `max`, from before `create` until after `destroy`. */
  #total = 0;
  #creating = 0;

  /** Makes a pool, and `prefill` objects. Throws for bad options, or what `create` throws. */
  constructor(options: ObjectPoolOptions<T>) {
    const settings = readObjectPoolSettings(options);
    this.#settings = settings;
    this.#reset = settings.reset;
    const { keep, max, idleTimeout, clock, debug } = settings;
    this.#guard = debug ? new LoanGuard(settings.name) : undefined;
    if (idleTimeout < Infinity) this.#timer = new IdleTimer(clock, idleTimeout, () => this.#age());
    if (max < Infinity) this.#lost = whenCollected(() => this.#total--);
    this.#isWatched = debug || keep !== undefined || this.#timer !== undefined;
    this.#lender = {
      name: settings.name,
      giveBack: (object) => this.release(object),
      giveUp: (object) => this.#releaseWatched(object, true),
    };
    this.#measureRoom();
    this.#prefill();
  }

  /**
   * Lends an object, a new one if none is idle. Throws what `create` throws, a TypeError if that is a
   * promise, a PoolExhaustedError beyond `max`, and a PoolClosedError when the pool is disposed of.
   */
  acquire(): T {
    const idle = this.#idle;
    if (this.#guard !== undefined || idle.length === 0) return this.#acquireSlowly();
    this.#acquired++;
    return idle.pop()!;
  }

  /**
   * Takes an object back. Each loan must be given back once at most: a second time would lend the object
   * to two, and what the pool did not lend would exceed its bounds. Throws what `keep`, `reset` and
   * `destroy` throw; in debug mode a StaleLeaseError for a second time, and a TypeError for what the
   * pool did not lend.
   */
  release(object: T): void {
    if (this.#isWatched) this.#releaseWatched(object, false);
    else {
      if (this.#reset !== undefined) this.#ask("reset", this.#reset, object);
      this.#shelve(object);
    }
  }

  /** Lends an object for as long as `run` takes, until its promise settles if it returns one. */
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
      // A promise of the platform settles once, whatever the other one does. Promise.resolve would
      // give back the other one, if that has replaced its own `then`.
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

  /** Lends an object with a lease: a second release of it is a StaleLeaseError. */
  lease(): Lease<T> {
    const object = this.acquire();
    return new ObjectLease(this.#lender, object, this.#acquired);
  }

  /** Lets go of idle objects until `keep` are left, those idle for longest first. Returns how many left. */
  trim(keep = 0): number {
    checkInteger("trim pool", "keep", keep, 0, Infinity);
    const count = Math.max(0, this.#old.length + this.#idle.length - keep);
    const old = this.#old.splice(0, count);
    const surplus = old.concat(this.#idle.splice(0, count - old.length));
    this.#measureRoom();
    this.#destroyAll(surplus);
    return count;
  }

  /** Lets go of all idle objects. */
  clear(): void {
    this.trim(0);
  }

  /** How the pool stands, and what it counted. */
  stats(): ObjectPoolStats {
    return {
      idle: this.#old.length + this.#idle.length,
      acquired: this.#acquired,
      created: this.#created,
      dropped: this.#dropped,
    };
  }

  /** Lets go of all idle objects, and of the others when they come back; lends no more. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    // clear() leaves no room.
    this.clear();
  }

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

  /** The last one returned, or a new one. */
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
      throw new PoolExhaustedError("bound", `max of ${max} objects are made`, this.#state());
    }
    const object = this.#create();
    if (!this.#isDisposed) return object;
    // `create` has disposed of the pool.
    this.#dropQuietly(object);
    throw this.#closed();
  }

  #create(): T {
    // Counted first, because `create` may call the pool.
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

  #releaseWatched(object: T, isGivenUp: boolean): void {
    const { keep } = this.#settings;
    const guard = this.#guard;
    const returned = guard === undefined ? object : guard.giveBack(object);
    const isKept = !isGivenUp && (keep === undefined || this.#ask("keep", keep, returned));
    guard?.poison(returned);
    if (isKept) {
      if (this.#reset !== undefined) this.#ask("reset", this.#reset, returned);
      this.#shelve(returned);
      if (this.#idle.length > 0) this.#timer?.start();
    } else this.#drop(returned);
  }

  #shelve(object: T): void {
    if (this.#idle.length < this.#room) this.#idle.push(object);
    else this.#drop(object);
  }

  /** Asks a callback about an object that came back. If it throws, or returns a promise, the object is dropped. */
  #ask(name: string, callback: (object: T) => unknown, object: T): unknown {
    try {
      const answer = callback(object);
      // Looked at here, because most resets return nothing or a number.
      if (typeof answer === "object" || typeof answer === "function") refusePromise(name, answer);
      return answer;
    } catch (error) {
      this.#dropQuietly(object);
      throw error;
    }
  }

  #drop(object: T): void {
    this.#dropped++;
    this.#destroy(object);
  }

  /** Drops an object because of an error, which goes before what `destroy` throws. */
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

  /** Destroys all of them, whatever `destroy` throws, and throws the first error. */
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

  /** The timer has fired: what it found in the lower part leaves, and all that is idle now takes its place. */
  #age(): void {
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
      // The error of the user came first.
    }
  }
}

/** Throws for a callback that returned a promise. Nobody else sees it, so a rejection is taken care of here. */
function refusePromise(name: string, answer: unknown): void {
  if (!isThenable(answer)) return;
  void Promise.resolve(answer).then(undefined, () => undefined);
  throw new TypeError(`Cannot pool object: ${name} returned a promise, expected a result at once`);
}
