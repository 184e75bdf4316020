import { inMacrotask } from "./macrotask.ts";

interface Host {
  readonly process?: { nextTick?(run: () => void): void };
}

/** Runs a function when the microtasks of this turn have run, those too that they bring about. */
export function afterMicrotasks(run: () => void): void {
  const { process } = globalThis as unknown as Host;
  // Node, Bun and Deno come back to ticks when no microtask is left; a tick of this moment would come before them.
  if (process?.nextTick !== undefined) void Promise.resolve().then(() => process.nextTick!(run));
  else inMacrotask(run);
}
