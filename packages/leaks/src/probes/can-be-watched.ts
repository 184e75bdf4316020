/** Whether a `WeakRef` can hold the value: an object, a function, an unregistered symbol. */
export function canBeWatched(value: unknown): value is WeakKey {
  if (typeof value === "object") return value !== null;
  if (typeof value === "function") return true;
  if (typeof value !== "symbol" || Symbol.keyFor(value) !== undefined) return false;
  try {
    // Engines learnt to hold symbols weakly between 2023 and 2025.
    void new WeakRef(value as unknown as object);
    return true;
  } catch {
    return false;
  }
}
