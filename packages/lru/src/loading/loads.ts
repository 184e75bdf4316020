import { canonicalKey } from "../table/canonical-key.ts";
import { CacheDisposedError, LoadTimeoutError } from "../checks/errors.ts";
import { afterMicrotasks } from "../host/after-microtasks.ts";
import { isThenable } from "../checks/is-thenable.ts";
import type { LoadReport } from "../observation/cache-observer.ts";
import type { WriteOptions } from "../cache/options.ts";
import { CAUSES, type RemovalCause } from "../removal/removal-queue.ts";
import { readTags } from "../tags/read-tags.ts";
import { Answers } from "./answers.ts";
import { Deadline } from "./deadline.ts";
import { entriesOf, type BulkAnswer } from "./entries-of.ts";
import { isFailed } from "./failed.ts";
import { FailureMemory } from "./failure-memory.ts";
import { Flight } from "./flight.ts";
import { Load, type Abandon, type LoadFlight, type Source } from "./load.ts";
import type { BatchOptions } from "./loader.ts";
import type { LoadingHost } from "./loading-host.ts";
import type { LoadingSettings } from "./loading-settings.ts";

const MOST_REFRESHES = 100;
const MOST_DELETED_TAGS = 1000;

/**
 * The loads of a cache, from the first call of a key to the last result.
 *
 * - A key that is being loaded has a `Flight`. Each call of a loader is a `Load`, which has one
 *   flight or several. Neither occupies an entry.
 * - A write or a removal of a key fences its flight, which is then no longer found under its key.
 *   The result goes to the callers that wait already, and a later call loads the key again.
 * - A load ends once: by its result, by its failure, by its deadline, if it is no longer wanted, or
 *   with the cache. A value that the loader makes later is disposed of, if the cache owns its
 *   values.
 * - All flights of a load that is over are settled before another call of the cache returns.
 */
export class Loads<K, V> {
  protected readonly host: LoadingHost<K, V>;
  protected readonly options: LoadingSettings<K, V>;
  protected readonly failures: FailureMemory<K> = new FailureMemory<K>();
  protected readonly answers: Answers<K, V>;
  /** The flights by key, without the fenced flights. */
  protected readonly flights: Map<K, LoadFlight<K, V>> = new Map();
  /** The loads whose loader is running synchronously now, the innermost last. */
  protected readonly calling: Load<K, V>[] = [];
  /** The loads with fenced flights, and the keys of these flights. */
  readonly #fenced = new Map<Load<K, V>, Set<K>>();
  /** The loads to which single keys are added: for callers at 0, for refreshes at 1. */
  readonly #batches: (Load<K, V> | undefined)[] = [];
  /** The tags that were deleted most recently, each with its number, in the order of deletion. */
  readonly #deletedTags = new Map<string, number>();
  /** The number of the tag that was deleted last. */
  #deletions = 0;
  /** The number of the last tag that is no longer in the map. */
  #forgotten = 0;
  #refreshes = 0;
  protected isDisposed = false;

  constructor(options: LoadingSettings<K, V>, host: LoadingHost<K, V>) {
    this.host = host;
    this.options = options;
    this.answers = new Answers(options, host, this.failures);
  }

  /** Number of keys that are being loaded. */
  get inFlight(): number {
    return this.flights.size;
  }

  /**
   * Called if a key was written, or its entry removed. Unless the cause is time, the result of its
   * load is not stored, and a remembered failure is forgotten.
   */
  fence(key: K, cause: RemovalCause): void {
    if (!CAUSES[cause].fences) return;
    if (this.flights.size > 0) {
      const flight = this.flights.get(key);
      if (flight !== undefined) {
        this.flights.delete(key);
        this.#fenceFlight(flight, cause);
      }
    }
    if (this.failures.size > 0) this.failures.delete(key);
  }

  /** Called if all keys were deleted, or keys that cannot be named. */
  fenceAll(): void {
    this.failures.clear();
    const flights = [...this.flights.values()];
    this.flights.clear();
    for (const flight of flights) this.#fenceFlight(flight, "deleted");
  }

  /** Called if a tag was deleted: an entry that is being loaded and gets this tag is not stored. */
  fenceTag(tag: string): void {
    const tags = this.#deletedTags;
    // The result of a fenced flight is not stored in any case.
    if (this.flights.size === 0) {
      if (tags.size > 0) tags.clear();
      return;
    }
    tags.delete(tag);
    tags.set(tag, ++this.#deletions);
    if (tags.size <= MOST_DELETED_TAGS) return;
    const [oldest] = tags.keys();
    this.#forgotten = tags.get(oldest!)!;
    tags.delete(oldest!);
  }

  /**
   * Whether one of the tags was deleted after a load was created. True as well if the
   * cache no longer knows it.
   */
  #hasDeletedTag({ deletions }: Load<K, V>, tags: readonly string[] = []): boolean {
    return tags.some((tag) => (this.#deletedTags.get(tag) ?? this.#forgotten) > deletions);
  }

  #fenceFlight(flight: LoadFlight<K, V>, cause: RemovalCause): void {
    const { key, load } = flight;
    if (!load.isOver) {
      this.#fenced.set(load, (this.#fenced.get(load) ?? new Set()).add(key));
    }
    flight.fence(cause);
  }

  /** Ends all loads, because the cache is disposed of. */
  dispose(): void {
    this.isDisposed = true;
    const error = new CacheDisposedError("load entry");
    const loads = this.#unfinished;
    // All loads are over before the first is rejected: a caller that waits for several leaves the
    // others.
    for (const flight of loads.flatMap((load) => this.#end(load))) flight.reject(error);
    this.fenceAll();
    for (const load of loads) {
      this.#releaseStale(load);
      load.context.abort(error);
      this.#notifyEnd(load, "abandoned", error);
    }
  }

  /** The loads that are not over. */
  get #unfinished(): Load<K, V>[] {
    const flying = [...this.flights.values()].map(({ load }) => load);
    return [...new Set([...flying, ...this.#fenced.keys()])].filter(({ isOver }) => !isOver);
  }

  /** Lends the loads their stale values, because the cache owns its values from now on. */
  lend(): void {
    this.answers.disposal = this.host.disposal;
    for (const load of this.#unfinished) {
      for (const key of load.keys) {
        const slot = this.host.findKept(key);
        if (slot === 0) continue;
        const value = this.host.value(slot);
        const { stale } = load.context;
        const given = load.source.isBulk ? (stale as Map<K, V>).get(key) : stale;
        if (Object.is(given, value)) this.#lendValue(load, key, value);
      }
    }
  }

  protected isCalling(key: K): boolean {
    return this.calling.some(({ keys }) => keys.includes(key));
  }

  /** Loads keys again in the background. */
  protected refreshDue(keys: readonly K[], source: Source<K, V>): void {
    const now = this.readClock();
    if (now === undefined) return;
    const due = keys.filter(
      (key) =>
        !this.flights.has(key) &&
        !this.isCalling(key) &&
        this.failures.find(key, now) === undefined,
    );
    const isAdded = source.isBulk && source.isBatched && this.#openBatch(true) !== undefined;
    const room = (this.options.maxRefreshes ?? MOST_REFRESHES) - this.#refreshes;
    if (room <= 0 && !isAdded) return;
    const flights = this.createFlights(source.isBulk ? due : due.slice(0, room), source, true);
    for (const flight of flights) flight.keep();
    this.startAll(flights);
  }

  /** Creates flights for keys, in one load if the loader allows it. The caller starts the loads. */
  protected createFlights(
    keys: readonly K[],
    source: Source<K, V>,
    isRefresh: boolean,
  ): readonly LoadFlight<K, V>[] {
    if (!source.isBulk || source.isBatched) {
      return keys.map((key) => this.createFlight(key, source, isRefresh));
    }
    if (keys.length > 0 && this.options.exclusive !== true) {
      return this.#createLoad(keys, source, isRefresh).flights;
    }
    // A load of free keys must not wait for the disposal of the values of other keys.
    const groups = keys.filter((key) => this.#isClosing(key)).map((key) => [key]);
    const free = keys.filter((key) => !this.#isClosing(key));
    if (free.length > 0) groups.push(free);
    return groups.flatMap((group) => this.#createLoad(group, source, isRefresh).flights);
  }

  protected createFlight(key: K, source: Source<K, V>, isRefresh: boolean): LoadFlight<K, V> {
    if (source.isBulk && source.isBatched && !this.#isClosing(key)) {
      return this.#addToBatch(key, source, isRefresh);
    }
    return this.#createLoad([canonicalKey(key)], source, isRefresh).flights[0]!;
  }

  #isClosing(key: K): boolean {
    return this.answers.disposal?.closing(key) !== undefined;
  }

  #createLoad(keys: readonly K[], source: Source<K, V>, isRefresh: boolean): Load<K, V> {
    const load = this.#newLoad(keys, source, isRefresh);
    for (const key of keys) this.#addFlight(key, load);
    this.#lendStale(load);
    return load;
  }

  /** Gives a load the stale values that it replaces, and lends the values to it. */
  #lendStale(load: Load<K, V>): void {
    const stale = load.source.isBulk ? new Map<K, V>() : undefined;
    load.context.stale = stale;
    load.lent = undefined;
    for (const flight of load.flights) {
      const { key } = flight;
      const slot = this.host.findKept(key);
      flight.isFirst = slot === 0;
      if (slot === 0) continue;
      const value = this.host.value(slot);
      if (stale === undefined) load.context.stale = value;
      else stale.set(key, value);
      if (this.answers.disposal !== undefined) this.#lendValue(load, key, value);
    }
  }

  #lendValue(load: Load<K, V>, key: K, value: V): void {
    load.isLent = true;
    (load.lent ??= new Map()).set(key, this.answers.disposal!.hold(key, value));
  }

  #newLoad(keys: readonly K[], source: Source<K, V>, isRefresh: boolean): Load<K, V> {
    if (isRefresh) this.#refreshes++;
    return new Load(keys, source, isRefresh, this.#deletions, this.#abandon);
  }

  #addFlight(key: K, load: Load<K, V>): LoadFlight<K, V> {
    const flight: LoadFlight<K, V> = new Flight(key, load);
    if (this.options.finishLoads === true) flight.keep();
    this.flights.set(key, flight);
    load.flights.push(flight);
    return flight;
  }

  /** The load to which keys may be added, or undefined. */
  #openBatch(isRefresh: boolean): Load<K, V> | undefined {
    const load = this.#batches[Number(isRefresh)];
    return load === undefined || load.state === "begun" || load.isOver ? undefined : load;
  }

  /** Creates the flight of a key in the load of this turn. */
  #addToBatch(given: K, source: Source<K, V>, isRefresh: boolean): LoadFlight<K, V> {
    const key = canonicalKey(given);
    let load = this.#openBatch(isRefresh);
    // A load has a key only once: if the flight of the key there is fenced, another load begins.
    if (load === undefined || this.#fenced.get(load)?.has(key)) {
      load = this.#newLoad([], source, isRefresh);
      load.state = "open";
      this.#batches[Number(isRefresh)] = load;
    }
    return this.#addFlight(key, load);
  }

  /** Starts the loads of some flights. The flights of one load follow one another. */
  protected startAll(flights: readonly LoadFlight<K, V>[]): void {
    let last: Load<K, V> | undefined;
    for (const { load } of flights) if (load !== last) this.start((last = load));
  }

  protected start(load: Load<K, V>): void {
    // The clock of the program may have disposed of the cache before the load was known.
    if (this.isDisposed) this.dispose();
    if (load.isOver) return;
    if (load.state === "begun") this.#begin(load);
    else this.#collect(load);
  }

  /** Waits for more keys, unless the load has `batch.maxSize` keys. */
  #collect(load: Load<K, V>): void {
    const { maxSize = Infinity, delay }: BatchOptions = this.options.batch || {};
    const close = (): void => {
      if (load.isOver || load.state === "begun") return;
      this.#closeBatch(load);
      this.#begin(load);
    };
    if (load.flights.length >= maxSize) {
      close();
      return;
    }
    if (load.state === "scheduled") return;
    load.state = "scheduled";
    if (delay === undefined) {
      afterMicrotasks(close);
      return;
    }
    this.#runOrFail(load, () => {
      const { schedule } = this.options.clock;
      load.deadline = new Deadline(schedule, close, delay, load.waiting > 0);
    });
  }

  /** Closes a load for further keys, and drops the keys that are no longer wanted. */
  #closeBatch(load: Load<K, V>): void {
    load.state = "begun";
    const at = Number(load.isRefresh);
    if (this.#batches[at] === load) this.#batches[at] = undefined;
    load.deadline?.cancel();
    load.deadline = undefined;
    load.flights = load.flights.filter((flight) => {
      if (!flight.isWanted) this.#forgetFlight(flight);
      return flight.isWanted;
    });
    load.keys = load.flights.map(({ key }) => key);
    this.#lendStale(load);
  }

  #begin(load: Load<K, V>): void {
    const { hardTimeout = Infinity, clock } = this.options;
    if (hardTimeout !== Infinity) {
      const expire = (): void => {
        const error = new LoadTimeoutError(load.keys, hardTimeout);
        this.#fail(load, error);
        load.context.abort(error);
      };
      this.#runOrFail(load, () => {
        load.deadline = new Deadline(clock.schedule, expire, hardTimeout, load.waiting > 0);
      });
    }
    this.#runWhenFree(load);
  }

  #runWhenFree(load: Load<K, V>): void {
    const disposal = this.options.exclusive ? this.answers.disposal : undefined;
    // The value of an expired entry is in use until the entry is removed.
    if (disposal !== undefined) this.answers.guard(() => this.host.expireKeys!(load.keys));
    const closing = disposal === undefined ? [] : load.keys.map((key) => disposal.closing(key));
    if (closing.every((promise) => promise === undefined)) this.#run(load);
    else {
      // A load must not hold a value whose disposal it waits for: values are lent when it runs.
      this.#releaseStale(load, true);
      void Promise.all(closing).then(() => {
        this.#lendStale(load);
        // Another value may have been stored and removed. If that has fenced all flights, the load
        // need not wait for its disposal.
        if (load.flights.every(({ isFenced }) => isFenced)) this.#run(load);
        else this.#runWhenFree(load);
      });
    }
  }

  #run(load: Load<K, V>): void {
    if (load.isOver) return;
    const now = this.#runOrFail(load, () => this.now);
    if (load.isOver) return;
    load.startedAt = now;
    this.host.stats.loads++;
    this.#notify("loadStarted", load);
    if (load.isOver) return;
    const { loadCycles } = this.options;
    let result: unknown;
    let isLater = false;
    let failure: { readonly error: unknown } | undefined;
    this.calling.push(load);
    try {
      result = loadCycles === undefined ? load.call() : loadCycles.run(load, () => load.call());
      isLater = isThenable(result);
    } catch (error) {
      failure = { error };
    }
    this.calling.pop();
    if (failure !== undefined) this.#fail(load, failure.error);
    else if (!isLater) this.#settle(load, result);
    else {
      this.#runOrFail(load, () =>
        Promise.resolve(result).then(
          (value) => this.#settle(load, value),
          (error: unknown) => this.#fail(load, error),
        ),
      );
    }
  }

  #settle(load: Load<K, V>, result: unknown): void {
    const answer = load.source.isBulk ? entriesOf<K, V>(result, load.keys) : undefined;
    // Reading the result of a bulk load, or the tags, may run code of the program.
    const terms = load.context.isUnset
      ? undefined
      : this.#runOrFail(load, () => this.#termsOf(load));
    if (answer?.failure !== undefined) this.#fail(load, answer.failure.error);
    const holds =
      this.answers.disposal && this.answers.claim(load, entriesMade(load, result, answer));
    if (load.isOver) {
      this.answers.release(holds);
      return;
    }
    // Each flight stays under its key until its turn, so that listeners can fence the later
    // flights.
    const flights = this.#end(load);
    // The holds of the keys that were asked for come first.
    const at =
      holds &&
      new Map(
        (answer === undefined ? load.keys : [...answer.values.keys()]).map((key, i) => [key, i]),
      );
    const now = this.#recordDuration(load);
    let failure: { readonly error: unknown } | undefined;
    for (const flight of flights) {
      const value = answer === undefined ? result : answer.values.get(flight.key);
      if (isFailed(value)) {
        failure ??= { error: value.error };
        this.#failFlights([flight], value.error, now);
        continue;
      }
      this.#forgetFlight(flight);
      if (this.#hasDeletedTag(load, terms?.tags)) flight.fencedBy ??= "deleted";
      this.answers.deliver(flight, value as V, terms, holds?.[at!.get(flight.key) ?? -1]);
    }
    if (failure !== undefined) this.host.stats.loadFailures++;
    const causes = holds && new Map(flights.map(({ key, fencedBy }) => [key, fencedBy]));
    this.answers.release(holds, (key) => causes?.get(key));
    this.#releaseStale(load);
    this.#notifyEnd(load, failure === undefined ? "loaded" : "failed", failure?.error);
  }

  /** The options that the loader has set for its entries. */
  #termsOf(load: Load<K, V>): WriteOptions {
    const { ttl, weight, refreshAfter, tags } = load.context;
    const read = tags === undefined ? undefined : readTags("load entry", tags);
    return { ttl, weight, refreshAfter, tags: read };
  }

  /** Takes a step. If it throws, the load fails, and undefined is returned. */
  #runOrFail<Result>(load: Load<K, V>, step: () => Result): Result | undefined {
    try {
      return step();
    } catch (error) {
      this.#fail(load, error);
      return undefined;
    }
  }

  #fail(load: Load<K, V>, error: unknown): void {
    if (load.isOver) return;
    this.host.stats.loadFailures++;
    const flights = this.#end(load);
    const now = this.#recordDuration(load);
    this.#failFlights(flights, error, now);
    this.#releaseStale(load);
    this.#notifyEnd(load, "failed", error);
  }

  #failFlights(flights: readonly LoadFlight<K, V>[], error: unknown, now: number): void {
    let isHandled = false;
    for (const flight of flights) {
      isHandled =
        this.answers.fail(flight, error, now, () => this.#forgetFlight(flight)) || isHandled;
    }
    if (!isHandled) this.answers.report(error);
  }

  /** Ends a load whose result is no longer wanted. */
  readonly #abandon: Abandon<K, V> = (load, leaving) => {
    for (const flight of this.#end(load)) this.#forgetFlight(flight);
    const abort = (): void => {
      load.context.abort(leaving?.reason);
      this.#notifyEnd(load, "abandoned", leaving?.reason);
    };
    // In both cases values are disposed of later: the cache may be in the middle of a change.
    this.#releaseStale(load, true);
    if (leaving !== undefined) abort();
    else void Promise.resolve().then(abort);
  };

  /** Marks a load as over. Later results of its loader have no effect. Returns the flights. */
  #end(load: Load<K, V>): readonly LoadFlight<K, V>[] {
    const { flights } = load;
    load.isOver = true;
    load.flights = [];
    load.deadline?.cancel();
    load.deadline = undefined;
    if (this.#fenced.size > 0) this.#fenced.delete(load);
    if (load.isRefresh) this.#refreshes--;
    return flights;
  }

  /** Takes back the stale values that were lent to a load. */
  #releaseStale(load: Load<K, V>, isLater = false): void {
    if (!load.isLent) return;
    load.isLent = false;
    const disposal = this.answers.disposal!;
    for (const hold of load.lent!.values()) {
      if (isLater) disposal.releaseLater(hold);
      else disposal.release(hold);
    }
  }

  #forgetFlight(flight: LoadFlight<K, V>): void {
    if (this.flights.get(flight.key) === flight) this.flights.delete(flight.key);
  }

  /**
   * Records the duration of a load that is over. Returns the time. Calls the clock of the program.
   */
  #recordDuration(load: Load<K, V>): number {
    const now = this.readClock() ?? load.startedAt ?? 0;
    load.durationMs = Math.max(0, now - (load.startedAt ?? now));
    this.host.stats.loadTimeMs += load.durationMs;
    return now;
  }

  /** The time, or undefined if the clock throws: such an error must not reject the callers. */
  protected readClock(): number | undefined {
    return this.answers.guard(() => this.now);
  }

  #notify(event: "loadStarted" | "loadEnded", load: Load<K, V>): void {
    // Events of the cache that came before are reported before.
    if (this.host.events !== undefined) this.answers.guard(() => this.host.afterChange());
    for (const observer of this.options.observers ?? []) {
      this.answers.guard(() => observer[event]?.(load));
    }
  }

  #notifyEnd(load: Load<K, V>, outcome: LoadReport["outcome"], error: unknown): void {
    load.outcome = outcome;
    load.error = error;
    if (load.startedAt !== undefined) this.#notify("loadEnded", load);
  }

  protected get now(): number {
    const { expiry } = this.host;
    return expiry === undefined ? this.options.clock.now() : expiry.read();
  }
}

/** The entries that a load has made. The keys that were asked for come first. */
function entriesMade<K, V>(
  { keys }: Load<K, V>,
  result: unknown,
  answer: BulkAnswer<K, V> | undefined,
): (readonly [K, V])[] {
  if (answer === undefined) return [[keys[0]!, result as V]];
  return [...answer.values, ...answer.surplus];
}
