// Longer than 600 lines because the steps of one walk share the facts of every value.
import { failed, LRUCache, REMOVE, type CacheLease, type LRUCacheOptions } from "@heapwise/lru";
import { sieve, s3Fifo, wTinyLfu, adaptive, lru } from "@heapwise/lru/policies";
import { FakeClock, randomStream } from "@heapwise/testkit";

/** The facts of a value that was made. */
interface Made {
  readonly name: string;
  closings: number;
  leases: number;
  reports: number;
  /** The cause of its last report. */
  cause: string | undefined;
  /** Whether the program itself has removed it, so that it is disposed of at once. */
  isTakenBack: boolean;
}

type Handle = Made | number;
type Options = LRUCacheOptions<string, Handle | undefined>;

interface PendingLoad {
  readonly keys: readonly string[];
  readonly isBulk: boolean;
  readonly stale: Handle | undefined;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

const KEYS = ["a", "b", "c", "d", "e"];
const WEIGHING = new Error("weigh");

/** The result of a walk. */
export interface WalkReport {
  readonly steps: number;
  readonly made: number;
  readonly loads: number;
  readonly handed: number;
  readonly leased: number;
  readonly errors: readonly string[];
}

/**
 * A random walk over a cache that disposes of its values, with all events of a value. Each value
 * that was ever made is disposed of once, and was reported before: never while it is leased, and
 * never before the callers that got it have run, unless the program itself removed it.
 */
export class ConservationWalk {
  readonly #seed: number;
  readonly #random: () => number;
  readonly #clock = new FakeClock();
  readonly #cache: LRUCache<string, Handle | undefined>;
  readonly #isPrimitive: boolean;
  readonly #records = new Map<Handle, Made>();
  readonly #loads: PendingLoad[] = [];
  readonly #leases: { readonly lease: CacheLease<Handle | undefined>; readonly made: Made }[] = [];
  readonly #controllers: AbortController[] = [];
  readonly #closers: (() => void)[] = [];
  readonly #known: Handle[] = [];
  readonly #errors: string[] = [];
  readonly #log: string[] = [];
  /** Whether the program has removed anything in this turn of the event loop. */
  #isRemoving = false;
  #depth = 0;
  #count = 0;
  #loadCount = 0;
  #handed = 0;
  #leased = 0;
  #steps = 0;
  /** Calls that have not ended. */
  #asked = 0;
  /** Whether all calls end before the cache is disposed of. */
  readonly #endsByItself: boolean;
  /**
   * Whether one object may be under several keys. A loader without a lease may return it closed.
   */
  readonly #shares: boolean;

  #watch<T>(promise: Promise<T>): Promise<T> {
    this.#asked++;
    const end = (): void => void this.#asked--;
    promise.then(end, end);
    return promise;
  }

  constructor(seed: number) {
    this.#seed = seed;
    this.#endsByItself = seed % 4 === 0;
    this.#shares = !this.#endsByItself;
    this.#random = randomStream(seed);
    this.#isPrimitive = this.#chance(0.3);
    const options = this.#options();
    this.#note(
      `options bulk=${options.loadMany !== undefined} single=${options.load !== undefined} ${JSON.stringify(options)} primitive ${this.#isPrimitive}`,
    );
    this.#cache = new LRUCache(options);
  }

  /** Runs the walk to its end: all loads ended, all leases released, the cache disposed of. */
  async run(steps: number): Promise<WalkReport> {
    for (let step = 0; step < steps && this.#errors.length === 0; step++) {
      this.#steps++;
      this.#act();
      const rest = this.#random();
      if (rest < 0.2) await Promise.resolve();
      else if (rest < 0.3) {
        await macrotask();
        this.#isRemoving = false;
      }
    }
    if (this.#endsByItself) {
      for (let i = 0; i < 40; i++) {
        for (const load of this.#loads.splice(0)) this.#settle(load);
        for (const close of this.#closers.splice(0)) close();
        for (const { lease, made } of this.#leases.splice(0)) this.#release(lease, made);
        if (i < 20) this.#try(() => this.#clock.advance(10));
        await macrotask();
        this.#isRemoving = false;
      }
      if (this.#asked > 0 && this.#errors.length === 0)
        this.#fail(`${this.#asked} calls have not ended`);
      for (let i = 0; i < 5; i++) {
        this.#remove("clear", () => this.#cache.clear());
        for (const load of this.#loads.splice(0)) this.#settle(load);
        for (const close of this.#closers.splice(0)) close();
        for (const { lease, made } of this.#leases.splice(0)) this.#release(lease, made);
        this.#try(() => this.#clock.advance(100));
        await macrotask();
      }
      for (const { name, closings } of this.#records.values()) {
        if (
          closings > 1 ||
          (closings !== 1 && this.#cache.size === 0 && this.#cache.stats().inFlight === 0)
        )
          this.#fail(`${name} was disposed of ${closings} times after clear`);
      }
    }
    this.#remove("dispose", () => this.#cache[Symbol.dispose]());
    for (const load of this.#loads.splice(0)) this.#settle(load);
    await macrotask();
    for (const { lease, made } of this.#leases.splice(0)) this.#release(lease, made);
    for (let i = 0; i < 20; i++) {
      for (const load of this.#loads.splice(0)) this.#settle(load);
      for (const close of this.#closers.splice(0)) close();
      for (const { lease, made } of this.#leases.splice(0)) this.#release(lease, made);
      await macrotask();
    }
    const isOpen = Symbol("open");
    const ended = await Promise.race([this.#cache.disposed(), macrotask().then(() => isOpen)]);
    if (ended === isOpen) this.#fail("disposed() does not settle");
    for (const { name, closings, reports } of this.#records.values()) {
      if (closings !== 1) this.#fail(`${name} was disposed of ${closings} times`);
      if (reports === 0) this.#fail(`${name} was not reported`);
    }
    if (this.#clock.pending.length > 0) this.#fail("a timer is left");
    if (this.#cache.stats().leased !== 0) this.#fail("something is leased at the end");
    return {
      steps: this.#steps,
      made: this.#records.size,
      loads: this.#loadCount,
      handed: this.#handed,
      leased: this.#leased,
      errors: this.#errors.map((error) => `seed ${this.#seed}: ${error}`),
    };
  }

  /** The steps so far, to find the cause of an error. */
  get log(): readonly string[] {
    return this.#log;
  }

  #options(): Options {
    const maybe = <T>(value: T): T | undefined => (this.#chance(0.4) ? value : undefined);
    const isBulk = this.#chance(0.5);
    const load: NonNullable<Options["load"]> = (key, context) =>
      this.#load([key], false, context.stale, context) as Promise<Handle>;
    const loadMany: NonNullable<Options["loadMany"]> = (keys, context) =>
      this.#load(keys, true, context.stale.get(keys[0]!), context) as Promise<never>;
    const staleIfError = maybe(60);
    const options: Options = {
      max: 1 + this.#below(4),
      clock: this.#clock,
      dispose: (value) => this.#close(value),
      onRemoval: (key, value, cause) => this.#report(key, value, cause),
      onError: () => {},
      ...(isBulk ? { loadMany, ...(this.#chance(0.4) && { load }) } : { load }),
    };
    Object.assign(options, {
      ttl: maybe(30),
      refreshAfter: maybe(10),
      staleWhileRevalidate: maybe(20),
      staleIfError:
        staleIfError === undefined || this.#chance(0.5)
          ? staleIfError
          : { ms: staleIfError, when: () => this.#judge() },
      negativeTtl: this.#chance(0.5) ? maybe(15) : maybe(() => (this.#judge() ? 15 : 0)),
      hardTimeout: maybe(40),
      exclusive: maybe(true),
      finishLoads: maybe(true),
      idleTtl: maybe(25),
    });
    if (staleIfError !== undefined) Object.assign(options, { softTimeout: maybe(5) });
    if (this.#chance(0.3)) {
      const make = [sieve, s3Fifo, wTinyLfu, adaptive, lru][this.#below(5)] as () => never;
      Object.assign(options, { policy: make() });
    }
    if (this.#chance(0.2))
      Object.assign(options, {
        maxBytes: 300 + this.#below(900),
        bytesOf: () => 50 + this.#below(400),
      });
    if (this.#chance(0.3)) {
      const called = (): void => {
        this.#reenter();
        if (this.#chance(0.02)) throw new Error("observer");
      };
      Object.assign(options, {
        observers: [
          {
            hit: called,
            miss: called,
            inserted: called,
            rejected: called,
            removed: called,
            loadStarted: called,
            loadEnded: called,
          },
        ],
      });
    }
    if (this.#chance(0.1)) Object.assign(options, { max: 0 });
    // In an exclusive cache, calls for several keys may wait for one another, as for locks.
    if (this.#endsByItself && options.exclusive) Object.assign(options, { hardTimeout: 40 });
    if (isBulk && this.#chance(0.3)) {
      Object.assign(options, { batch: this.#chance(0.5) ? false : { maxSize: 2, delay: 3 } });
    }
    if (this.#chance(0.3)) {
      Object.assign(options, {
        maxWeight: 6,
        weigh: () => {
          if (this.#chance(0.05)) throw WEIGHING;
          return this.#below(9);
        },
      });
    }
    return options;
  }

  #act(): void {
    const key = this.#key();
    const actions: readonly (readonly [number, () => void])[] = [
      [12, () => this.#ask(key)],
      [5, () => this.#askMany()],
      [5, () => this.#acquireOrLoad(key)],
      [3, () => this.#acquireMany()],
      [4, () => this.#acquire(key)],
      [5, () => this.#releaseOne()],
      [10, () => this.#settleOne()],
      [4, () => this.#set(key)],
      [3, () => this.#setKnown(key)],
      [2, () => this.#abortOne()],
      [3, () => this.#clock.advance(this.#below(30))],
      [1, () => void this.#watch(this.#cache.refresh(key)).catch(() => {})],
      [1, () => this.#closers.shift()?.()],
      [1, () => this.#cache.evict()],
      [1, () => this.#cache.resize({ max: 1 + this.#below(4) })],
      [1, () => this.#cache.trim(this.#random())],
      [1, () => this.#cache.expireNow()],
      [2, () => this.#remove("deleteByTag", () => this.#cache.deleteByTag("t" + this.#below(3)))],
      [2, () => this.#set(key, { keepTtl: true })],
      [2, () => this.#set(key, { tags: this.#tags() })],
      [1, () => this.#set(key, { ttl: 1 + this.#below(30) })],
      [2, () => this.#update(key)],
      [1, () => this.#setMany()],
      [
        1,
        () =>
          this.#remove("deleteMany", () =>
            this.#cache.deleteMany(KEYS.filter(() => this.#chance(0.5))),
          ),
      ],
      [2, () => this.#askAs(key)],
      [
        1,
        () =>
          this.#cache.getOrLoadMany([key, "z"], undefined, this.#signal()).then(
            (found) => {
              for (const [, value] of found) this.#isGiven(value, "getOrLoadMany z");
            },
            () => {},
          ),
      ],
      [2, () => this.#remove(`delete ${key}`, () => this.#cache.delete(key))],
      [1, () => this.#remove("clear", () => this.#cache.clear())],
      [1, () => this.#remove("deleteWhere", () => this.#cache.deleteWhere((_, own) => own < key))],
    ];
    let at = this.#random() * actions.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, action] of actions) {
      at -= weight;
      if (at >= 0) continue;
      this.#try(action);
      return;
    }
  }

  /** Errors of listeners and of weighing are part of the walk. */
  #try(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#note(`threw ${String(error)}`);
    }
  }

  #remove(what: string, action: () => void): void {
    this.#note(what);
    this.#isRemoving = true;
    this.#try(action);
  }

  #ask(key: string): void {
    this.#note(`getOrLoad ${key}`);
    const isSync = this.#chance(0.1);
    const load = isSync ? () => this.#makeOrShare() : undefined;
    const asked = this.#watch(this.#cache.getOrLoad(key, load, this.#signal()));
    asked.then(
      (value) => this.#isGiven(value, `getOrLoad ${key}`),
      () => {},
    );
  }

  #askMany(): void {
    const keys = KEYS.filter(() => this.#chance(0.5));
    this.#note(`getOrLoadMany ${keys.join("")}`);
    this.#watch(this.#cache.getOrLoadMany(keys, undefined, this.#signal())).then(
      (found) => {
        for (const [key, value] of found) this.#isGiven(value, `getOrLoadMany ${key}`);
      },
      () => {},
    );
  }

  #acquireOrLoad(key: string): void {
    this.#note(`acquireOrLoad ${key}`);
    this.#watch(this.#cache.acquireOrLoad(key, undefined, this.#signal())).then(
      (lease) => lease && this.#isLeased(lease),
      () => {},
    );
  }

  #acquireMany(): void {
    const keys = KEYS.filter(() => this.#chance(0.4));
    this.#note(`acquireOrLoadMany ${keys.join("")}`);
    this.#watch(this.#cache.acquireOrLoadMany(keys, undefined, this.#signal())).then(
      (leases) => leases.forEach((lease) => this.#isLeased(lease)),
      () => {},
    );
  }

  #acquire(key: string): void {
    this.#note(`acquire ${key}`);
    const lease = this.#cache.acquire(key);
    if (lease !== undefined) this.#isLeased(lease);
  }

  #isGiven(value: Handle | undefined, how: string): void {
    if (value === undefined) return;
    this.#handed++;
    const { name, closings, isTakenBack } = this.#recordOf(value);
    this.#note(`${how} gives ${name}`);
    if (closings > 0 && !isTakenBack) this.#fail(`${how} gives ${name}, which is closed`);
    if (closings === 0 && this.#chance(0.2)) this.#known.push(value);
  }

  #isLeased(lease: CacheLease<Handle | undefined>): void {
    if (lease.value === undefined) {
      lease.release();
      return;
    }
    this.#leased++;
    const made = this.#recordOf(lease.value);
    this.#note(`lease of ${made.name}`);
    if (made.closings > 0) this.#fail(`a lease of ${made.name}, which is closed`);
    made.leases++;
    this.#leases.push({ lease, made });
  }

  #releaseOne(): void {
    const at = this.#below(this.#leases.length);
    const [held] = this.#leases.splice(at, 1);
    if (held !== undefined) this.#release(held.lease, held.made);
  }

  #release(lease: CacheLease<unknown>, made: Made): void {
    this.#note(`release ${made.name}`);
    made.leases--;
    lease.release();
    if (this.#chance(0.1)) lease.release();
  }

  #tags(): string[] {
    return ["t0", "t1", "t2"].filter(() => this.#chance(0.5));
  }

  #set(key: string, options?: object): void {
    const value = this.#make();
    this.#note(`set ${key} ${this.#recordOf(value).name} ${JSON.stringify(options)}`);
    this.#store(key, value, () => this.#records.delete(value), options);
  }

  #update(key: string): void {
    this.#note(`update ${key}`);
    let made: Handle | undefined;
    try {
      this.#cache.update(key, (old) => {
        const end = this.#random();
        if (end < 0.2) {
          this.#isRemoving = true;
          return REMOVE;
        }
        if (end < 0.4 && old !== undefined) return old;
        return (made = this.#make());
      });
    } catch (error) {
      if (made !== undefined && this.#isRefused(error)) this.#records.delete(made);
      throw error;
    }
  }

  #setMany(): void {
    const value = this.#make();
    const keys = this.#isPrimitive || !this.#shares ? [this.#key()] : [this.#key(), this.#key()];
    this.#note(`setMany ${keys.join("")} ${this.#recordOf(value).name}`);
    const entries = keys.map((key) => [key, value] as [string, Handle]);
    let count = 0;
    const counted = (function* () {
      for (const entry of entries) {
        yield entry;
        count++;
      }
    })();
    try {
      this.#cache.setMany(counted, this.#chance(0.5) ? { tags: this.#tags() } : undefined);
    } catch (error) {
      // If not even the first value was stored, the cache has never had it.
      if (count === 0 && this.#isRefused(error)) this.#records.delete(value);
      throw error;
    }
  }

  /** A loader that reads another key of the same cache: an alias, with or without a lease. */
  #askAs(key: string): void {
    const other = this.#key();
    this.#note(`getOrLoad ${key} as ${other}`);
    if (this.#isPrimitive || other === key) return;
    this.#cache
      .getOrLoad(
        key,
        (_key, context) => {
          context.tags = this.#tags();
          if (this.#chance(0.3)) context.refreshAfter = this.#below(10);
          return (!this.#shares ? undefined : this.#cache.peek(other)) ?? this.#make();
        },
        this.#signal(),
      )
      .then(
        (value) => this.#isGiven(value, `getOrLoad ${key} as ${other}`),
        () => {},
      );
  }

  #isRefused(error: unknown): boolean {
    return error === WEIGHING || (error as { code?: string }).code === "CACHE_DISPOSED";
  }

  /** Stores a value again that is in the cache, or that was just handed out. */
  #setKnown(key: string): void {
    const value = this.#cache.peek(this.#key()) ?? this.#known.pop();
    if (value === undefined || this.#isPrimitive || !this.#shares) return;
    const made = this.#recordOf(value);
    if (made.closings > 0) return;
    this.#note(`set ${key} to ${made.name} once more`);
    this.#store(key, value, () => {});
  }

  #store(key: string, value: Handle, refused: () => void, options?: object): void {
    try {
      this.#cache.set(key, value, options);
    } catch (error) {
      if (error === WEIGHING || (error as { code?: string }).code === "CACHE_DISPOSED") refused();
      throw error;
    }
  }

  #signal(): { signal: AbortSignal } | undefined {
    if (this.#chance(0.5)) return undefined;
    const controller = new AbortController();
    this.#controllers.push(controller);
    return { signal: controller.signal };
  }

  #abortOne(): void {
    const [controller] = this.#controllers.splice(this.#below(this.#controllers.length), 1);
    controller?.abort(new Error("aborted"));
  }

  #load(
    keys: readonly string[],
    isBulk: boolean,
    stale: Handle | undefined,
    context: {
      ttl: number | undefined;
      signal: AbortSignal;
      tags: Iterable<string> | undefined;
      refreshAfter: number | undefined;
    },
  ): unknown {
    this.#loadCount++;
    this.#note(`load ${keys.join("")}`);
    if (this.#chance(0.1)) context.ttl = this.#below(20);
    if (this.#chance(0.2)) context.tags = this.#tags();
    if (this.#chance(0.1)) context.refreshAfter = this.#below(20);
    if (this.#chance(0.02)) context.tags = (this.#chance(0.5) ? "text" : [7]) as never;
    if (this.#chance(0.05)) throw new Error("loader");
    return new Promise((resolve, reject) => {
      const load = { keys, isBulk, stale, resolve, reject };
      if (this.#chance(0.15)) this.#settle(load);
      else this.#loads.push(load);
    });
  }

  #settleOne(): void {
    const [load] = this.#loads.splice(this.#below(this.#loads.length), 1);
    if (load !== undefined) this.#settle(load);
  }

  #settle({ keys, isBulk, stale, resolve, reject }: PendingLoad): void {
    const end = this.#random();
    if (end < 0.15) {
      this.#note(`load ${keys.join("")} fails`);
      reject(new Error("load"));
      return;
    }
    if (!isBulk) {
      resolve(this.#answer(stale) as never);
      return;
    }
    const entries: [string, unknown][] = [];
    for (const key of keys) {
      const kind = this.#random();
      if (kind < 0.1) continue;
      // A primitive value under another key is another value.
      const own = this.#isPrimitive && key !== keys[0] ? undefined : stale;
      entries.push([key, kind < 0.2 ? failed(new Error("key")) : this.#answer(own)]);
      if (own !== undefined) stale = undefined;
      if (this.#shares && !this.#isPrimitive && this.#chance(0.3)) {
        const last = entries.at(-1)![1] as Handle;
        if (last !== undefined && (last as { error?: unknown }).error === undefined)
          for (const more of keys) if (this.#chance(0.3)) entries.push([more, last]);
      }
      if (kind > 0.95) entries.push([key, this.#make()]);
    }
    if (this.#chance(0.1)) entries.push(["z", this.#make()]);
    if (this.#chance(0.03)) entries.push(7 as never);
    resolve(entries as never);
  }

  #answer(stale: Handle | undefined): Handle | undefined {
    if (this.#chance(0.1)) return undefined;
    return stale !== undefined && this.#chance(0.3) ? stale : this.#make();
  }

  #makeOrShare(): Handle {
    const shared = this.#isPrimitive || !this.#shares ? undefined : this.#cache.peek(this.#key());
    return shared ?? this.#make();
  }

  #make(): Handle {
    const name = `v${++this.#count}`;
    const made: Made = {
      name,
      closings: 0,
      leases: 0,
      reports: 0,
      cause: undefined,
      isTakenBack: false,
    };
    const value = this.#isPrimitive ? this.#count : made;
    this.#records.set(value, made);
    this.#note(`makes ${name}`);
    return value;
  }

  #report(key: string, value: Handle | undefined, cause: string): void {
    if (value !== undefined) {
      const made = this.#recordOf(value);
      this.#note(`${made.name} is reported as ${cause} ${key}`);
      made.reports++;
      made.cause = cause;
      if (made.closings > 0) this.#fail(`${made.name} is reported after its disposal`);
    }
    this.#reenter();
    if (this.#chance(0.02)) throw new Error("listener");
  }

  #close(value: Handle | undefined): unknown {
    if (value === undefined) return undefined;
    const made = this.#recordOf(value);
    this.#note(`closes ${made.name}`);
    made.closings++;
    made.isTakenBack ||= this.#isRemoving && made.cause === "deleted";
    if (made.closings > 1) this.#fail(`${made.name} is disposed of twice`);
    if (made.leases > 0) this.#fail(`${made.name} is disposed of while it is leased`);
    if (made.reports === 0) this.#fail(`${made.name} is disposed of and was not reported`);
    this.#reenter();
    if (this.#chance(0.05)) throw new Error("dispose");
    if (this.#chance(0.7)) return undefined;
    return new Promise<void>((resolve, reject) => {
      this.#closers.push(this.#chance(0.8) ? resolve : () => reject(new Error("dispose")));
    });
  }

  /** Uses the cache from inside a callback. */
  #reenter(): void {
    if (this.#depth > 1 || !this.#chance(0.1)) return;
    this.#depth++;
    this.#act();
    this.#depth--;
  }

  #judge(): boolean {
    this.#reenter();
    if (this.#chance(0.1)) throw new Error("judgement");
    return this.#chance(0.6);
  }

  #recordOf(value: Handle): Made {
    const made = this.#records.get(value);
    if (made === undefined) throw new Error("a value that nobody has made");
    return made;
  }

  #fail(error: string): void {
    this.#note(`FAILS: ${error}`);
    this.#errors.push(error);
  }

  #note(line: string): void {
    this.#log.push(line);
  }

  #key(): string {
    return KEYS[this.#below(KEYS.length)]!;
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #chance(part: number): boolean {
    return this.#random() < part;
  }
}

function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
