/** Whether a value is what `await` waits for. Throws what its `then` throws when it is read. */
export function isThenable<R>(value: PromiseLike<R> | R): value is PromiseLike<R> {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as Partial<PromiseLike<R>>).then === "function"
  );
}
