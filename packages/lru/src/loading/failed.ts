const FAILED = /* @__PURE__ */ Symbol.for("heapwise.failed");

/** The result of `failed`: stands in the result of a `loadMany` for a key that failed. */
export interface Failed {
  /** The error with which the callers of the key reject. */
  readonly error: unknown;
  /** The mark of these objects. */
  readonly [key: symbol]: true;
}

/**
 * Says in the result of a `loadMany` that one key failed: the callers that wait for this key get
 * the error, and the other keys are stored.
 *
 * @param error The error with which the callers of the key reject.
 * @returns The object to return in place of the value.
 *
 * @example
 * ```ts
 * import { failed, LRUCache } from "@heapwise/lru";
 *
 * const users = new LRUCache<number, string>({
 *   max: 1000,
 *   loadMany: async (ids) =>
 *     ids.map((id) => [id, id > 0 ? `user ${id}` : failed(new RangeError(`no user ${id}`))]),
 * });
 * await users.getOrLoad(1); // => "user 1"
 * await users.getOrLoad(-1); // => throws RangeError
 * ```
 */
export function failed(error: unknown): Failed {
  return { error, [FAILED]: true };
}

/** Whether a value says that a key failed. Another copy of this module may have made the value. */
export function isFailed(value: unknown): value is Failed {
  try {
    return typeof value === "object" && value !== null && FAILED in value;
  } catch {
    // A proxy that was revoked.
    return false;
  }
}
