import type { Disposal } from "../removal/disposal.ts";
import type { Hold } from "../removal/hold.ts";
import type { WriteOptions } from "../cache/options.ts";
import { isThenable } from "../checks/is-thenable.ts";
import { checkDurationOrNone, refuse } from "../checks/read-options.ts";
import type { RemovalCause } from "../removal/removal-queue.ts";
import { reportError } from "../checks/report-error.ts";
import { isFailed } from "./failed.ts";
import type { FailureMemory } from "./failure-memory.ts";
import type { Flight } from "./flight.ts";
import type { Found } from "./found.ts";
import type { Load } from "./load.ts";
import type { LoadingHost } from "./loading-host.ts";
import type { LoadingSettings } from "./loading-settings.ts";

/**
 * Hands the result of a load to the cache and to the callers that wait.
 *
 * Each value that a load has made has an owner at the end of the turn: the value is stored or
 * leased. If it is neither, a cache that disposes of its values reports the value and disposes of
 * it; in any other cache the value belongs to its callers.
 */
export class Answers<K, V> {
  readonly #options: LoadingSettings<K, V>;
  readonly #host: LoadingHost<K, V>;
  readonly #failures: FailureMemory<K>;
  /** The holds of values; undefined if the cache does not own its values. */
  disposal: Disposal<K, V> | undefined;

  constructor(options: LoadingSettings<K, V>, host: LoadingHost<K, V>, failures: FailureMemory<K>) {
    this.#options = options;
    this.#host = host;
    this.#failures = failures;
    this.disposal = host.disposal;
  }

  /** The value of an entry that expired less than `window` milliseconds ago, or undefined. */
  staleFor(key: K, window: number | undefined, isDue = false): Found<V> | undefined {
    if (window === undefined) return undefined;
    const slot = this.#host.findKept(key);
    const staleness = slot === 0 ? -1 : (this.#host.expiry?.stalenessOf(slot) ?? -1);
    if (staleness < 0 || staleness >= window) return undefined;
    return { value: this.#host.value(slot), isDue };
  }

  /**
   * The stale value that stands in for a failure, or undefined. Throws what the function `when` of
   * the program throws.
   */
  standIn(key: K, error: unknown): Found<V> | undefined {
    const { staleIfError, standsIn } = this.#options;
    const stale = this.staleFor(key, staleIfError);
    if (stale === undefined || standsIn === undefined) return stale;
    // The function may have written or removed the entry.
    const judgement: unknown = standsIn(error, key);
    if (isThenable(judgement))
      refuse("load entry", "staleIfError.when returns a promise", "a boolean");
    return judgement ? this.staleFor(key, staleIfError) : undefined;
  }

  /**
   * Takes a hold of each value that a load has made, until all callers have the values: one object
   * may be under several keys. Returns undefined if the cache does not own its values. A value that
   * need not be disposed of has no hold.
   */
  claim(
    load: Load<K, V>,
    entries: readonly (readonly [K, V])[],
  ): (Hold<K, V> | undefined)[] | undefined {
    const disposal = this.disposal;
    if (disposal === undefined) return undefined;
    return entries.map(([key, value]) => {
      const isKnown = load.isOver && load.wasLent(key, value);
      if (value === undefined || isFailed(value) || isKnown) return undefined;
      if (this.#isStored(key, value)) return disposal.hold(key, value);
      return disposal.claim(key, value, load.lent?.get(key));
    });
  }

  /**
   * Gives the holds back. A value that no entry stores, and whose removal was not reported, is
   * reported before it is disposed of.
   */
  release(
    holds: readonly (Hold<K, V> | undefined)[] = [],
    causeOf?: (key: K) => RemovalCause | undefined,
  ): void {
    const disposal = this.disposal;
    for (const hold of holds) {
      if (hold === undefined) continue;
      const { key, value, isReported, entries } = hold;
      if (disposal!.disposes && !isReported && entries === 0) {
        this.#host.discard(key, value, causeOf?.(key) ?? "evicted");
        this.guard(() => this.#host.afterChange());
      }
      disposal!.release(hold);
    }
  }

  /**
   * Stores the value that a load has made for a key, and gives it to the callers. Undefined says
   * that the key has no value. The flight is no longer found under its key. `hold` is undefined if
   * the value has no hold.
   */
  deliver(
    flight: Flight<K, V>,
    value: V,
    terms: WriteOptions | undefined,
    hold: Hold<K, V> | undefined,
  ): void {
    const { key } = flight;
    try {
      if (!flight.isFenced) this.#store(key, value, terms);
    } catch (error) {
      flight.reject(error);
      if (flight.waiting === 0) this.report(error);
      return;
    }
    if (hold !== undefined) {
      const disposal = this.disposal!;
      if (this.#isStored(key, value)) disposal.adopt(hold);
      if (flight.isShared) disposal.handOut(value, hold);
    }
    flight.resolve(value, hold);
  }

  /**
   * Handles the failure of a load for a key: remembers it, and rejects the callers or gives them a
   * stale value. Returns whether a caller gets the error.
   */
  fail(flight: Flight<K, V>, failure: unknown, now: number, remove: () => void): boolean {
    const { key } = flight;
    let error = failure;
    let stale: Found<V> | undefined;
    try {
      // The flight is still found under its key: a write in a function of the program fences it.
      const ttl = flight.isFenced ? 0 : this.#rememberedFor(error, key);
      if (!flight.isFenced) stale = this.standIn(key, error);
      if (ttl > 0 && !flight.isFenced) this.#failures.add(key, error, now, ttl);
      if (flight.isFenced) stale = undefined;
    } catch (thrown) {
      error = thrown;
    }
    remove();
    if (stale === undefined) {
      flight.reject(error);
      return flight.waiting > 0;
    }
    this.#host.stats.staleHits += flight.waiting;
    const disposal = this.disposal;
    const hold = disposal?.hold(key, stale.value);
    if (flight.isShared) disposal?.handOut(stale.value, hold);
    flight.resolve(stale.value, hold);
    if (hold !== undefined) disposal!.release(hold);
    return false;
  }

  /**
   * Reports an error that no caller gets. Without the option `onError`, the error is only counted.
   */
  report(error: unknown): void {
    const { onError } = this.#options;
    if (onError !== undefined) reportError(error, onError);
  }

  /** Takes a step whose error no call can throw. Returns undefined if the step throws. */
  guard<Result>(step: () => Result): Result | undefined {
    try {
      return step();
    } catch (error) {
      reportError(error, this.#options.onError);
      return undefined;
    }
  }

  #store(key: K, value: V, terms: WriteOptions | undefined): void {
    let isGone = value === undefined && !this.#options.keepsUndefined;
    try {
      const ttl = value === undefined ? this.#rememberedFor(undefined, key) : 0;
      const options = ttl > 0 ? { ...terms, ttl: terms?.ttl ?? ttl } : terms;
      if (ttl === 0 && isGone) return;
      this.#host.write(key, value, options, true);
      isGone = false;
    } finally {
      // A key without a value has no entry any more, even if `negativeTtl` of the program throws.
      if (isGone) this.#host.removeGone?.(key);
      this.guard(() => this.#host.afterChange());
    }
  }

  #rememberedFor(error: unknown, key: K): number {
    const { negativeTtl } = this.#options;
    if (typeof negativeTtl !== "function") return negativeTtl ?? 0;
    const ttl: unknown = negativeTtl(error, key);
    checkDurationOrNone("load entry", "the result of negativeTtl", ttl);
    return ttl as number;
  }

  #isStored(key: K, value: V): boolean {
    const slot = this.#host.find(key);
    return slot !== 0 && Object.is(this.#host.value(slot), value);
  }
}
