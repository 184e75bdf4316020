let weakSymbols: boolean | undefined;

/**
 * Whether a `WeakRef` can hold the value: an object, a function, or a symbol that is not
 * registered.
 */
export function canBeHeldWeakly(value: unknown): value is WeakKey {
  if (typeof value === "object") return value !== null;
  if (typeof value === "function") return true;
  return typeof value === "symbol" && Symbol.keyFor(value) === undefined && holdsSymbols();
}

/** Whether this engine holds symbols weakly. Browsers began to do so between 2023 and 2025. */
function holdsSymbols(): boolean {
  if (weakSymbols === undefined) {
    try {
      const probe = Symbol("probe") as unknown as object;
      weakSymbols = new WeakSet([probe]).has(probe);
    } catch {
      weakSymbols = false;
    }
  }
  return weakSymbols;
}
