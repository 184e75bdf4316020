import { outside } from "./outside.ts";

interface Host {
  readonly setImmediate?: (run: () => void) => unknown;
  readonly setTimeout?: (run: () => void, ms: number) => unknown;
}

// Those of the host, not fakes that a test may put in their place, and never advance.
const { setImmediate, setTimeout } = globalThis as unknown as Host;

/** Runs a function soon, in a macrotask of its own, outside every async context. It holds the process until then. */
export function inMacrotask(run: () => void): void {
  outside(() => {
    if (setImmediate !== undefined) setImmediate(run);
    else setTimeout!(run, 0);
  });
}
