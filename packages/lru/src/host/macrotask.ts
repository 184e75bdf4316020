import { outside } from "./outside.ts";

type Start = (run: () => void) => void;

/** What can start a macrotask, and what tells whether it can be trusted. */
export interface MacrotaskHost {
  readonly setImmediate?: (run: () => void) => unknown;
  readonly setTimeout?: (run: () => void, ms: number) => unknown;
  readonly navigator?: { readonly userAgent?: string };
}

/** Promises in a row that stand in for a macrotask: more than a caller awaits one after the other. */
const PROMISES = 32;

/** Runs a function soon, in a macrotask of its own, outside every async context. It holds the process until then. */
export const inMacrotask: Start = /* @__PURE__ */ macrotasksOf(
  globalThis as unknown as MacrotaskHost,
);

/**
 * How a host runs a function in a macrotask: by the timers that it has now, not by fakes that a test
 * may put in their place, and never advance. Promises stand in for what it lacks or refuses, as in the
 * global scope of a worker.
 */
export function macrotasksOf(host: MacrotaskHost): Start {
  // It drops the timers of a request as soon as that is answered, and its messages are microtasks.
  const hasPromisesOnly = host.navigator?.userAgent === "Cloudflare-Workers";
  const start = hasPromisesOnly ? undefined : (host.setImmediate ?? host.setTimeout);
  return (run) =>
    outside(() => {
      try {
        start!(run, 0);
      } catch {
        // Absent or refused.
        afterPromises(run, PROMISES);
      }
    });
}

function afterPromises(run: () => void, left: number): void {
  void Promise.resolve().then(left > 0 ? () => afterPromises(run, left - 1) : run);
}
