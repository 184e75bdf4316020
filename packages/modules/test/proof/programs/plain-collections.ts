import { setImmediate as turn } from "node:timers/promises";

/**
 * Collects garbage by plain full collections only, which do not clear V8's caches of code. Needs
 * `--expose-gc`: it must not share the code that is tested.
 */
export async function collectPlainly(rounds = 5): Promise<void> {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error("Cannot collect garbage: expected the flag --expose-gc");
  for (let i = 0; i < rounds; i++) {
    // The target of a weak reference that was made or read lives until the end of the job.
    await turn();
    await new Promise((resolve) => setTimeout(resolve, 3));
    gc();
  }
  await turn();
}

/** The bytes of the heap, and of buffers outside of it. */
export function heldBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
