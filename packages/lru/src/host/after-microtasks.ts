import { attempt } from "./attempt.ts";
import { inMacrotask } from "./macrotask.ts";

interface Host {
  readonly process?: { nextTick?(run: () => void): void };
}

/** That of the host, not a fake that a test may put in its place, and never advance. */
const nextTick = /* @__PURE__ */ attempt(() => (globalThis as unknown as Host).process?.nextTick);

/** Runs a function when the microtasks of this turn have run, those too that they bring about. */
export function afterMicrotasks(run: () => void): void {
  // Node, Bun and Deno come back to ticks when no microtask is left; a tick of this moment would come before them.
  if (nextTick === undefined) return inMacrotask(run);
  void Promise.resolve().then(() => {
    try {
      nextTick(run);
    } catch {
      // The stand-in of an edge runtime.
      inMacrotask(run);
    }
  });
}
