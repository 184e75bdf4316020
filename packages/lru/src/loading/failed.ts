const FAILED = /* @__PURE__ */ Symbol.for("heapwise.failed");

/** What a `loadMany` returns for a key that failed. Made by `failed`. */
export interface Failed {
  readonly error: unknown;
  readonly [key: symbol]: true;
}

/**
 * What a `loadMany` returns instead of the value of a key that failed: whoever waits for that key
 * gets the error, and the other keys are stored.
 *
 * ```ts
 * import { failed, LRUCache } from "@heapwise/lru";
 *
 * const users = new LRUCache<number, string>({
 *   max: 1000,
 *   loadMany: async (ids) =>
 *     ids.map((id) => [id, id > 0 ? `user ${id}` : failed(new RangeError(`no user ${id}`))]),
 * });
 * const first = await users.getOrLoad(1); // => "user 1"
 * ```
 */
export function failed(error: unknown): Failed {
  return { error, [FAILED]: true };
}

/** Whether a value says that a key failed, whichever copy of this module has made it. */
export function isFailed(value: unknown): value is Failed {
  try {
    return typeof value === "object" && value !== null && FAILED in value;
  } catch {
    // A proxy that was revoked.
    return false;
  }
}
