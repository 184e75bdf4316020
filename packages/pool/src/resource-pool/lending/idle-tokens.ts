import type { Slot, Token } from "./slot.ts";

/**
 * The tokens of idle slots, in the order of return. The token that came back last has a field of
 * its own: most pools lend it again at once, and a field takes less time than the end of an array.
 * If the field is empty, the array has all tokens.
 */
export class IdleTokens<T> {
  readonly #others: Token<T>[] = [];
  #last: Token<T> | undefined = undefined;

  get size(): number {
    return this.#others.length + (this.#last === undefined ? 0 : 1);
  }

  /** The token that came back last, or undefined. */
  get last(): Token<T> | undefined {
    return this.#last ?? this.#others.at(-1);
  }

  /** The token that has been idle for longest, or undefined. */
  get first(): Token<T> | undefined {
    return this.#others[0] ?? this.#last;
  }

  put(token: Token<T>): void {
    const last = this.#last;
    if (last !== undefined) this.#others.push(last);
    this.#last = token;
  }

  /** Adds a token in the order of `place` of the slots. */
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

  /** Removes the token that came back last. Undefined if the list is empty. */
  takeLast(): Token<T> | undefined {
    const last = this.#last;
    if (last === undefined) return this.#others.pop();
    this.#last = undefined;
    return last;
  }

  /** Removes the token that has been idle for longest. Undefined if the list is empty. */
  takeFirst(): Token<T> | undefined {
    return this.#others.length === 0 ? this.takeLast() : this.#others.shift();
  }

  /** Removes a token. Returns false if it was not in the list. */
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

  /** Removes the token of a slot. Returns false if it was not in the list. */
  removeSlot(slot: Slot<T>): boolean {
    const token = this.toArray().find((each) => each.slot === slot);
    return token !== undefined && this.remove(token);
  }

  /** Adds a token before all others, as if it had been idle for longest. */
  putFirst(token: Token<T>): void {
    this.#others.unshift(token);
  }

  /** A copy of the list, the token that has been idle for longest first. */
  toArray(): Token<T>[] {
    return this.#last === undefined ? [...this.#others] : [...this.#others, this.#last];
  }
}
