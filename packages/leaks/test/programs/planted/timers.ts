import { AsyncLocalStorage } from "node:async_hooks";
import { planted, type Leaked } from "./planted.ts";

// Leaks by timers. They have a file of their own: their callbacks reach its scope, so that its
// variables would seem to be held by a timer.

const FAR = 1_000_000_000;
const storage = new AsyncLocalStorage<Leaked>();
let rearm = false;

const nothing = (..._values: unknown[]): void => undefined;

function renewImmediate(leaked: Leaked): void {
  if (rearm && leaked.program !== "") setImmediate(() => renewImmediate(leaked));
}

async function waitFor(timer: (resolve: () => void) => void, leaked: Leaked): Promise<string> {
  await new Promise<void>(timer);
  return leaked.program;
}

export const timers = [
  planted({
    name: "a timer",
    holder: /setTimeout of 1000000000 ms/,
    root: "timer",
    plant: (leaked) => setTimeout(() => leaked.program, FAR),
    release: (timer) => clearTimeout(timer),
  }),
  planted({
    name: "a timer without a reference of the loop",
    holder: /setTimeout of 1000000001 ms[^]*onUnreferenced/,
    root: "timer",
    plant: (leaked) =>
      setTimeout(function onUnreferenced() {
        return leaked.program;
      }, FAR + 1).unref(),
    release: (timer) => clearTimeout(timer),
  }),
  planted({
    name: "an argument of a timer",
    holder: /setTimeout of 1000000002 ms/,
    root: "timer",
    plant: (leaked) => setTimeout(nothing, FAR + 2, leaked),
    release: (timer) => clearTimeout(timer),
  }),
  planted({
    name: "an interval",
    holder: /setInterval of 1000000003 ms[^]*onInterval/,
    root: "timer",
    plant: (leaked) =>
      setInterval(function onInterval() {
        return leaked.program;
      }, FAR + 3),
    release: (timer) => clearInterval(timer),
  }),
  planted({
    name: "an immediate that sets itself again",
    holder: /Immediate/,
    root: "timer",
    plant(leaked) {
      rearm = true;
      renewImmediate(leaked);
    },
    release: () => void (rearm = false),
  }),
  planted({
    name: "an async function that waits for a timer",
    holder: /setTimeout of 1000000005 ms/,
    root: "timer",
    plant(leaked) {
      let timer: NodeJS.Timeout | undefined;
      void waitFor((resolve) => (timer = setTimeout(resolve, FAR + 5)), leaked);
      return timer!;
    },
    release: (timer) => clearTimeout(timer),
  }),
  planted({
    name: "the store of a timer's asynchronous context",
    holder: /setTimeout of 1000000004 ms/,
    root: ["timer", "async-context"],
    plant: (leaked) => storage.run(leaked, () => setTimeout(nothing, FAR + 4)),
    release: (timer) => clearTimeout(timer),
  }),
];
