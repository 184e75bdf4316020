import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

interface Host {
  readonly gc?: () => void;
  readonly Bun?: { gc(isSynchronous: boolean): void };
}

let collect: (() => void) | undefined;

/** The engine's full collection. The flag is set at run time, so that no command line needs it. */
function engineGc(): () => void {
  if (collect !== undefined) return collect;
  const { gc: exposed, Bun: bun } = globalThis as Host;
  if (exposed !== undefined) return (collect = () => exposed());
  if (bun !== undefined) return (collect = () => bun.gc(true));
  setFlagsFromString("--expose-gc");
  const found = runInNewContext("gc") as () => void;
  // Called without arguments: on Node 20 an argument of the wrong shape means a minor collection.
  return (collect = () => found());
}

/** What a program at rest allocates and frees between two readings of the heap, in bytes. */
const STEADY = 4096;

function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Collects all garbage once. A macrotask before it ends the job that still holds dereferenced
 * `WeakRef`s; one after it lets finalization callbacks run.
 */
export async function settle(): Promise<void> {
  await macrotask();
  engineGc()();
  await macrotask();
}

/** Collects all garbage once, within the job: what the job has dereferenced stays. */
export function collectNow(): void {
  engineGc()();
}

/**
 * Collects until `done()` is true; false after `tries` collections. A conservative stack or an
 * optimised frame may hold an object through one collection, hardly through ten.
 */
export async function gcUntil(
  done: () => boolean,
  { tries = 10 }: { tries?: number } = {},
): Promise<boolean> {
  for (let i = 0; i < tries; i++) {
    await settle();
    if (done()) return true;
  }
  return false;
}

/** Bytes that the program holds after collections: heap, and what hangs outside of it. Collects until they stay the same. */
export async function heldBytes(): Promise<number> {
  let held = Infinity;
  for (let i = 0; i < 20; i++) {
    await settle();
    // Read right after a collection: the next old object reserves the rest of its page, up to 256 KB, which counts as used.
    collectNow();
    const { heapUsed, external } = process.memoryUsage();
    const before = held;
    held = heapUsed + external;
    if (Math.abs(held - before) < STEADY) break;
  }
  return held;
}
