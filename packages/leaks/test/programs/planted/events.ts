import { EventEmitter } from "node:events";
import { PassThrough, pipeline, Readable, Transform, Writable } from "node:stream";
import { createInterface, type Interface } from "node:readline";
import { planted } from "./planted.ts";

// Leaks by listeners and by streams that are not read to their end.

const orders = new EventEmitter();
const target = new EventTarget();
const commandInput = new PassThrough();
let inbox: Readable | undefined;
let outbox: Writable | undefined;
let slowTransform: Transform | undefined;
let openSource: Readable | undefined;
let webQueue: ReadableStream<unknown> | undefined;
const nothing = (): void => undefined;
let commands: WeakRef<Interface> | undefined;

/** Reads the variables, which nobody else does: they are there to hold. */
export const readEvents = (): unknown[] => [inbox, outbox, slowTransform, openSource, webQueue];

export const events = [
  planted({
    name: "a listener of an emitter",
    holder: /orders[^]*placed[^]*onPlaced/,
    root: ["module", "listener"],
    plant(leaked) {
      const onPlaced = (): string => leaked.program;
      orders.on("placed", onPlaced);
      return onPlaced;
    },
    release: (listener) => orders.off("placed", listener),
  }),
  planted({
    name: "a listener for one event that has not come",
    holder: /orders[^]*cancelled/,
    root: ["module", "listener"],
    plant: (leaked) => void orders.once("cancelled", () => leaked.program),
    release: () => orders.emit("cancelled"),
  }),
  planted({
    name: "one of many listeners",
    holder: /orders[^]*shipped/,
    root: ["module", "listener"],
    plant(leaked) {
      orders.on("shipped", () => 1);
      orders.on("shipped", () => leaked.program);
    },
    release: () => orders.removeAllListeners("shipped"),
  }),
  planted({
    name: "a method bound to its object as a listener",
    holder: /orders[^]*returned/,
    root: ["module", "listener"],
    plant: (leaked) => void orders.on("returned", leaked.toString.bind(leaked)),
    release: () => orders.removeAllListeners("returned"),
  }),
  planted({
    name: "a listener of an event target",
    holder: /target[^]*onChange/,
    root: ["module", "listener"],
    plant(leaked) {
      const onChange = (): string => leaked.program;
      target.addEventListener("change", onChange);
      return onChange;
    },
    release: (listener) => target.removeEventListener("change", listener),
  }),
  planted({
    name: "the buffer of a stream that is not read",
    holder: /inbox[^]*buffer/,
    root: "module",
    plant(leaked) {
      inbox = new Readable({ objectMode: true, read: nothing });
      inbox.push({ leaked });
    },
    release: () => void inbox?.read(),
  }),
  planted({
    name: "the buffer of a stream that does not write",
    holder: /outbox/,
    root: "module",
    plant(leaked) {
      outbox = new Writable({ objectMode: true, write: nothing });
      outbox.write("the one that waits");
      outbox.write(leaked);
    },
    release: () => void (outbox = undefined),
  }),
  planted({
    name: "a transform that does not call back",
    holder: /slowTransform/,
    root: "module",
    plant(leaked) {
      slowTransform = new Transform({
        objectMode: true,
        transform: nothing,
      });
      slowTransform.write({ leaked });
      slowTransform.write({ leaked });
    },
    release: () => void (slowTransform = undefined),
  }),
  planted({
    name: "a pipeline that does not end",
    holder: /openSource/,
    root: ["module", "listener"],
    plant(leaked) {
      openSource = new Readable({ read: nothing });
      const onEnd = (): void => void leaked.program;
      pipeline(openSource, new Writable({ write: nothing }), onEnd);
    },
    release: () => void (openSource = undefined),
  }),
  planted({
    name: "the queue of a web stream",
    holder: /webQueue|ReadableStream/,
    root: "module",
    plant(leaked) {
      webQueue = new ReadableStream({ start: (controller) => controller.enqueue(leaked) });
    },
    release: () => webQueue?.cancel(),
  }),
  planted({
    name: "a line reader that is not closed",
    holder: /commandInput/,
    root: ["module", "listener"],
    plant(leaked) {
      const reader = createInterface({ input: commandInput });
      reader.on("line", () => leaked.program);
      commands = new WeakRef(reader);
    },
    release: () => commands?.deref()?.close(),
  }),
];
