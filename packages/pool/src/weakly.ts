/**
 * Holds an object weakly if the host has WeakRef, and otherwise strongly. A function of its own,
 * because the closures of one function share the variables that they hold.
 */
export function weakly<T extends object>(object: T): { deref(): T | undefined } {
  try {
    return new WeakRef(object);
  } catch {
    return { deref: () => object };
  }
}

/**
 * A registry that calls `run` when a registered object has been collected. Undefined if the host
 * has no FinalizationRegistry.
 */
export function whenCollected<T>(run: (held: T) => void): FinalizationRegistry<T> | undefined {
  try {
    return new FinalizationRegistry(run);
  } catch {
    return undefined;
  }
}
