/// <reference lib="esnext.disposable" preserve="true" />
import { inMacrotask } from "../host/macrotask.ts";
import { isIdentity } from "../checks/is-identity.ts";
import { isThenable } from "../checks/is-thenable.ts";
import { reportError } from "../checks/report-error.ts";
import { Hold, type CacheLease } from "./hold.ts";

/** The option `dispose`: disposes of a value that was removed. */
export type Disposer<K, V> = (value: V, key: K) => unknown;

/** The options of a cache that are about the disposal of values. */
export interface DisposalOptions<K, V> {
  readonly dispose?: Disposer<K, V> | boolean | undefined;
  readonly exclusive?: boolean | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * The holds of objects and functions by value: a `WeakMap` if the cache holds its values weakly.
 */
export type ObjectHolds<K, V> = Pick<Map<V, Hold<K, V>>, "get" | "set" | "delete">;

/**
 * The holders of each value of a cache. A value is disposed of once, when its last holder gives it
 * back (docs/decisions/ownership.md).
 *
 * - An object or function has one `Hold`, for any number of keys. A primitive value has one for
 *   each entry, which is created if the value gets another holder than its entry.
 * - `take`, `depart`, `hold` and `untake` are called while the cache changes, and call no function
 *   of the program. `settle` and `release` may dispose of the value: they are called when the cache
 *   is consistent.
 * - A value that was handed out in this turn of the event loop is disposed of in the next turn,
 *   when all callers that have the value have run.
 */
export class Disposal<K, V> {
  readonly #dispose: Disposer<K, V> | undefined;
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #objects: ObjectHolds<K, V>;
  /**
   * The holds of primitive values that have another holder than their entry, or that are about to
   * be stored.
   */
  readonly #primitives = new Map<K, Hold<K, V>[]>();
  /** The values that were handed out in this turn. */
  readonly #handed = new Set<V>();
  /** The holds without holders, whose values are disposed of at the end of this turn. */
  readonly #deferred = new Set<Hold<K, V>>();
  #isTurnWatched = false;
  #isTakingBack = false;
  readonly #pending = new Set<Promise<void>>();
  /** The keys whose old values are not yet disposed of. Undefined if the cache is not exclusive. */
  readonly #closing: Map<K, Promise<void>> | undefined;
  /** The holds with a lease. */
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

  /** Number of values that have no entry any more and are still on loan. */
  get leased(): number {
    return [...this.#onLoan].filter(({ entries }) => entries === 0).length;
  }

  /** Whether the cache disposes of its values. */
  get disposes(): boolean {
    return this.#dispose !== undefined;
  }

  /** Called before an entry stores a value, or is rejected with it. */
  take(key: K, value: V): void {
    if (!isIdentity(value)) return;
    this.#enter(this.#find(key, value) ?? this.#create(key, value));
  }

  #enter(hold: Hold<K, V>): void {
    hold.entries++;
    hold.isReported = hold.isTakenBack = false;
    if (!hold.hasLeft) return;
    // The value is stored again: no caller waits for its disposal any more.
    hold.hasLeft = false;
    hold.finish();
  }

  /**
   * Undoes one `take`: the entry of the value is removed, and the caller has taken the value again.
   */
  untake(value: V): void {
    const hold = this.#objects.get(value);
    if (hold !== undefined) hold.entries--;
  }

  /**
   * Called if the entry of a value is removed. The hold of the entry becomes a use of the removal,
   * until `settle`. Returns undefined if the value has no hold and needs none.
   */
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
    // There are no entries if the value was stored before the cache owned its values, or was
    // rejected.
    if (hold.entries > 0) hold.entries--;
    this.#close(hold);
    return hold;
  }

  /**
   * Called after the removal of a value was reported: disposes of the value if it has no holders.
   */
  settle(key: K, value: V, departed: Hold<K, V> | undefined): void {
    let hold = departed;
    const isHanded = this.#handed.has(value) && hold?.isTakenBack !== true;
    if (hold === undefined) {
      // An object without a hold was removed before the cache owned its values.
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

  /** Adds a use of a value that an entry stores. Returns its hold. */
  hold(key: K, value: V): Hold<K, V> {
    const hold = this.claim(key, value);
    this.adopt(hold);
    return hold;
  }

  /**
   * Adds a use of a value that a load has made and that may be stored. Returns its hold, which is
   * `lent` if the load has returned the stale value that was lent to it.
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

  /**
   * Called if the value of a claim was stored: an entry holds a primitive value from now on, too.
   */
  adopt(hold: Hold<K, V>): void {
    const { key, value, entries } = hold;
    if (!isIdentity(value) && entries === 0 && this.#find(key, value) === hold) this.#enter(hold);
  }

  /** Gives a use back. If no holder is left, the value is disposed of. */
  release(hold: Hold<K, V>): void {
    hold.uses--;
    this.#letGo(hold);
  }

  /**
   * Gives a use back while the cache changes. If no holder is left, the value is disposed of at the
   * end of this turn.
   */
  releaseLater(hold: Hold<K, V>): void {
    hold.uses--;
    if (hold.isFree) this.#defer(hold);
    else this.#simplify(hold);
  }

  /** Creates a lease of a value. */
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

  /**
   * Called if callers get a value, which run in this turn. `hold` is the hold of the value, if it
   * has one.
   */
  handOut(value: V, hold?: Hold<K, V>): void {
    if (!this.disposes) return;
    if (hold !== undefined) hold.isTakenBack = false;
    this.#handed.add(value);
    this.#watchTurn();
  }

  /**
   * Runs a step in which the program itself removes entries. The values are disposed of at once,
   * even if they were handed out in this turn.
   */
  takeBack(step: () => void): void {
    this.#isTakingBack = true;
    step();
    this.#isTakingBack = false;
  }

  /** Settles when all values that were removed before this call are disposed of. */
  async disposed(): Promise<void> {
    await Promise.all(this.#pending);
  }

  /**
   * Settles when the old values of a key are disposed of. Undefined if the key has no such values,
   * or if the cache is not exclusive.
   */
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

  /** Removes a hold from the books. The holders that it still has keep the record itself. */
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

  /** Removes the hold of a primitive value that has no other holder than its entry. */
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
    // The program or a load may have stored one of the values again.
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

  /**
   * Returns a promise of the end, which never rejects, or undefined if the value is disposed of.
   */
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

  /** Makes loads of the key wait for this value and for its earlier values. */
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

/**
 * Disposes of a value by its own method: the asynchronous method, if the value has it. A value
 * without such a method needs nothing.
 */
function disposeOwn(value: unknown): unknown {
  if (!isIdentity(value)) return undefined;
  const own = value as Partial<AsyncDisposable & Disposable>;
  if (typeof own[Symbol.asyncDispose] === "function") return own[Symbol.asyncDispose]!();
  if (typeof own[Symbol.dispose] === "function") own[Symbol.dispose]!();
  return undefined;
}
