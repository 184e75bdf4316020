import type { Disposal } from "../removal/disposal.ts";
import type { CacheLease, Hold } from "../removal/hold.ts";

/** The values that one call has so far, and its holds of them. A held value is not disposed of. */
export class Gathering<K, V> {
  readonly #wanted: readonly K[] | undefined;
  readonly #keepsAbsence: boolean;
  readonly #found = new Map<K, V>();
  #holds: Map<K, Hold<K, V>> | undefined;

  /**
   * `wanted` are the keys in the order of the result. `keepsAbsence` says whether an undefined that
   * was loaded counts as a value.
   */
  constructor(wanted?: readonly K[], keepsAbsence = true) {
    this.#wanted = wanted;
    this.#keepsAbsence = keepsAbsence;
  }

  /** Adds the value of an entry. */
  addFound(key: K, value: V, disposal: Disposal<K, V> | undefined): void {
    this.#found.set(key, value);
    if (disposal !== undefined) this.#keep(key, disposal.hold(key, value));
  }

  /**
   * Takes a hold of each value that was found and that an entry still stores. Called if the cache
   * owns its values from now on.
   */
  holdFound(disposal: Disposal<K, V>, isStored: (key: K, value: V) => boolean): void {
    for (const [key, value] of this.#found) {
      if (!this.#holds?.has(key) && isStored(key, value)) {
        this.#keep(key, disposal.hold(key, value));
      }
    }
  }

  /** Adds a value that was loaded. `hold` belongs to the load, and gets one use more. */
  addLoaded(key: K, value: V, hold: Hold<K, V> | undefined): void {
    if (value === undefined && !this.#keepsAbsence) return;
    this.#found.set(key, value);
    if (hold === undefined) return;
    hold.uses++;
    this.#keep(key, hold);
  }

  #keep(key: K, hold: Hold<K, V>): void {
    this.#holds ??= new Map();
    this.#holds.set(key, hold);
  }

  /**
   * Gives the values to the caller, which runs in this turn of the event loop. Returns the values
   * in the order of the keys.
   */
  handOut(disposal: Disposal<K, V> | undefined): Map<K, V> {
    if (this.#holds !== undefined) {
      for (const hold of this.#holds.values()) disposal!.handOut(hold.value, hold);
      this.release(disposal);
    }
    return this.#wanted === undefined ? this.#found : inOrder(this.#found, this.#wanted);
  }

  /**
   * Gives leases of the values to the caller, in the order of the keys. Undefined values are
   * omitted.
   */
  lend(disposal: Disposal<K, V>): Map<K, CacheLease<V>> {
    const leases = new Map<K, CacheLease<V>>();
    for (const [key, value] of inOrder(this.#found, this.#wanted!)) {
      if (value !== undefined) leases.set(key, disposal.lease(this.#holds!.get(key)!));
    }
    this.release(disposal);
    return leases;
  }

  /**
   * Gives all holds back. A value whose last hold this was is disposed of at the end of this turn
   * of the event loop.
   */
  release(disposal: Disposal<K, V> | undefined): void {
    const holds = this.#holds;
    this.#holds = undefined;
    for (const hold of holds?.values() ?? []) disposal!.releaseLater(hold);
  }
}

function inOrder<K, V>(found: ReadonlyMap<K, V>, keys: readonly K[]): Map<K, V> {
  const ordered = new Map<K, V>();
  for (const key of keys) if (found.has(key)) ordered.set(key, found.get(key) as V);
  return ordered;
}
