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
import type { CreationGovernor } from "../resource-pool/creation-governor.ts";
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
  prepare?: ((value: T, key: K) => unknown) | undefined;
  reset?: ((value: T, key: K) => unknown) | undefined;
  destroy?: ((value: T, reason: unknown, key: K) => unknown) | undefined;
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

interface KeyedListener<K, T> {
  readonly name: keyof PoolEvents<T>;
  readonly tell: (event: never, key: K) => void;
  /** What ends it, in the pool of each key. */
  readonly ends: Map<Entry<K, T>, () => void>;
}

const ACTION = "create pool";
const CLOSE_DEADLINE = 30_000;

/** Keys of which failures are remembered although nothing else is left of them. */
const MOST_GOVERNORS = 1000;

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
  /** What is known of failures to create, of keys that have left after one; the oldest first. */
  readonly #governors = new Map<K, CreationGovernor>();
  readonly #listeners = new Set<KeyedListener<K, T>>();
  #total = 0;
  #gone = { acquired: 0, created: 0, destroyed: 0 };
  #isClosed = false;
  #report: Promise<CloseReport<T>> | undefined;

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
      const entry = this.#open(key);
      const lease = entry.core.acquire(options, undefined);
      this.#forget(entry);
      return lease;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Borrows a resource of a key that is idle now, or returns undefined. */
  tryAcquire(key: K): Lease<T> | undefined {
    if (this.#isClosed) throw this.#closedError();
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
    const entry = this.#open(key);
    const asked = entry.core.acquire(options ?? {}, scopes === undefined ? undefined : purpose);
    this.#forget(entry);
    const lease = await asked;
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
    listener: (event: PoolEvents<T>[Name], key: K) => unknown,
  ): () => void {
    checkListener(event, listener);
    const added: KeyedListener<K, T> = { name: event, tell: listener, ends: new Map() };
    this.#listeners.add(added);
    for (const entry of this.#entries.values()) listenTo(entry, added);
    return () => {
      this.#listeners.delete(added);
      for (const end of added.ends.values()) end();
      added.ends.clear();
    };
  }

  /** Closes the pools of all keys; see `close` of ResourcePool. */
  close(options: { deadline?: number | undefined } = {}): Promise<CloseReport<T>> {
    try {
      checkNames("close pool", options, new Set(["deadline"]));
      const { deadline = CLOSE_DEADLINE } = options;
      checkNumber("close pool", "deadline", deadline, 0, Infinity);
      // Before the pools of the keys close, for their callbacks may call this one.
      this.#isClosed = true;
      this.#report ??= this.#close(deadline);
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
    if (this.#isClosed) throw this.#closedError();
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
    const settings = readSettings(this.#optionsOf(key));
    const core = new PoolCore(settings, quota, this.#governors.get(key));
    this.#governors.delete(key);
    const entry: Entry<K, T> = { key, core };
    for (const listener of this.#listeners) listenTo(entry, listener);
    return entry;
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
    for (const { core } of this.#entries.values()) leaving += core.closing;
    if (leaving > this.#starving.size) return;
    for (const other of this.#entries.values()) {
      if (other === entry || other.core.waiting > 0) continue;
      const token = other.core.longestIdle;
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
    while (this.#total < this.#max) {
      const entry = this.#hungriest();
      if (entry === undefined) return;
      this.#starving.delete(entry);
      entry.core.pump();
    }
  }

  /** The key that wants room for whoever has waited longest. */
  #hungriest(): Entry<K, T> | undefined {
    let first: Entry<K, T> | undefined;
    for (const entry of this.#starving) {
      if (first === undefined || entry.core.oldestWait < first.core.oldestWait) first = entry;
    }
    return first;
  }

  #onIdle(entry: Entry<K, T>): void {
    const { leased, waiting, creating } = entry.core.state();
    if (waiting > 0) return;
    const first = this.#hungriest();
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
    const { key, core } = entry;
    if (core.total > 0 || core.waiting > 0 || this.#entries.get(key) !== entry) return;
    this.#entries.delete(key);
    this.#idle.delete(key);
    this.#starving.delete(entry);
    for (const { ends } of this.#listeners) ends.delete(entry);
    if (core.governor.failures > 0) this.#remember(key, core.governor);
    const { acquired, created, destroyed } = core.stats();
    this.#gone.acquired += acquired;
    this.#gone.created += created;
    this.#gone.destroyed += destroyed;
  }

  /** Keeps what is known of failures, so that a breaker and a delay outlive a key that has nothing but those. */
  #remember(key: K, governor: CreationGovernor): void {
    this.#governors.set(key, governor);
    if (this.#governors.size <= MOST_GOVERNORS) return;
    const [oldest] = this.#governors.keys();
    this.#governors.delete(oldest as K);
  }

  #closedError(): PoolClosedError {
    return new PoolClosedError("acquire resource", this.stats());
  }
}

function listenTo<K, T>(entry: Entry<K, T>, { name, tell, ends }: KeyedListener<K, T>): void {
  ends.set(
    entry,
    entry.core.on(name, (event) => tell(event as never, entry.key)),
  );
}

function bind<T, K, R>(
  callback: ((value: T, key: K) => R) | undefined,
  key: K,
): ((value: T) => R) | undefined {
  return callback && ((value) => callback(value, key));
}
