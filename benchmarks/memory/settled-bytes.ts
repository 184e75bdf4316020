import { median } from "d3-array";

const COLLECTIONS = 5;

/**
 * Bytes in use after the garbage is gone: the heap and what it holds outside. The median of several
 * readings, because the runtime itself allocates and frees between them.
 * `external` includes the memory of ArrayBuffers, so that adding `arrayBuffers` would count it twice.
 */
export async function settledBytes(): Promise<number> {
  const readings: number[] = [];
  for (let i = 0; i < COLLECTIONS; i += 1) {
    // The memory of ArrayBuffers is given back in a later turn of the event loop than their collection.
    await new Promise((resolve) => setImmediate(resolve));
    // Read right after it: the next old object reserves the rest of its page, up to 256 KB, which counts as used.
    globalThis.gc!();
    const { heapUsed, external } = process.memoryUsage();
    readings.push(heapUsed + external);
  }
  return median(readings)!;
}
