/**
 * Smallest block, bytes. V8 keeps typed arrays up to this size on its own heap, on which they are
 * cheap.
 */
const SMALLEST = 64;
const LOG_OF_SMALLEST = 6;

/**
 * The number of the size class for a length of 0 to 2^30 bytes. The classes are 64 bytes, then four
 * for each doubling (80, 96, 112, 128, 160, ...), so that at most a fifth of a block is unused.
 */
export function sizeClassOf(byteLength: number): number {
  if (byteLength <= SMALLEST) return 0;
  const log = 31 - Math.clz32(byteLength - 1);
  const quarters = ((byteLength - 1) >> (log - 2)) + 1;
  return (log - LOG_OF_SMALLEST) * 4 + quarters - 4;
}

/** The block size of a class, bytes. */
export function bytesOfClass(sizeClass: number): number {
  if (sizeClass === 0) return SMALLEST;
  const quarters = 5 + ((sizeClass - 1) & 3);
  return quarters << (LOG_OF_SMALLEST - 2 + ((sizeClass - 1) >> 2));
}
