import { attempt } from "./attempt.ts";
import { outside } from "./outside.ts";

type Start = (run: () => void) => void;

/** The functions that can start a macrotask, and the name of a host that loses them. */
export interface MacrotaskHost {
  readonly setImmediate?: ((run: () => void) => unknown) | undefined;
  readonly setTimeout?: ((run: () => void, ms: number) => unknown) | undefined;
  readonly navigator?: { readonly userAgent?: string } | undefined;
}

const STARTS = ["setImmediate", "setTimeout"] as const;

/**
 * The number of promises in a row that stand in for a macrotask: more than a caller awaits one
 * after the other.
 */
const PROMISES = 32;

/**
 * Runs a function soon, in a macrotask of its own, outside every async context. The macrotask keeps
 * the process alive until then.
 */
export const inMacrotask: Start = /* @__PURE__ */ macrotasksOf(
  // The functions of the host, not fakes that a test puts in their place and may never advance.
  /* @__PURE__ */ copyOf(globalThis as unknown as MacrotaskHost),
);

/**
 * Returns a function that runs another one in a macrotask of the host. Promises stand in if the
 * host has neither `setImmediate` nor `setTimeout`, or refuses them, as in the global scope of a
 * worker.
 */
export function macrotasksOf(host: MacrotaskHost): Start {
  // It drops the timers of a request when the request is answered, and its messages are microtasks.
  const hasPromisesOnly = attempt(() => host.navigator?.userAgent) === "Cloudflare-Workers";
  return (run) =>
    outside(() => {
      // Looked up at each call, and called as functions: browsers throw if they are called as
      // methods of another object.
      for (const name of hasPromisesOnly ? [] : STARTS) {
        try {
          const start = host[name];
          if (start !== undefined) return void start(run, 0);
        } catch {
          // Refused.
        }
      }
      afterPromises(run, PROMISES);
    });
}

function copyOf(host: MacrotaskHost): MacrotaskHost {
  const copy: Record<string, unknown> = {};
  for (const name of [...STARTS, "navigator"] as const) copy[name] = attempt(() => host[name]);
  return copy;
}

function afterPromises(run: () => void, left: number): void {
  void Promise.resolve().then(left > 0 ? () => afterPromises(run, left - 1) : run);
}
