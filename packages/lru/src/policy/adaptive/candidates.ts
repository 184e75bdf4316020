/**
 * Entries of low density that earlier evictions have found. Each entry that an eviction draws
 * challenges the next place in turn, and takes it if its density is not higher.
 *
 * The processor cannot predict which of two densities is lower, and a wrong prediction takes as
 * long as a dozen comparisons. So densities are also kept as the bits of floats: integers, whose
 * minimum is found without a branch.
 *
 * Invariants:
 * - `bits` are the bits of `densities` as floats of 32 bits. Without weights the densities are such
 *   floats themselves.
 * - The density of a free place is Infinity.
 */

/** The number of candidates. */
export const CANDIDATES = 32;
const HALF = CANDIDATES / 2;
/** The entries about to `enter`, at most one for each place: scratch space of one eviction. */
export const enteringSlots: Int32Array = /* @__PURE__ */ new Int32Array(CANDIDATES);
export const enteringPlaces: Int32Array = /* @__PURE__ */ new Int32Array(CANDIDATES);
export const enteringDensities: Float64Array = /* @__PURE__ */ new Float64Array(CANDIDATES);
const enteringFloats: Float32Array = /* @__PURE__ */ new Float32Array(CANDIDATES);
export const enteringBits: Int32Array = /* @__PURE__ */ bitsIn(enteringFloats);
/** The bits of Infinity. */
const FREE = 0x7f800000;

export class Candidates {
  readonly slots: Int32Array = new Int32Array(CANDIDATES);
  /** The mark of each entry when it became a candidate. */
  readonly marks: Int32Array = new Int32Array(CANDIDATES);
  /** The density of each candidate, divided by its weight. */
  readonly densities: Float64Array = new Float64Array(CANDIDATES).fill(Infinity);
  readonly bits: Int32Array = new Int32Array(CANDIDATES).fill(FREE);
  /** The place that was challenged last. */
  last = 0;
  /** The result of reading ahead, which is never used: without it V8 would skip the reading. */
  read = 0;

  /** The first `count` entering entries take their places, with their present marks. */
  enter(count: number, marks: Int32Array, isWeighted: boolean): void {
    for (let i = 0; i < count; i++) {
      const place = enteringPlaces[i]!;
      const slot = enteringSlots[i]!;
      this.slots[place] = slot;
      this.marks[place] = marks[slot]!;
      this.densities[place] = isWeighted ? enteringDensities[i]! : enteringFloats[i]!;
      this.bits[place] = enteringBits[i]!;
    }
  }

  /**
   * The first place of the lowest density. Looks at both halves at once, so that the processor does
   * not wait for one comparison before the next.
   */
  lowest(isWeighted: boolean): number {
    const { bits, densities } = this;
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
    // Densities that are divided by weights differ in more digits than a float has.
    for (let i = place + 1; i < CANDIDATES; i++) if (densities[i]! < densities[place]!) place = i;
    return place;
  }

  /** Makes a place free. */
  free(place: number): void {
    this.densities[place] = Infinity;
    this.bits[place] = FREE;
  }
}

/** The bits of a density as a float. They have the order of the densities. */
export function bitsOf(density: number): number {
  oneFloat[0] = density;
  return itsBits[0]!;
}

const oneFloat: Float32Array = /* @__PURE__ */ new Float32Array(1);
const itsBits: Int32Array = /* @__PURE__ */ bitsIn(oneFloat);

function bitsIn(floats: Float32Array): Int32Array {
  return new Int32Array(floats.buffer);
}
