import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

interface Host {
  readonly gc?: () => void;
  readonly Bun?: { gc(isSynchronous: boolean): void };
}

let collect: (() => void) | undefined;

/**
 * The full collection of the engine. Sets the flag at run time, so that the command line does not
 * need it.
 */
function engineGc(): () => void {
  if (collect !== undefined) return collect;
  const { gc: exposed, Bun: bun } = globalThis as Host;
  if (exposed !== undefined) return (collect = () => exposed());
  if (bun !== undefined) return (collect = () => bun.gc(true));
  setFlagsFromString("--expose-gc");
  const found = runInNewContext("gc") as () => void;
  // No arguments are passed: on Node 20 an argument of the wrong type means a minor collection.
  return (collect = () => found());
}

/** Bytes that an idle program allocates and frees between two readings of the heap. */
const STEADY = 4096;

function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Collects all garbage once. A macrotask before the collection ends the job that holds the targets
 * of dereferenced `WeakRef`s. A macrotask after it lets finalization callbacks run.
 */
export async function settle(): Promise<void> {
  await macrotask();
  engineGc()();
  await macrotask();
}

/** Collects all garbage once, within the job. Targets that the job has dereferenced stay alive. */
export function collectNow(): void {
  engineGc()();
}

/**
 * Collects until `done()` returns true. Returns false if it does not within `tries` collections. A
 * conservative stack or an optimised frame may hold an object through one collection, but hardly
 * through ten.
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

/**
 * Bytes that the program holds after collections, in the heap and outside. Collects until the
 * number stays the same.
 */
export async function heldBytes(): Promise<number> {
  let held = Infinity;
  for (let i = 0; i < 20; i++) {
    await settle();
    // Read right after a collection, because the next old object reserves the rest of its page, up
    // to 256 KB, and all of it counts as used.
    collectNow();
    const { heapUsed, external } = process.memoryUsage();
    const before = held;
    held = heapUsed + external;
    if (Math.abs(held - before) < STEADY) break;
  }
  return held;
}
