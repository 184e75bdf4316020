/** Whether a value has an identity: an object or a function. */
export function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** Whether a value is what `await` waits for. Throws what its `then` throws when it is read. */
export function isThenable<R>(value: PromiseLike<R> | R): value is PromiseLike<R> {
  return isObject(value) && typeof (value as Partial<PromiseLike<R>>).then === "function";
}
