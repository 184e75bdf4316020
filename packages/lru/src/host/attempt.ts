/** Whether the host has weak references. */
export const hasWeakRef: boolean = /* @__PURE__ */ attempt(() => new WeakRef({})) !== undefined;

/**
 * Calls a function of the host. Returns undefined if it throws: edge runtimes and bundlers have
 * stand-ins for functions that they lack, which throw when they are called.
 */
export function attempt<Answer>(ask: () => Answer): Answer | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
