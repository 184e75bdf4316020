/** Finalizers of a program, or of a worker, that ends. Prints a line for each callback that ran. */
import { writeSync } from "node:fs";
import { isMainThread, Worker } from "node:worker_threads";
import { finalize } from "@heapwise/weak";

const [way = "main"] = process.argv.slice(2);
// Written at once: if a worker ends, text that it printed through its parent is lost.
const say = (text: string): void => void writeSync(1, `${text}\n`);
const held = { name: "held" };

if (way === "worker" && isMainThread) {
  const program = JSON.stringify(import.meta.url);
  const isBun = process.versions["bun"] !== undefined;
  const load = `import("tsx/esm/api").then((tsx) => (tsx.register(), import(${program})))`;
  new Worker(isBun ? `import(${program})` : load, { eval: true, argv: ["worker"] });
} else {
  finalize(held, say, "first made");
  finalize(held, say, "not at exit").atexit = false;
  finalize(held, say, "detached").detach();
  finalize(held, () => {
    throw new Error("thrown at exit");
  });
  finalize(held, () => {
    say("makes one more");
    finalize(held, say, "made at exit");
  });
  finalize({}, say, "last made");
  if (way === "explicit") process.exit(3);
}
