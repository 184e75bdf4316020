/// <reference lib="esnext.disposable" preserve="true" />
import { inMacrotask } from "../host/macrotask.ts";
import { isIdentity } from "../checks/is-identity.ts";
import { isThenable } from "../checks/is-thenable.ts";
import { reportError } from "../checks/report-error.ts";
import { Hold, type CacheLease } from "./hold.ts";

/** Disposes of a value that has left: the cache's option, or the value's own method. */
export type Disposer<K, V> = (value: V, key: K) => unknown;

/** Options of a cache that say what becomes of values. */
export interface DisposalOptions<K, V> {
  readonly dispose?: Disposer<K, V> | boolean | undefined;
  readonly exclusive?: boolean | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** The holds of objects and functions, by value: a `WeakMap` for a cache that holds values weakly. */
export type ObjectHolds<K, V> = Pick<Map<V, Hold<K, V>>, "get" | "set" | "delete">;

/**
 * Who has which value in hand: each value of the cache is disposed of once, when the last of its
 * holders lets go (docs/decisions/ownership.md).
 *
 * - An object or function has one `Hold`, however many keys it is under. A primitive value has one for
 *   each entry, which is made when something beside the entry holds it.
 * - `take`, `depart`, `hold` and `untake` are called while the cache changes, and run no user code.
 *   `settle` and `release` may dispose of the value: they are called when the cache is consistent.
 * - A value that was handed out in this turn of the event loop is disposed of in the next one, when
 *   all who were given it have run.
 */
export class Disposal<K, V> {
  readonly #dispose: Disposer<K, V> | undefined;
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #objects: ObjectHolds<K, V>;
  /** Holds of the primitive values of entries that something else holds too, and of values that are about to be stored. */
  readonly #primitives = new Map<K, Hold<K, V>[]>();
  /** Values that were handed out in this turn. */
  readonly #handed = new Set<V>();
  /** Holds without a holder, which are disposed of at the end of this turn. */
  readonly #deferred = new Set<Hold<K, V>>();
  #isTurnWatched = false;
  #isTakingBack = false;
  readonly #pending = new Set<Promise<void>>();
  /** Keys whose old values are not yet disposed of; only in an exclusive cache. */
  readonly #closing: Map<K, Promise<void>> | undefined;
  /** Values with a lease. */
  readonly #onLoan = new Set<Hold<K, V>>();

  constructor(
    { dispose = true, exclusive, onError }: DisposalOptions<K, V>,
    objects: ObjectHolds<K, V> = new Map<V, Hold<K, V>>(),
  ) {
    this.#objects = objects;
    this.#dispose = typeof dispose === "function" ? dispose : dispose ? disposeOwn : undefined;
    this.#closing = exclusive ? new Map() : undefined;
    this.#onError = onError;
  }

  /** How many values have left and are still on loan. */
  get leased(): number {
    return [...this.#onLoan].filter(({ entries }) => entries === 0).length;
  }

  /** Whether values are disposed of at all. */
  get disposes(): boolean {
    return this.#dispose !== undefined;
  }

  /** An entry is about to store a value, or to be refused with it. */
  take(key: K, value: V): void {
    if (!isIdentity(value)) return;
    this.#enter(this.#find(key, value) ?? this.#create(key, value));
  }

  #enter(hold: Hold<K, V>): void {
    hold.entries++;
    hold.isReported = hold.isTakenBack = false;
    if (!hold.hasLeft) return;
    // It is back: nobody is to wait for its disposal.
    hold.hasLeft = false;
    hold.finish();
  }

  /** An entry lets go of a value that the caller has taken once more. */
  untake(value: V): void {
    const hold = this.#objects.get(value);
    if (hold !== undefined) hold.entries--;
  }

  /** The entry of a value leaves. Its hold becomes that of the removal, until `settle`. */
  depart(key: K, value: V): Hold<K, V> | undefined {
    let hold = this.#find(key, value);
    if (hold === undefined) {
      if (!isIdentity(value) && this.#closing === undefined) {
        if (this.#isTakingBack) this.#handed.delete(value);
        return undefined;
      }
      hold = this.#create(key, value);
    }
    if (!isIdentity(value)) this.#forget(hold);
    hold.key = key;
    hold.uses++;
    hold.isReported = true;
    hold.isTakenBack = this.#isTakingBack;
    // None, if it came before values were disposed of, or was refused.
    if (hold.entries > 0) hold.entries--;
    this.#close(hold);
    return hold;
  }

  /** The removal of a value was reported: disposes of it, or waits for its last holder. */
  settle(key: K, value: V, departed: Hold<K, V> | undefined): void {
    let hold = departed;
    const isHanded = this.#handed.has(value) && hold?.isTakenBack !== true;
    if (hold === undefined) {
      // An object without a hold has left before values were disposed of.
      if (isIdentity(value)) return;
      if (!isHanded) {
        this.#track(this.#disposeNow(value, key));
        return;
      }
      hold = new Hold(key, value);
      hold.uses = 1;
    }
    const hasOthers = hold.leases + hold.uses > 1 || isHanded;
    if (hasOthers && hold.entries === 0 && !hold.hasLeft) {
      hold.hasLeft = true;
      this.#track(hold.ended());
    }
    this.release(hold);
  }

  /** Takes a use of a value that an entry stores. */
  hold(key: K, value: V): Hold<K, V> {
    const hold = this.claim(key, value);
    this.adopt(hold);
    return hold;
  }

  /**
   * Takes a use of a value that a load has made, and that may be stored: that of `lent`, if it is the
   * stale value that the load was given.
   */
  claim(key: K, value: V, lent?: Hold<K, V>): Hold<K, V> {
    let hold = this.#find(key, value);
    if (hold === undefined && lent !== undefined && Object.is(lent.value, value)) {
      hold = lent;
      this.#register(hold);
    }
    hold ??= this.#create(key, value);
    hold.uses++;
    return hold;
  }

  /** The value of a claim was stored: a primitive one is from now on also held by its entry. */
  adopt(hold: Hold<K, V>): void {
    const { key, value, entries } = hold;
    if (!isIdentity(value) && entries === 0 && this.#find(key, value) === hold) this.#enter(hold);
  }

  /** Gives a use back. */
  release(hold: Hold<K, V>): void {
    hold.uses--;
    this.#letGo(hold);
  }

  /** Gives a use back while the cache changes: if it was the last, the value is disposed of at the end of this turn. */
  releaseLater(hold: Hold<K, V>): void {
    hold.uses--;
    if (hold.isFree) this.#defer(hold);
    else this.#simplify(hold);
  }

  /** A lease of a value that is held. */
  lease(hold: Hold<K, V>): CacheLease<V> {
    hold.leases++;
    this.#onLoan.add(hold);
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      if (--hold.leases === 0) this.#onLoan.delete(hold);
      this.#letGo(hold);
    };
    return { value: hold.value, release, [Symbol.dispose]: release };
  }

  /** A value is given to callers, who run in this turn. `hold` is that of the value, if it has one. */
  handOut(value: V, hold?: Hold<K, V>): void {
    if (!this.disposes) return;
    if (hold !== undefined) hold.isTakenBack = false;
    this.#handed.add(value);
    this.#watchTurn();
  }

  /** Runs a step in which the program itself removes entries: their values are disposed of at once, whoever was given them. */
  takeBack(step: () => void): void {
    this.#isTakingBack = true;
    step();
    this.#isTakingBack = false;
  }

  /** Settles when all values that have left by now are disposed of. */
  async disposed(): Promise<void> {
    await Promise.all(this.#pending);
  }

  /** Settles when the old values of a key are disposed of; undefined if there are none, or the cache is not exclusive. */
  closing(key: K): Promise<void> | undefined {
    return this.#closing?.get(key);
  }

  #find(key: K, value: V): Hold<K, V> | undefined {
    if (isIdentity(value)) return this.#objects.get(value);
    return this.#primitives.get(key)?.find((hold) => Object.is(hold.value, value));
  }

  #create(key: K, value: V): Hold<K, V> {
    const hold = new Hold(key, value);
    this.#register(hold);
    return hold;
  }

  #register(hold: Hold<K, V>): void {
    const { key, value } = hold;
    if (isIdentity(value)) this.#objects.set(value, hold);
    else this.#primitives.set(key, [...(this.#primitives.get(key) ?? []), hold]);
  }

  /** Whatever holds it by now does so without its key and value. */
  #forget(hold: Hold<K, V>): void {
    const { key, value } = hold;
    if (isIdentity(value)) {
      if (this.#objects.get(value) === hold) this.#objects.delete(value);
      return;
    }
    const rest = this.#primitives.get(key)?.filter((other) => other !== hold) ?? [];
    if (rest.length > 0) this.#primitives.set(key, rest);
    else this.#primitives.delete(key);
  }

  #letGo(hold: Hold<K, V>): void {
    if (!hold.isFree) this.#simplify(hold);
    else if (this.#handed.has(hold.value) && !hold.isTakenBack) this.#defer(hold);
    else this.#end(hold);
  }

  /** A primitive value that only its entry holds needs no hold. */
  #simplify(hold: Hold<K, V>): void {
    if (hold.leases + hold.uses === 0 && !isIdentity(hold.value)) this.#forget(hold);
  }

  #defer(hold: Hold<K, V>): void {
    this.#deferred.add(hold);
    this.#watchTurn();
  }

  #watchTurn(): void {
    if (this.#isTurnWatched) return;
    this.#isTurnWatched = true;
    inMacrotask(() => this.#endTurn());
  }

  #endTurn(): void {
    this.#isTurnWatched = false;
    this.#handed.clear();
    const deferred = [...this.#deferred];
    this.#deferred.clear();
    // The program, or a load, may have stored one of them once more.
    for (const hold of deferred) if (hold.isFree) this.#letGo(hold);
  }

  #end(hold: Hold<K, V>): void {
    hold.isDisposed = true;
    this.#deferred.delete(hold);
    this.#forget(hold);
    const disposed = this.#disposeNow(hold.value, hold.key);
    if (disposed === undefined) hold.finish();
    else this.#track(disposed.then(() => hold.finish()));
  }

  #track(promise: Promise<void> | undefined): void {
    if (promise === undefined) return;
    this.#pending.add(promise);
    void promise.then(() => this.#pending.delete(promise));
  }

  /** Returns what settles later, and never rejects; undefined if all is done. */
  #disposeNow(value: V, key: K): Promise<void> | undefined {
    try {
      const result = this.#dispose?.(value, key);
      if (isThenable(result)) {
        return Promise.resolve(result).then(
          () => {},
          (error: unknown) => reportError(error, this.#onError),
        );
      }
    } catch (error) {
      reportError(error, this.#onError);
    }
    return undefined;
  }

  /** Makes those who want the key wait, behind its earlier values. */
  #close(hold: Hold<K, V>): void {
    const closing = this.#closing;
    if (closing === undefined) return;
    const { key } = hold;
    const all = Promise.all([closing.get(key), hold.ended()]).then(() => {
      if (closing.get(key) === all) closing.delete(key);
    });
    closing.set(key, all);
  }
}

/** Disposes of a value by its own method, the asynchronous one first; of others nothing is to be done. */
function disposeOwn(value: unknown): unknown {
  if (!isIdentity(value)) return undefined;
  const own = value as Partial<AsyncDisposable & Disposable>;
  if (typeof own[Symbol.asyncDispose] === "function") return own[Symbol.asyncDispose]!();
  if (typeof own[Symbol.dispose] === "function") own[Symbol.dispose]!();
  return undefined;
}
