/**
 * A set of integers below a limit. It finds its greatest member quickly.
 *
 * Idea: one bit per integer in words of 32, and above them one bit per word that is not empty, and
 * so on up to a single word. The search for the greatest member follows the highest set bits down.
 */
export class PositionSet {
  /** Members in the set. */
  size = 0;
  readonly #levels: Uint32Array[] = [];

  constructor(limit: number) {
    let words = limit;
    do {
      words = Math.max(1, Math.ceil(words / 32));
      this.#levels.push(new Uint32Array(words));
    } while (words > 1);
  }

  add(position: number): void {
    const bottom = this.#levels[0]!;
    if (((bottom[position >>> 5]! >>> (position & 31)) & 1) === 1) return;
    this.size += 1;
    let at = position;
    for (const level of this.#levels) {
      level[at >>> 5]! |= 1 << (at & 31);
      at >>>= 5;
    }
  }

  /** Removes a position. Returns whether the set had it. */
  delete(position: number): boolean {
    const bottom = this.#levels[0]!;
    if (((bottom[position >>> 5]! >>> (position & 31)) & 1) === 0) return false;
    this.size -= 1;
    let at = position;
    for (const level of this.#levels) {
      level[at >>> 5]! &= ~(1 << (at & 31));
      if (level[at >>> 5] !== 0) break;
      at >>>= 5;
    }
    return true;
  }

  /** Removes the greatest member. The caller guarantees that the set is not empty. */
  deleteGreatest(): void {
    let at = 0;
    for (let i = this.#levels.length - 1; i >= 0; i -= 1) {
      at = at * 32 + 31 - Math.clz32(this.#levels[i]![at]!);
    }
    this.delete(at);
  }
}
