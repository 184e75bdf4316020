/** Holds an object weakly, if the host can. In a function of its own: closures of one function share what they hold. */
export function weakly<T extends object>(object: T): { deref(): T | undefined } {
  try {
    return new WeakRef(object);
  } catch {
    return { deref: () => object };
  }
}

/** Calls back with what is held when its target is collected; undefined if the host tells of no collection. */
export function whenCollected<T>(run: (held: T) => void): FinalizationRegistry<T> | undefined {
  try {
    return new FinalizationRegistry(run);
  } catch {
    return undefined;
  }
}
