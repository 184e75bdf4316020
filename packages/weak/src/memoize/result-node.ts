/** Stands for a result that is not there; any value may be one. */
export const ABSENT: unique symbol = Symbol("absent");

/** Results by keys, at most `max` of them; the one that was used longest ago leaves. */
export interface Results {
  /** The result of a key, which is then the one that was used last; or `ABSENT`. */
  find(key: unknown): unknown;
  store(key: unknown, result: unknown, max: number): void;
  /** Forgets the result of a key, if it is this one. */
  forget(key: unknown, result: unknown): void;
}

/**
 * The results of the calls with one path of weakly held arguments.
 *
 * ```
 * root -- WeakMap: first object --> node -- WeakMap: second object --> node: results by primitives
 * ```
 *
 * The arguments that can be held weakly come first, whatever their positions, and lead to a node
 * through `WeakMap`s alone. So a result lives as long as all of these arguments, may refer to each
 * of them, and leaves nothing behind: what is held strongly is at the end of the path.
 */
export class ResultNode implements Results {
  /** The result of the call without a primitive argument, whose key is `ABSENT`. */
  #own: unknown = ABSENT;
  #byPrimitives: Map<unknown, unknown> | undefined = undefined;
  /** The key of the result that was used last. */
  #newest: unknown = ABSENT;
  #next: WeakMap<WeakKey, ResultNode> | undefined = undefined;

  /** The node behind an argument, made where there is none. */
  nextOrNew(argument: WeakKey): ResultNode {
    this.#next ??= new WeakMap();
    let next = this.#next.get(argument);
    if (next === undefined) this.#next.set(argument, (next = new ResultNode()));
    return next;
  }

  find(key: unknown): unknown {
    if (key === ABSENT) return this.#own;
    const results = this.#byPrimitives;
    const found = results?.get(key);
    if (found === undefined && results?.has(key) !== true) return ABSENT;
    // Most calls that find something repeat the last one.
    if (key !== this.#newest) this.#add(results!, key, found);
    return found;
  }

  store(key: unknown, result: unknown, max: number): void {
    if (key === ABSENT) {
      this.#own = result;
      return;
    }
    const results = (this.#byPrimitives ??= new Map<unknown, unknown>());
    this.#add(results, key, result);
    if (results.size > max) results.delete(results.keys().next().value);
  }

  forget(key: unknown, result: unknown): void {
    if (key === ABSENT && this.#own === result) this.#own = ABSENT;
    else if (this.#byPrimitives?.get(key) === result) this.#byPrimitives?.delete(key);
  }

  #add(results: Map<unknown, unknown>, key: unknown, result: unknown): void {
    results.delete(key);
    results.set(key, result);
    this.#newest = key;
  }
}
