import { median } from "d3-array";

const COLLECTIONS = 5;

/**
 * Bytes in use after garbage collection: the heap, and memory outside that the heap holds. The
 * result is the median of several readings, because the runtime itself allocates and frees between
 * them. `external` includes the memory of ArrayBuffers; adding `arrayBuffers` would count it twice.
 */
export async function settledBytes(): Promise<number> {
  const readings: number[] = [];
  for (let i = 0; i < COLLECTIONS; i += 1) {
    // V8 frees the memory of ArrayBuffers in a later turn of the event loop than it collects them.
    await new Promise((resolve) => setImmediate(resolve));
    // Read right after the collection: the next old object reserves the rest of its page, up to 256
    // KB, which counts as used.
    globalThis.gc!();
    const { heapUsed, external } = process.memoryUsage();
    readings.push(heapUsed + external);
  }
  return median(readings)!;
}
