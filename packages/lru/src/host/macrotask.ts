import { outside } from "./outside.ts";

type Start = (run: () => void) => void;

interface Channel {
  readonly port1: {
    addEventListener(type: "message", listener: () => void): void;
    start(): void;
    close(): void;
  };
  readonly port2: { postMessage(message: unknown): void };
}

/** What can start a macrotask, and what tells whether it can be trusted. */
export interface MacrotaskHost {
  readonly setImmediate?: (run: () => void) => unknown;
  readonly setTimeout?: (run: () => void, ms: number) => unknown;
  readonly MessageChannel?: new () => Channel;
  readonly navigator?: { readonly userAgent?: string };
}

/** Promises in a row that stand in for a macrotask: more than a caller awaits one after the other. */
const PROMISES = 32;

/** Runs a function soon, in a macrotask of its own, outside every async context. It holds the process until then. */
export const inMacrotask: Start = /* @__PURE__ */ macrotasksOf(
  // Those of the host, not fakes that a test may put in their place, and never advance.
  /* @__PURE__ */ copyOf(globalThis as unknown as MacrotaskHost),
);

/**
 * How a host runs a function in a macrotask. What it lacks or refuses, as timers in the global scope of
 * a worker, the next means stands in for, and promises in the end.
 */
export function macrotasksOf(host: MacrotaskHost): Start {
  // It drops the timers of a request as soon as that is answered, and its messages are microtasks.
  const hasPromisesOnly = host.navigator?.userAgent === "Cloudflare-Workers";
  const ways: readonly Start[] = [
    // Called as functions: browsers refuse them as methods of another object.
    (run) => {
      const { setImmediate } = host;
      setImmediate!(run);
    },
    (run) => {
      const { port1, port2 } = new host.MessageChannel!();
      port1.addEventListener("message", () => {
        port1.close();
        run();
      });
      port1.start();
      port2.postMessage(0);
    },
    (run) => {
      const { setTimeout } = host;
      setTimeout!(run, 0);
    },
  ];
  return (run) =>
    outside(() => {
      for (const start of hasPromisesOnly ? [] : ways) {
        try {
          start(run);
          return;
        } catch {
          // Absent or refused.
        }
      }
      afterPromises(run, PROMISES);
    });
}

function copyOf(host: MacrotaskHost): MacrotaskHost {
  const { setImmediate, setTimeout, MessageChannel, navigator } = host;
  return { setImmediate, setTimeout, MessageChannel, navigator } as MacrotaskHost;
}

function afterPromises(run: () => void, left: number): void {
  void Promise.resolve().then(left > 0 ? () => afterPromises(run, left - 1) : run);
}
