/**
 * Entries of low density that evictions have come by. Each of those that an eviction looks at may
 * take the next place in turn, if its density is not higher than that of who has it.
 *
 * Which one is lower is hard to foretell, and a wrong guess costs the processor as much as a dozen
 * comparisons. So densities are kept as the bits of floats too: integers, of which the least is found
 * without a branch.
 *
 * Invariants:
 * - `bits` are those of `worths` as floats of 32 bits; the densities of entries without weights are such floats.
 * - A free place is of infinite density.
 */

/** How many there are. */
export const CANDIDATES = 32;
const HALF = CANDIDATES / 2;
/** Those that are to `enter`, at most one for each place: scratch space of one eviction. */
export const enteringSlots: Int32Array = /* @__PURE__ */ new Int32Array(CANDIDATES);
export const enteringPlaces: Int32Array = /* @__PURE__ */ new Int32Array(CANDIDATES);
export const enteringWorths: Float64Array = /* @__PURE__ */ new Float64Array(CANDIDATES);
const enteringFloats: Float32Array = /* @__PURE__ */ new Float32Array(CANDIDATES);
export const enteringBits: Int32Array = /* @__PURE__ */ bitsIn(enteringFloats);
/** Bits of infinity. */
const FREE = 0x7f800000;

export class Candidates {
  readonly slots: Int32Array = new Int32Array(CANDIDATES);
  /** The mark that the entry had when it became a candidate. */
  readonly marks: Int32Array = new Int32Array(CANDIDATES);
  /** Density by room. */
  readonly worths: Float64Array = new Float64Array(CANDIDATES).fill(Infinity);
  readonly bits: Int32Array = new Int32Array(CANDIDATES).fill(FREE);
  /** The place that was contested last. */
  last = 0;
  /** What was read ahead, and nobody needs: without it V8 would leave out the reading. */
  read = 0;

  /** So many of the entering ones take their places, with the marks that they have now. */
  enter(count: number, marks: Int32Array, isWeighted: boolean): void {
    for (let i = 0; i < count; i++) {
      const place = enteringPlaces[i]!;
      const slot = enteringSlots[i]!;
      this.slots[place] = slot;
      this.marks[place] = marks[slot]!;
      this.worths[place] = isWeighted ? enteringWorths[i]! : enteringFloats[i]!;
      this.bits[place] = enteringBits[i]!;
    }
  }

  /** The first of the places of the lowest density; of two halves at once, so that the processor need not wait. */
  worst(isWeighted: boolean): number {
    const { bits, worths } = this;
    let least = bits[0]!;
    let place = 0;
    let upperLeast = bits[HALF]!;
    let upperPlace = 0;
    for (let i = 1; i < HALF; i++) {
      const less = (bits[i]! - least) | 0;
      const isLess = less >> 31;
      least = (least + (less & isLess)) | 0;
      place = (place + ((i - place) & isLess)) | 0;
      const upperLess = (bits[i + HALF]! - upperLeast) | 0;
      const isUpperLess = upperLess >> 31;
      upperLeast = (upperLeast + (upperLess & isUpperLess)) | 0;
      upperPlace = (upperPlace + ((i - upperPlace) & isUpperLess)) | 0;
    }
    if (upperLeast < least) place = upperPlace + HALF;
    if (!isWeighted) return place;
    // Densities by weight differ in more digits than a float has.
    for (let i = place + 1; i < CANDIDATES; i++) if (worths[i]! < worths[place]!) place = i;
    return place;
  }

  /** Makes a place free. */
  free(place: number): void {
    this.worths[place] = Infinity;
    this.bits[place] = FREE;
  }
}

/** The bits of a density as a float, which are in the order of the densities. */
export function bitsOf(worth: number): number {
  oneFloat[0] = worth;
  return itsBits[0]!;
}

const oneFloat: Float32Array = /* @__PURE__ */ new Float32Array(1);
const itsBits: Int32Array = /* @__PURE__ */ bitsIn(oneFloat);

function bitsIn(floats: Float32Array): Int32Array {
  return new Int32Array(floats.buffer);
}
