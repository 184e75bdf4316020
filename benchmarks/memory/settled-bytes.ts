/**
 * Bytes in use after the garbage is gone: the heap and what it holds outside.
 * `external` includes the memory of ArrayBuffers, so that adding `arrayBuffers` would count it twice.
 */
export async function settledBytes(): Promise<number> {
  let bytes = Infinity;
  for (let i = 0; i < 20; i += 1) {
    globalThis.gc!();
    // The memory of ArrayBuffers is given back in a later turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    const { heapUsed, external } = process.memoryUsage();
    const before = bytes;
    bytes = heapUsed + external;
    if (i > 1 && Math.abs(before - bytes) < 512) break;
  }
  return bytes;
}
