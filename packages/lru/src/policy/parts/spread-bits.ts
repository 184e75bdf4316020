/**
 * Spreads a hash over all 32 bits, one to one. The hashes of integers differ in a few bits only.
 * This is the mixer with the least bias that C. Wellons found for two rounds (hash-prospector,
 * 2018).
 */
export function spreadBits(hash: number): number {
  const first = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  const second = Math.imul(first ^ (first >>> 15), 0x735a2d97);
  return second ^ (second >>> 15);
}
