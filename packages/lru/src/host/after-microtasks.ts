import { attempt } from "./attempt.ts";
import { inMacrotask } from "./macrotask.ts";

interface Host {
  readonly process?: { nextTick?(run: () => void): void };
}

/** The function of the host, not a fake that a test puts in its place and may never advance. */
const nextTick = /* @__PURE__ */ attempt(() => (globalThis as unknown as Host).process?.nextTick);

/** Runs a function after all microtasks of this turn, and after the microtasks that they queue. */
export function afterMicrotasks(run: () => void): void {
  // Node, Bun and Deno run ticks when no microtask is left. A tick that is queued now would come
  // before the microtasks, so a microtask queues it.
  if (nextTick === undefined) return inMacrotask(run);
  void Promise.resolve().then(() => {
    try {
      nextTick(run);
    } catch {
      // An edge runtime has a stand-in for `process` that throws.
      inMacrotask(run);
    }
  });
}
