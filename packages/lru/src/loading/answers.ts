import { isIdentity } from "../is-identity.ts";
import type { Disposal } from "../leases/disposal.ts";
import type { Hold } from "../leases/hold.ts";
import type { WriteOptions } from "../options.ts";
import { checkDurationOrNone } from "../read-options.ts";
import type { RemovalCause } from "../removal.ts";
import { reportError } from "../report-error.ts";
import { isFailed } from "./failed.ts";
import type { FailureMemory } from "./failure-memory.ts";
import type { Flight } from "./flight.ts";
import type { Load } from "./load.ts";
import type { LoadingHost } from "./loading-host.ts";
import type { LoadingSettings } from "./loading-settings.ts";

/** A value to go on with, without waiting for a load. */
export interface Found<V> {
  readonly value: V;
  /** Whether it is to be loaded again. */
  readonly isDue: boolean;
}

/**
 * What the answer of a load does: to the cache, and to those who wait for it.
 *
 * Every value that a load has made is in one hand when its turn is over: it is stored, leased,
 * or, if the cache disposes of values, reported and disposed of. In a cache that disposes of nothing
 * it belongs to its callers.
 */
export class Answers<K, V> {
  readonly #options: LoadingSettings<K, V>;
  readonly #host: LoadingHost<K, V>;
  readonly #failures: FailureMemory<K>;

  constructor(options: LoadingSettings<K, V>, host: LoadingHost<K, V>, failures: FailureMemory<K>) {
    this.#options = options;
    this.#host = host;
    this.#failures = failures;
  }

  /** The value of an entry that expired less than `window` ago. */
  staleFor(key: K, window: number | undefined, isDue = false): Found<V> | undefined {
    if (window === undefined) return undefined;
    const slot = this.#host.find(key);
    const staleness = slot === 0 ? -1 : (this.#host.expiry()?.stalenessOf(slot) ?? -1);
    if (staleness < 0 || staleness >= window) return undefined;
    return { value: this.#host.slots.value(slot), isDue };
  }

  /** The stale value that stands in for a failure. Throws what the program's own judgement throws. */
  standIn(key: K, error: unknown): Found<V> | undefined {
    const { staleIfError, standsIn } = this.#options;
    const stale = this.staleFor(key, staleIfError);
    if (stale === undefined || standsIn === undefined) return stale;
    // It may have done anything with the entry.
    return standsIn(error, key) ? this.staleFor(key, staleIfError) : undefined;
  }

  /** A load has made the value of a key, or says that there is none. The flight is no longer found under its key. */
  land(flight: Flight<K, V>, value: V, terms: WriteOptions | undefined): void {
    const { key, load } = flight;
    const disposal = value === undefined ? undefined : this.#host.disposal();
    const isNew = disposal !== undefined && this.#isNew(disposal, load, key, value);
    const hold = disposal && this.#claim(disposal, load, key, value);
    try {
      if (!flight.isFenced) this.#store(key, value, terms);
    } catch (error) {
      if (isNew) this.#refuse(key, value, "evicted");
      flight.reject(error);
      if (flight.waiting === 0) this.report(error);
      if (hold !== undefined) disposal!.release(hold);
      return;
    }
    if (hold !== undefined) {
      if (this.#isStored(key, value)) disposal!.adopt(key, hold);
      if (isNew && flight.isFenced) this.#refuse(key, value, flight.fencedBy!);
      if (flight.isShared) disposal!.handOut(value);
    }
    flight.resolve(value, hold);
    if (hold !== undefined) disposal!.release(hold);
  }

  /** The load of a key has failed. Returns whether anybody who waits is told. */
  fail(flight: Flight<K, V>, failure: unknown, now: number, remove: () => void): boolean {
    const { key } = flight;
    let error = failure;
    let stale: Found<V> | undefined;
    try {
      // A write while the program judges fences the flight, which is still found under its key.
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
    this.#host.slots.stats.staleHits += flight.waiting;
    const disposal = this.#host.disposal();
    const hold = disposal?.hold(key, stale.value);
    if (flight.isShared) disposal?.handOut(stale.value);
    flight.resolve(stale.value, hold);
    if (hold !== undefined) disposal!.release(hold);
    return false;
  }

  /** A value was made for nobody. */
  drop(load: Load<K, V>, key: K, value: V): void {
    const disposal = this.#host.disposal();
    if (value === undefined || disposal === undefined || isFailed(value)) return;
    if (this.#isNew(disposal, load, key, value)) this.#refuse(key, value, "evicted");
  }

  /** An error that nobody who waits is told. If nobody listens, it is only counted. */
  report(error: unknown): void {
    const { onError } = this.#options;
    if (onError !== undefined) reportError(error, onError);
  }

  /** Takes a step of which no call can be told that it fails. */
  guard<Result>(step: () => Result): Result | undefined {
    try {
      return step();
    } catch (error) {
      reportError(error, this.#options.onError);
      return undefined;
    }
  }

  #store(key: K, value: V, terms: WriteOptions | undefined): void {
    let options = terms;
    if (value === undefined) {
      const ttl = this.#rememberedFor(undefined, key);
      if (ttl > 0) options = { ...terms, ttl: terms?.ttl ?? ttl };
      else if (!this.#options.keepsUndefined) {
        this.#host.remove(key);
        this.guard(() => this.#host.finish());
        return;
      }
    }
    this.#host.write(key, value, options);
    this.guard(() => this.#host.finish());
  }

  #rememberedFor(error: unknown, key: K): number {
    const { negativeTtl } = this.#options;
    if (typeof negativeTtl !== "function") return negativeTtl ?? 0;
    const ttl: unknown = negativeTtl(error, key);
    checkDurationOrNone("load entry", "the result of negativeTtl", ttl);
    return ttl as number;
  }

  /** Whether a value that a load has made is in no other hand, and the cache has to dispose of it. */
  #isNew(disposal: Disposal<K, V>, load: Load<K, V>, key: K, value: V): boolean {
    if (!disposal.disposes || load.given?.includes(value)) return false;
    return isIdentity(value) ? !disposal.isHeld(value) : !this.#isStored(key, value);
  }

  #isStored(key: K, value: V): boolean {
    const { slots } = this.#host;
    const slot = slots.find(key);
    return slot !== 0 && Object.is(slots.value(slot), value);
  }

  /** A use of a value that a load has made, until all who wait have it. */
  #claim(disposal: Disposal<K, V>, load: Load<K, V>, key: K, value: V): Hold<K, V> {
    if (this.#isStored(key, value)) return disposal.hold(key, value);
    const lent = load.lent?.get(key);
    if (lent === undefined || !Object.is(lent.value, value)) return disposal.claim(key, value);
    lent.uses++;
    return lent;
  }

  #refuse(key: K, value: V, cause: RemovalCause): void {
    this.#host.refuse(key, value, cause);
    this.guard(() => this.#host.finish());
  }
}
