import type { Disposal } from "../removal/disposal.ts";
import type { CacheLease, Hold } from "../removal/hold.ts";

/** The values that one call has by now, and its uses of them, which keep them from being disposed of. */
export class Gathering<K, V> {
  readonly #wanted: readonly K[] | undefined;
  readonly #keepsAbsence: boolean;
  readonly #found = new Map<K, V>();
  #holds: Map<K, Hold<K, V>> | undefined;

  /** `wanted` is the order of the keys; `keepsAbsence` says whether undefined that was loaded is a value. */
  constructor(wanted?: readonly K[], keepsAbsence = true) {
    this.#wanted = wanted;
    this.#keepsAbsence = keepsAbsence;
  }

  /** Adds a value that an entry stores. */
  addFound(key: K, value: V, disposal: Disposal<K, V> | undefined): void {
    this.#found.set(key, value);
    if (disposal !== undefined) this.#keep(key, disposal.hold(key, value));
  }

  /** Takes uses of what was found, as far as entries still store it: values are disposed of from now on. */
  holdFound(disposal: Disposal<K, V>, isStored: (key: K, value: V) => boolean): void {
    for (const [key, value] of this.#found) {
      if (!this.#holds?.has(key) && isStored(key, value)) {
        this.#keep(key, disposal.hold(key, value));
      }
    }
  }

  /** Adds a value that was loaded, which `hold` is a use of by somebody else. */
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

  /** Gives the values to the caller, who runs in this turn of the event loop. Returns them in the order of the keys. */
  handOut(disposal: Disposal<K, V> | undefined): Map<K, V> {
    if (this.#holds !== undefined) {
      for (const hold of this.#holds.values()) disposal!.handOut(hold.value, hold);
      this.release(disposal);
    }
    return this.#wanted === undefined ? this.#found : inOrder(this.#found, this.#wanted);
  }

  /** Gives leases of the values to the caller, in the order of the keys. What is undefined is left out. */
  lend(disposal: Disposal<K, V>): Map<K, CacheLease<V>> {
    const leases = new Map<K, CacheLease<V>>();
    for (const [key, value] of inOrder(this.#found, this.#wanted!)) {
      if (value !== undefined) leases.set(key, disposal.lease(this.#holds!.get(key)!));
    }
    this.release(disposal);
    return leases;
  }

  /** Gives all uses back. If one was the last of its value, that is disposed of when this turn is over. */
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
