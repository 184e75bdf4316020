/** Holds an object weakly, if the host can. In a function of its own: closures of one function share what they hold. */
export function weakly<T extends object>(object: T): { deref(): T | undefined } {
  return typeof WeakRef === "undefined" ? { deref: () => object } : new WeakRef(object);
}
