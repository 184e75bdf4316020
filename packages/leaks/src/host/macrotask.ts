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

/**
 * Waits for one macrotask: the event loop has looked at its handles once. Works under the fake
 * timers of test runners, which replace `setImmediate` but not `MessageChannel`. Each call has a
 * channel of its own, because Node delivers many messages of one channel in one macrotask.
 */
export function macrotask(): Promise<void> {
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
