/**
 * Many finalizers, each of which creates two more at exit. Prints their order, and the number of
 * steps through sets that they take.
 */
import { writeSync } from "node:fs";
import { finalize } from "@heapwise/weak";

const count = Number(process.argv[2]);
const target = { name: "held" };
const order: string[] = [];
let steps = 0;

process.on("exit", () => {
  const iterator = Object.getPrototypeOf(new Set<unknown>().values()) as Iterator<unknown>;
  const next = iterator.next;
  iterator.next = function (this: Iterator<unknown>) {
    steps++;
    return next.call(this);
  };
});

for (let i = 0; i < count; i++) {
  finalize(target, () => {
    order.push(`${i}`);
    finalize(target, () => order.push(`${i}b`));
    finalize({}, () => order.push(`${i}a`));
    finalize(target, () => order.push("never")).atexit = false;
  });
  finalize(target, () => order.push("never")).atexit = false;
}

process.on("exit", () => {
  writeSync(1, JSON.stringify({ steps, length: order.length, first: order.slice(0, 6) }));
});
