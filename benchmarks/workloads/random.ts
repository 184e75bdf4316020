/** A source of uniform numbers in [0, 1). */
export type Random = () => number;

/**
 * The sfc32 generator (Chris Doty-Humphrey, PractRand). A seed gives the same numbers in every run.
 */
export function createRandom(seed: number): Random {
  let a = seed | 0;
  let b = 0x9e3779b9;
  let c = 0x243f6a88;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let i = 0; i < 12; i += 1) next();
  return next;
}

/** Shuffles in place (Fisher-Yates) and returns the same array. */
export function shuffle<T extends Uint32Array | unknown[]>(items: T, random: Random): T {
  for (let i = items.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    const held = items[i];
    items[i] = items[j] as never;
    items[j] = held as never;
  }
  return items;
}

/** Permutes the 32-bit numbers. The low bits of the result depend on all bits of the input. */
export function scramble(id: number): number {
  let word = Math.imul(id ^ (id >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}
