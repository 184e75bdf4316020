import { nodeModule } from "./node-modules.ts";

interface Port {
  addEventListener(name: "message", listener: () => void): void;
  start(): void;
  postMessage(message: unknown): void;
  close(): void;
}

interface Channel {
  readonly port1: Port;
  readonly port2: Port;
}

type SetImmediate = (run: () => void) => unknown;

/** The function of the host, from before any test replaced it; undefined if it is a fake. */
const genuine = /* @__PURE__ */ genuineSetImmediate();

function genuineSetImmediate(): SetImmediate | undefined {
  const { setImmediate: found } = globalThis as { setImmediate?: SetImmediate };
  // The fakes of Vitest, Jest and Sinon have the one, the older ones of Jest the other.
  const isFake = typeof found !== "function" || "clock" in found || "_isMockFunction" in found;
  return isFake ? undefined : found;
}

/**
 * Waits for one macrotask: the event loop has looked at its handles once. Works under the fake
 * timers of test runners, which replace `setImmediate` but not `MessageChannel`. The latter is the
 * second choice, because the objects of its ports stay for some time after they are closed, and
 * would disturb counts. Each call has a channel of its own, because Node delivers many messages of
 * one channel in one macrotask.
 */
export function macrotask(): Promise<void> {
  if (genuine !== undefined) return new Promise((resolve) => void genuine(resolve));
  const { MessageChannel } = globalThis as { MessageChannel?: new () => Channel };
  const Channel =
    MessageChannel ??
    (nodeModule("node:worker_threads")?.MessageChannel as unknown as
      (new () => Channel) | undefined);
  return new Promise((resolve) => {
    if (Channel === undefined) {
      setTimeout(resolve, 0);
      return;
    }
    const { port1, port2 } = new Channel();
    port1.addEventListener("message", () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(undefined);
  });
}
