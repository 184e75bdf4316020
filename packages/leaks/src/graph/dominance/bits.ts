/** Returns room for `count` bits, all of them 0. */
export function bitsFor(count: number): Uint32Array {
  return new Uint32Array((count + 31) >>> 5);
}

export function isSet(bits: Uint32Array, index: number): boolean {
  return ((bits[index >>> 5]! >>> (index & 31)) & 1) === 1;
}

export function setBit(bits: Uint32Array, index: number): void {
  bits[index >>> 5]! |= 1 << (index & 31);
}
