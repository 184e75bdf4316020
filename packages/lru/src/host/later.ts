import { attempt } from "./attempt.ts";
import { inMacrotask } from "./macrotask.ts";

/**
 * Runs a function with an object in a macrotask of its own; not if nobody holds the object any
 * more.
 */
export function laterWith(owner: WeakKey, run: (owner: never) => void): void {
  // A host that cannot hold it weakly holds it until then.
  const held = attempt(() => new WeakRef(owner));
  const strong = held === undefined ? owner : undefined;
  inMacrotask(() => {
    const still = strong ?? held!.deref();
    if (still !== undefined) run(still as never);
  });
}
