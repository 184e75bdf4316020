/** Stands for a result that is not there; any value may be one. */
export const ABSENT: unique symbol = Symbol("absent");

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
export class ResultNode {
  /** The result of the call without a primitive argument. */
  own: unknown = ABSENT;
  #byPrimitives: Map<unknown, unknown> | undefined = undefined;
  #next: WeakMap<WeakKey, ResultNode> | undefined = undefined;

  /** The node behind an argument, made where there is none. */
  nextOrNew(argument: WeakKey): ResultNode {
    this.#next ??= new WeakMap();
    let next = this.#next.get(argument);
    if (next === undefined) this.#next.set(argument, (next = new ResultNode()));
    return next;
  }

  /** The result for some primitive arguments, or `ABSENT`. */
  find(primitives: unknown): unknown {
    const found = this.#byPrimitives?.get(primitives);
    if (found !== undefined) return found;
    return this.#byPrimitives?.has(primitives) === true ? undefined : ABSENT;
  }

  /** Keeps a result, and at most `max`: the one that came first leaves. */
  store(primitives: unknown, result: unknown, max: number): void {
    const results = (this.#byPrimitives ??= new Map<unknown, unknown>());
    results.set(primitives, result);
    if (results.size > max) results.delete(results.keys().next().value);
  }
}
