// Runs in a thread: answers each text with its hash.
import { createHash } from "node:crypto";
import { parentPort } from "node:worker_threads";

parentPort.on("message", (text) => {
  parentPort.postMessage(createHash("sha256").update(text).digest("hex"));
});
parentPort.postMessage("ready");
