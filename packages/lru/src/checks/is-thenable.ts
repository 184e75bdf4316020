/** Whether a value is a promise or has a method `then`. A getter of the value may throw. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}
