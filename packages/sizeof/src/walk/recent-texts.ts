/** Places, a power of two. */
const PLACES = 128;
/** Places for a small value. */
const FEW = 8;

/** The last texts that a walk has read: one place for all that are as long and have some characters alike. */
export class RecentTexts {
  readonly #few: (string | undefined)[] = new Array<undefined>(FEW).fill(undefined);
  #places = this.#few;
  #read = 0;

  /** Whether a text is among them; it is from now on. */
  has(text: string): boolean {
    if (this.#read++ === FEW) this.#places = new Array<undefined>(PLACES).fill(undefined);
    const places = this.#places;
    const at = placeOf(text) & (places.length - 1);
    if (places[at] === text) return true;
    places[at] = text;
    return false;
  }

  clear(): void {
    this.#few.fill(undefined);
    this.#places = this.#few;
    this.#read = 0;
  }
}

/** From a text of two characters at least; most differ at the end. */
function placeOf(text: string): number {
  const { length } = text;
  const last = text.charCodeAt(length - 1) + 7 * text.charCodeAt(length - 2);
  return last + 31 * text.charCodeAt(length >> 1) + 5 * length;
}
