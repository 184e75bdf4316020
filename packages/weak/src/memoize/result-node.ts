/** Stands for a missing result, because any value may be a result. */
export const ABSENT: unique symbol = Symbol("absent");

/** Results by key, up to `max`. If there are more, the least recently used one is dropped. */
export interface Results {
  /** The result of a key, or `ABSENT`. Makes the result the most recently used one. */
  find(key: unknown): unknown;
  store(key: unknown, result: unknown, max: number): void;
  /** Forgets the result of a key, if it is this one. */
  forget(key: unknown, result: unknown): void;
}

/**
 * Up to this number of results, each use gets a number, and a search finds the least recently used
 * result.
 */
const MOST_COUNTED = 64;

/** A link of a ring from the least to the most recently used result. */
interface Link {
  older: Link | undefined;
  newer: Link | undefined;
}

/** A result with its key. `used` is the number of its last use, while there are few results. */
interface Entry extends Link {
  readonly key: unknown;
  readonly result: unknown;
  used: number;
}

/**
 * The results of the calls with one path of weakly held arguments.
 *
 * ```
 * root -- WeakMap: first object --> node -- WeakMap: second object --> node: results by primitives
 * ```
 *
 * The arguments that can be held weakly come first, whatever their positions, and lead to a node
 * through `WeakMap`s alone. Strong references exist only at the end of the path. So a result lives
 * as long as all of these arguments, may refer to each of them, and leaves nothing behind.
 */
export class ResultNode implements Results {
  /** The result of the call without a primitive argument, whose key is `ABSENT`. */
  #own: unknown = ABSENT;
  #byPrimitives: Map<unknown, Entry> | undefined;
  /** Number of uses so far. */
  #uses = 0;
  /**
   * A link between the newest and the oldest entry, without a result. Undefined while there are few
   * results.
   */
  #ends: Link | undefined;
  #next: WeakMap<WeakKey, ResultNode> | undefined;

  /** The node behind an argument, which is created if it is missing. */
  nextOrNew(argument: WeakKey): ResultNode {
    this.#next ??= new WeakMap();
    let next = this.#next.get(argument);
    if (next === undefined) this.#next.set(argument, (next = new ResultNode()));
    return next;
  }

  find(key: unknown): unknown {
    if (key === ABSENT) return this.#own;
    const entry = this.#byPrimitives?.get(key);
    if (entry === undefined) return ABSENT;
    const ends = this.#ends;
    if (ends === undefined) entry.used = ++this.#uses;
    else if (entry.newer !== ends) {
      unlink(entry);
      linkBefore(ends, entry);
    }
    return entry.result;
  }

  store(key: unknown, result: unknown, max: number): void {
    if (key === ABSENT) {
      this.#own = result;
      return;
    }
    const results = (this.#byPrimitives ??= new Map<unknown, Entry>());
    // The call that was made may have stored a result itself.
    this.#drop(key);
    const used = ++this.#uses;
    const entry: Entry = { key, result, used, older: undefined, newer: undefined };
    results.set(key, entry);
    if (this.#ends !== undefined) linkBefore(this.#ends, entry);
    else if (results.size > MOST_COUNTED) this.#line(results);
    if (results.size > max) this.#drop(this.#oldest(results).key);
  }

  /** Puts the entries in a ring, in the order of use. */
  #line(results: ReadonlyMap<unknown, Entry>): void {
    const ends: Link = { older: undefined, newer: undefined };
    this.#ends = ends.older = ends.newer = ends;
    const entries = [...results.values()].sort((a, b) => a.used - b.used);
    for (const entry of entries) linkBefore(ends, entry);
  }

  #oldest(results: ReadonlyMap<unknown, Entry>): Entry {
    if (this.#ends !== undefined) return this.#ends.newer as Entry;
    let oldest: Entry | undefined;
    for (const entry of results.values()) {
      if (oldest === undefined || entry.used < oldest.used) oldest = entry;
    }
    return oldest!;
  }

  forget(key: unknown, result: unknown): void {
    if (key === ABSENT) {
      if (this.#own === result) this.#own = ABSENT;
    } else if (this.#byPrimitives?.get(key)?.result === result) this.#drop(key);
  }

  #drop(key: unknown): void {
    const entry = this.#byPrimitives!.get(key);
    if (entry === undefined) return;
    this.#byPrimitives!.delete(key);
    if (this.#ends !== undefined) unlink(entry);
  }
}

function linkBefore(ends: Link, entry: Link): void {
  const { older } = ends;
  entry.older = older;
  entry.newer = ends;
  older!.newer = ends.older = entry;
}

function unlink({ older, newer }: Link): void {
  older!.newer = newer;
  newer!.older = older;
}
