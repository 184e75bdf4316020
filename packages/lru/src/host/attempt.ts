/** Whether the host can hold an object weakly. */
export const hasWeakRef: boolean = /* @__PURE__ */ attempt(() => new WeakRef({})) !== undefined;

/**
 * What a host tells. Undefined if it throws: edge runtimes and bundlers have stand-ins for what they lack, which
 * throw as soon as they are called.
 */
export function attempt<Answer>(ask: () => Answer): Answer | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
