/** Whether a value is an object or a function. */
export function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** Whether `await` would wait for a value. An error of a getter `then` is passed on. */
export function isThenable<R>(value: PromiseLike<R> | R): value is PromiseLike<R> {
  return isObject(value) && typeof (value as Partial<PromiseLike<R>>).then === "function";
}
