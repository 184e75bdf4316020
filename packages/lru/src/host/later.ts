import { inMacrotask } from "./macrotask.ts";

/**
 * Runs a function with an object in a macrotask of its own; not if nobody holds the object any
 * more.
 */
export function laterWith(owner: WeakKey, run: (owner: never) => void): void {
  const held = new WeakRef(owner);
  inMacrotask(() => {
    const still = held.deref();
    if (still !== undefined) run(still as never);
  });
}
