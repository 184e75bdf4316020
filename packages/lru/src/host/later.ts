import { attempt } from "./attempt.ts";
import { inMacrotask } from "./macrotask.ts";

/**
 * Calls a function with an object in a macrotask of its own, unless the object was collected by
 * then.
 */
export function laterWith(owner: WeakKey, run: (owner: never) => void): void {
  // A host without weak references holds the object until then.
  const held = attempt(() => new WeakRef(owner));
  const strong = held === undefined ? owner : undefined;
  inMacrotask(() => {
    const still = strong ?? held!.deref();
    if (still !== undefined) run(still as never);
  });
}
