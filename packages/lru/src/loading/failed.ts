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
 * loadMany: async (ids) => (await fetchUsers(ids)).map(({ id, user, error }) =>
 *   [id, user ?? failed(error)])
 * ```
 */
export function failed(error: unknown): Failed {
  return { error, [FAILED]: true };
}

/** Whether a value says that a key failed, whichever copy of this module has made it. */
export function isFailed(value: unknown): value is Failed {
  return typeof value === "object" && value !== null && FAILED in value;
}
