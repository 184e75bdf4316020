import type { Slot, Token } from "./slot.ts";

/**
 * What is idle, in the order of return. The last one that came back is kept in a field of its own:
 * most pools lend it again at once, and a field takes less time than the end of an array. While the
 * field is empty, those of the array are all that there are.
 */
export class IdleTokens<T> {
  readonly #others: Token<T>[] = [];
  #last: Token<T> | undefined = undefined;

  get size(): number {
    return this.#others.length + (this.#last === undefined ? 0 : 1);
  }

  /** The one that came back last. */
  get last(): Token<T> | undefined {
    return this.#last ?? this.#others.at(-1);
  }

  /** The one that has been idle for longest. */
  get first(): Token<T> | undefined {
    return this.#others[0] ?? this.#last;
  }

  put(token: Token<T>): void {
    const last = this.#last;
    if (last !== undefined) this.#others.push(last);
    this.#last = token;
  }

  /** Puts one back in its place, that of its slot among those of the others. */
  putInPlace(token: Token<T>): void {
    const all = this.toArray();
    this.#others.length = 0;
    this.#last = undefined;
    const { place } = token.slot;
    let at = all.length;
    while (at > 0 && all[at - 1]!.slot.place > place) at--;
    all.splice(at, 0, token);
    for (const each of all) this.put(each);
  }

  /** Takes out the one that came back last. */
  takeLast(): Token<T> | undefined {
    const last = this.#last;
    if (last === undefined) return this.#others.pop();
    this.#last = undefined;
    return last;
  }

  /** Takes out the one that has been idle for longest. */
  takeFirst(): Token<T> | undefined {
    return this.#others.length === 0 ? this.takeLast() : this.#others.shift();
  }

  /** Takes one out. Returns whether it was in. */
  remove(token: Token<T>): boolean {
    if (token === this.#last) {
      this.#last = undefined;
      return true;
    }
    const at = this.#others.indexOf(token);
    if (at === -1) return false;
    this.#others.splice(at, 1);
    return true;
  }

  /** Takes out the one of a slot. Returns whether it was in. */
  removeSlot(slot: Slot<T>): boolean {
    const token = this.toArray().find((each) => each.slot === slot);
    return token !== undefined && this.remove(token);
  }

  /** Puts one in as the one that has been idle for longest. */
  putFirst(token: Token<T>): void {
    this.#others.unshift(token);
  }

  /** All of them, the longest idle first; a copy. */
  toArray(): Token<T>[] {
    return this.#last === undefined ? [...this.#others] : [...this.#others, this.#last];
  }
}
