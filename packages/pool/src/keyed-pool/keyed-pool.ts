/// <reference lib="esnext.disposable" preserve="true" />
import { checkFunction, checkInteger, checkNames, checkNumber } from "../checks.ts";
import { PoolClosedError, type PoolState } from "../errors.ts";
import type { Holder, Lease } from "../lease.ts";
import type { UseScope } from "../resource-pool/deadlock.ts";
import {
  checkAcquire,
  checkPoolBounds,
  readSettings,
  type AcquireOptions,
  type CreateContext,
  type ResourcePoolOptions,
} from "../resource-pool/options.ts";
import { PoolCore } from "../resource-pool/pool-core.ts";
import { checkListener, type PoolEvents } from "../resource-pool/pool-events.ts";
import type { CloseReport } from "../resource-pool/pool-stats.ts";
import type { Quota } from "../resource-pool/quota.ts";

type Callbacks = "create" | "validate" | "prepare" | "reset" | "destroy";

/** What a keyed pool holds. Each key has a resource pool with the other options. */
export interface KeyedPoolOptions<K, T> extends Omit<
  ResourcePoolOptions<T>,
  Callbacks | "min" | "max"
> {
  /** Makes a resource for a key. */
  create: (key: K, context: CreateContext) => PromiseLike<T> | T;
  validate?: ((value: T, key: K) => PromiseLike<boolean> | boolean) | undefined;
  prepare?: ((value: T, key: K) => PromiseLike<void> | void) | undefined;
  reset?: ((value: T, key: K) => PromiseLike<void> | void) | undefined;
  destroy?: ((value: T, reason: unknown, key: K) => PromiseLike<void> | void) | undefined;
  /** Most resources of all keys together. */
  max: number;
  /** Most resources of one key. `max` by default. */
  maxPerKey?: number | undefined;
  /** Most keys of which nothing is in use; those used longest ago let their resources go. Infinity by default: then `idleTimeout` decides. */
  idleKeys?: number | undefined;
}

/** How a keyed pool stands, over all its keys. */
export interface KeyedPoolStats extends PoolState {
  /** Keys that have a resource, or somebody who waits for one. */
  readonly keys: number;
  /** Loans. */
  readonly acquired: number;
  /** Resources that were made. */
  readonly created: number;
  /** Resources that left. */
  readonly destroyed: number;
}

/** A holder, and the key of the resource. */
export interface KeyedHolder<K, T> extends Holder<T> {
  readonly key: K;
}

/** The pool of one key. */
interface Entry<K, T> {
  readonly key: K;
  readonly core: PoolCore<T>;
}

type KeyedListener<K> = (event: never, key: K) => void;

const ACTION = "create pool";
const CLOSE_DEADLINE = 30_000;

/**
 * Lends resources of many kinds, one resource pool for each key: connections to many hosts, say. There
 * is a bound for each key and one for all. When all of them together are at the bound, a key that
 * needs a resource takes the place of what is idle under the key used longest ago; when nothing is
 * idle, whoever has waited longest is next, whatever the key. A key leaves with its last resource.
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
  readonly #options: KeyedPoolOptions<K, T>;
  readonly #max: number;
  readonly #idleKeys: number;
  /** The key used longest ago first. */
  readonly #entries = new Map<K, Entry<K, T>>();
  /** Keys of which nothing is in use, the one idle for longest first. */
  readonly #idle = new Set<K>();
  /** Keys that wanted room and got none. */
  readonly #starving = new Set<Entry<K, T>>();
  readonly #listeners: { name: keyof PoolEvents<T>; listener: KeyedListener<K> }[] = [];
  #total = 0;
  #gone = { acquired: 0, created: 0, destroyed: 0 };
  #closed: Promise<CloseReport<T>> | undefined;

  /** Makes a pool without any key. Throws for bad options. */
  constructor(options: KeyedPoolOptions<K, T>) {
    if (typeof options !== "object" || options === null) checkNames(ACTION, options, new Set());
    const { max, maxPerKey = max, idleKeys = Infinity } = options;
    checkFunction(ACTION, "create", options.create);
    checkPoolBounds(ACTION, 0, max);
    checkInteger(ACTION, "maxPerKey", maxPerKey, 1, Infinity);
    checkInteger(ACTION, "idleKeys", idleKeys, 0, Infinity);
    if ("min" in options) {
      throw new TypeError("Cannot create pool: min is set, expected none in a keyed pool");
    }
    this.#options = { ...options };
    this.#max = max;
    this.#idleKeys = idleKeys;
    // The other options are checked now, not with the first key.
    readSettings(this.#optionsOf(undefined as K));
  }

  /** Borrows a resource of a key; see `acquire` of ResourcePool. */
  acquire(key: K, options?: AcquireOptions): Promise<Lease<T>> {
    try {
      if (options !== undefined) checkAcquire(options);
      return this.#open(key).core.acquire(options, undefined);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Borrows a resource of a key that is idle now, or returns undefined. */
  tryAcquire(key: K): Lease<T> | undefined {
    if (this.#closed !== undefined) throw this.#closedError();
    const entry = this.#entries.get(key);
    const lease = entry?.core.tryAcquire();
    if (lease !== undefined) this.#use(entry!);
    return lease;
  }

  /** Borrows a resource of a key for as long as `run` takes. */
  async use<R>(
    key: K,
    run: (value: T, lease: Lease<T>) => PromiseLike<R> | R,
    options?: AcquireOptions,
  ): Promise<R> {
    checkFunction("use resource", "run", run);
    if (options !== undefined) checkAcquire(options);
    const { scopes } = this.#options;
    const usedIn: UseScope = { parent: scopes?.current() };
    const purpose = { askedIn: usedIn.parent, usedIn };
    const { core } = this.#open(key);
    const lease = await core.acquire(options ?? {}, scopes === undefined ? undefined : purpose);
    try {
      const call = (): PromiseLike<R> | R => run(lease.value, lease);
      return await (scopes === undefined ? call() : scopes.run(usedIn, call));
    } finally {
      lease.end();
    }
  }

  /** The keys that have a resource or a waiter, the one used longest ago first. */
  keys(): K[] {
    return [...this.#entries.keys()];
  }

  /** Destroys what is idle, of one key or of all. Returns how many. */
  evictIdle(...keys: [K?]): number {
    const entries =
      keys.length > 0 ? [this.#entries.get(keys[0] as K)] : [...this.#entries.values()];
    let evicted = 0;
    for (const entry of entries) evicted += entry?.core.evictIdle("evicted") ?? 0;
    return evicted;
  }

  /** Who has what, the oldest loan first. */
  holders(): KeyedHolder<K, T>[] {
    return [...this.#entries.values()]
      .flatMap(({ key, core }) => core.holders().map((holder) => ({ ...holder, key })))
      .sort((a, b) => b.age - a.age);
  }

  /** How the pool stands over all keys. */
  stats(): KeyedPoolStats {
    const sum = { ...this.#gone, total: 0, idle: 0, leased: 0, creating: 0, waiting: 0 };
    for (const { core } of this.#entries.values()) {
      const stats = core.stats();
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += stats[name];
    }
    const { name = "pool" } = this.#options;
    return { name, min: 0, max: this.#max, keys: this.#entries.size, ...sum };
  }

  /** Calls `listener` with every event of this name and the key; returns what ends it. */
  on<Name extends keyof PoolEvents<T>>(
    event: Name,
    listener: (event: PoolEvents<T>[Name], key: K) => void,
  ): () => void {
    checkListener(event, listener);
    const added = { name: event, listener: listener as KeyedListener<K> };
    this.#listeners.push(added);
    for (const { key, core } of this.#entries.values()) {
      core.on(event, (each) => this.#tell(added, each, key));
    }
    return () => {
      const at = this.#listeners.indexOf(added);
      if (at !== -1) this.#listeners.splice(at, 1);
    };
  }

  /** Closes the pools of all keys; see `close` of ResourcePool. */
  close(options: { deadline?: number | undefined } = {}): Promise<CloseReport<T>> {
    try {
      checkNames("close pool", options, new Set(["deadline"]));
      const { deadline = CLOSE_DEADLINE } = options;
      checkNumber("close pool", "deadline", deadline, 0, Infinity);
      this.#closed ??= this.#close(deadline);
      return this.#closed;
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

  async #close(deadline: number): Promise<CloseReport<T>> {
    const entries = [...this.#entries.values()];
    const reports = await Promise.all(entries.map(({ core }) => core.close(deadline)));
    return {
      destroyed: reports.reduce((sum, { destroyed }) => sum + destroyed, 0),
      left: reports.flatMap(({ left }) => left),
      abandoned: reports.reduce((sum, { abandoned }) => sum + abandoned, 0),
      failures: reports.flatMap(({ failures }) => failures),
    };
  }

  /** The pool of a key, made where there is none. */
  #open(key: K): Entry<K, T> {
    if (this.#closed !== undefined) throw this.#closedError();
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = this.#create(key);
      this.#entries.set(key, entry);
    } else {
      this.#use(entry);
    }
    return entry;
  }

  #use(entry: Entry<K, T>): void {
    this.#idle.delete(entry.key);
    this.#entries.delete(entry.key);
    this.#entries.set(entry.key, entry);
  }

  #create(key: K): Entry<K, T> {
    const quota: Quota = {
      take: () => this.#take(entry),
      give: () => this.#give(entry),
      onIdle: () => this.#onIdle(entry),
      onQuiet: () => this.#forget(entry),
    };
    const core = new PoolCore(readSettings(this.#optionsOf(key)), quota);
    const entry: Entry<K, T> = { key, core };
    for (const listener of this.#listeners) {
      core.on(listener.name, (event) => this.#tell(listener, event, key));
    }
    return entry;
  }

  #tell(
    added: { listener: KeyedListener<K> },
    event: PoolEvents<T>[keyof PoolEvents<T>],
    key: K,
  ): void {
    if ((this.#listeners as unknown[]).includes(added)) added.listener(event as never, key);
  }

  #optionsOf(key: K): ResourcePoolOptions<T> {
    const { maxPerKey: most, idleKeys: _, max, ...rest } = this.#options;
    const { create, validate, prepare, reset, destroy } = rest;
    return {
      ...rest,
      create: (context) => create(key, context),
      validate: bind(validate, key),
      prepare: bind(prepare, key),
      reset: bind(reset, key),
      destroy: destroy && ((value, reason) => destroy(value, reason, key)),
      max: Math.min(max, most ?? max),
    };
  }

  #take(entry: Entry<K, T>): boolean {
    if (this.#total >= this.#max) {
      this.#starving.add(entry);
      this.#makeRoom(entry);
    }
    if (this.#total >= this.#max) return false;
    this.#starving.delete(entry);
    this.#total++;
    return true;
  }

  /** Lets go of what is idle longest under the key used longest ago, unless enough is on its way out. */
  #makeRoom(entry: Entry<K, T>): void {
    let leaving = 0;
    for (const { core } of this.#entries.values()) leaving += core.stats().closing;
    if (leaving > this.#starving.size) return;
    for (const other of this.#entries.values()) {
      if (other === entry || other.core.stats().waiting > 0) continue;
      const [token] = other.core.idleTokens();
      if (token !== undefined && other.core.takeIdle(token)) {
        other.core.end(token.slot, "needed by another key");
        return;
      }
    }
  }

  #give(entry: Entry<K, T>): void {
    this.#total--;
    this.#forget(entry);
    this.#feed();
  }

  /** Gives free room to the keys that want it, to whoever has waited longest first. */
  #feed(): void {
    for (const entry of this.#hungry()) {
      if (this.#total >= this.#max) return;
      this.#starving.delete(entry);
      entry.core.pump();
    }
  }

  /** The keys that want room, whoever has waited longest first. */
  #hungry(): Entry<K, T>[] {
    if (this.#starving.size === 0) return [];
    return [...this.#starving].sort((a, b) => a.core.oldestWait - b.core.oldestWait);
  }

  #onIdle(entry: Entry<K, T>): void {
    const { leased, waiting, creating } = entry.core.state();
    if (waiting > 0) return;
    const [first] = this.#hungry();
    if (first !== undefined && first !== entry) this.#makeRoom(first);
    if (leased + creating > 0) return;
    this.#idle.delete(entry.key);
    this.#idle.add(entry.key);
    while (this.#idle.size > this.#idleKeys) {
      const [oldest] = this.#idle as Set<K>;
      this.#idle.delete(oldest as K);
      this.#entries.get(oldest as K)?.core.evictIdle("idle key");
    }
  }

  /** A key with nothing of its own leaves. */
  #forget(entry: Entry<K, T>): void {
    const { total, waiting, acquired, created, destroyed } = entry.core.stats();
    if (total > 0 || waiting > 0 || this.#entries.get(entry.key) !== entry) return;
    this.#entries.delete(entry.key);
    this.#idle.delete(entry.key);
    this.#starving.delete(entry);
    this.#gone.acquired += acquired;
    this.#gone.created += created;
    this.#gone.destroyed += destroyed;
  }

  #closedError(): PoolClosedError {
    return new PoolClosedError("acquire resource", this.stats());
  }
}

function bind<T, K, R>(
  callback: ((value: T, key: K) => R) | undefined,
  key: K,
): ((value: T) => R) | undefined {
  return callback && ((value) => callback(value, key));
}
