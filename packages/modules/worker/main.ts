import type { MessagePort } from "node:worker_threads";
import type {
  AnswerMessage,
  CallMessage,
  Description,
  StartMessage,
} from "../src/backends/worker/messages.ts";
import { describeExports } from "./describe-exports.ts";
import { toSentError } from "./to-sent-error.ts";

// The program of a worker: loads one module, and calls its functions for the host. It has neither
// imports nor `require`, since --input-type of the process says what a worker's text is.

const { createRequire } = process.getBuiltinModule("node:module");
const { parentPort } = process.getBuiltinModule("node:worker_threads");

parentPort!.once("message", (message: StartMessage) => void start(message));

async function start({ port, url, file, isCommonJs }: StartMessage): Promise<void> {
  let exports: unknown;
  let description: Description;
  try {
    exports = isCommonJs ? createRequire(url)(file) : await import(url);
    description = describeExports(exports);
  } catch (error) {
    post(port, { id: 0, error: toSentError(error) });
    return;
  }
  port.on("message", (call: CallMessage) => void answer(port, exports, call));
  post(port, { id: 0, value: description });
}

async function answer(
  port: MessagePort,
  exports: unknown,
  { id, path, args }: CallMessage,
): Promise<void> {
  let value: unknown;
  try {
    let self: unknown;
    let found = exports;
    for (const name of path) [self, found] = [found, (found as Record<string, unknown>)[name]];
    value = await Reflect.apply(found as () => unknown, self, args);
  } catch (error) {
    post(port, { id, error: toSentError(error) });
    return;
  }
  post(port, { id, value });
}

function post(port: MessagePort, message: AnswerMessage): void {
  try {
    port.postMessage(message);
  } catch (error) {
    const notCloned = error instanceof Error ? error.message : String(error);
    port.postMessage({ id: message.id, notCloned } satisfies AnswerMessage);
  }
}
