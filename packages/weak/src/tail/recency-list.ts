import { SharedParts, type Share } from "./shared-parts.ts";

/** Number of an element, from 1 on; 0 means no element. */
export type Place = number;

const NEWER = 0;
const OLDER = 1;
/** `OLDER` of a free place is `FREE` minus the next free place. */
const FREE = -1;
const NONE: readonly Share[] = [];

/**
 * Weak references in the order of use. Nothing strong leads to their targets.
 *
 * ```
 * 0 <-> newest <-> ... <-> oldest <-> 0        links:  newer, older | newer, older | ...
 * ```
 */
export class RecencyList<T extends WeakKey> {
  size = 0;
  /** The parts that several elements hold. */
  readonly parts: SharedParts;
  /** The first place that was never used. */
  end: Place = 1;
  #refs: (WeakRef<T> | undefined)[] = [undefined];
  #links: Int32Array = new Int32Array(2);
  #free: Place = 0;
  /** The charge of each element in bytes. Undefined before the first charge. */
  #charges: number[] | undefined;
  /** Sum of the charges. */
  #charged = 0;
  /** The shared parts of each element. Undefined before the first one. */
  #shares: (readonly Share[] | undefined)[] | undefined;

  /** Bytes that all elements are charged, each shared part once. */
  get bytes(): number {
    return this.#charged + this.parts.bytes;
  }

  /** Pass the parts of another list if its elements move to this one. */
  constructor(parts: SharedParts = new SharedParts()) {
    this.parts = parts;
  }

  /** The place of the most recently used element; 0 if the list is empty. */
  get newest(): Place {
    return this.#links[OLDER]!;
  }

  /** The place of the least recently used element; 0 if the list is empty. */
  get oldest(): Place {
    return this.#links[NEWER]!;
  }

  isUsed(place: Place): boolean {
    return this.#refs[place] !== undefined;
  }

  ref(place: Place): WeakRef<T> {
    return this.#refs[place]!;
  }

  /** The place of the next older element. */
  older(place: Place): Place {
    return this.#links[2 * place + OLDER]!;
  }

  /** The place of the next newer element. */
  newer(place: Place): Place {
    return this.#links[2 * place + NEWER]!;
  }

  /** Adds an element as the newest. */
  add(ref: WeakRef<T>): Place {
    const place = this.#take();
    this.#refs[place] = ref;
    this.size++;
    this.#linkNewest(place);
    return place;
  }

  /** Makes the element the newest. */
  use(place: Place): void {
    if (this.newest === place) return;
    this.#unlink(place);
    this.#linkNewest(place);
  }

  /** Charges an element for its bytes and shared parts. Replaces its earlier charge. */
  charge(place: Place, bytes: number, shares: readonly Share[] = NONE): void {
    if (bytes > 0 || this.#charges !== undefined) {
      const charges = (this.#charges ??= []);
      while (charges.length <= place) charges.push(0);
      this.#charged += bytes - charges[place]!;
      charges[place] = bytes;
    }
    if (shares.length === 0 && this.#shares === undefined) return;
    const held = this.#sharesUpTo(place);
    // The new parts first, so that a part which is also among the old ones stays.
    this.parts.hold(shares);
    this.parts.release(held[place] ?? NONE);
    held[place] = shares.length === 0 ? undefined : shares;
  }

  /** Adds an element of another list, which has the same parts, as the newest of this list. */
  moveFrom(other: RecencyList<T>, place: Place): Place {
    const moved = this.add(other.ref(place));
    this.charge(moved, other.#charges?.[place] ?? 0);
    const shares = other.#shares?.[place];
    if (shares !== undefined) this.#sharesUpTo(moved)[moved] = shares;
    return moved;
  }

  #sharesUpTo(place: Place): (readonly Share[] | undefined)[] {
    const held = (this.#shares ??= []);
    while (held.length <= place) held.push(undefined);
    return held;
  }

  remove(place: Place): void {
    this.charge(place, 0);
    this.#unlink(place);
    this.#refs[place] = undefined;
    this.#links[2 * place + OLDER] = FREE - this.#free;
    this.#free = place;
    this.size--;
  }

  #take(): Place {
    const place = this.#free;
    if (place !== 0) {
      this.#free = FREE - this.#links[2 * place + OLDER]!;
      return place;
    }
    if (2 * this.end === this.#links.length) {
      const links = new Int32Array(2 * Math.max(8, this.end + (this.end >>> 1)));
      links.set(this.#links);
      this.#links = links;
    }
    this.#refs.push(undefined);
    return this.end++;
  }

  #linkNewest(place: Place): void {
    const links = this.#links;
    const second = links[OLDER]!;
    links[2 * place + OLDER] = second;
    links[2 * place + NEWER] = 0;
    links[2 * second + NEWER] = place;
    links[OLDER] = place;
  }

  #unlink(place: Place): void {
    const links = this.#links;
    const newer = links[2 * place + NEWER]!;
    const older = links[2 * place + OLDER]!;
    links[2 * newer + OLDER] = older;
    links[2 * older + NEWER] = newer;
  }
}
