import { AsyncLocalStorage } from "node:async_hooks";
import { channel } from "node:diagnostics_channel";
import { EventEmitter } from "node:events";
import { textOf, type HoldingWay, type WayExports } from "./way.ts";

const PLACE = "heapwise way";

/** The ways that the program itself makes: it keeps what a module gave. */
const kept = new Map<string, unknown>();
const keys: object[] = [{}];
const values = new WeakMap<object, unknown>();
const storage = new AsyncLocalStorage();

function keep(name: string, value: unknown): () => void {
  kept.set(name, value);
  return () => void kept.delete(name);
}

/** Every way in which a module can be held, as measured in the experiments before this package. */
export const holdingWays: readonly HoldingWay[] = [
  {
    name: "setInterval",
    text: textOf(`const timer = setInterval(() => look(), 1e8); // kept
exports.give = () => timer;`),
    use: ({ give }) => Number(give()),
    release: (id: number) => clearInterval(id),
    roots: ["timer"],
    leftBehind: "timer",
    endsWithScope: true,
  },
  {
    name: "setInterval with unref",
    text: textOf(`const timer = setInterval(() => look(), 1e8).unref(); // kept
exports.give = () => timer;`),
    use: ({ give }) => Number(give()),
    release: (id: number) => clearInterval(id),
    roots: ["timer"],
    leftBehind: "timer",
    endsWithScope: true,
  },
  {
    name: "a long setTimeout with unref",
    text: textOf(`const timer = setTimeout(() => look(), 1e8).unref(); // kept
exports.give = () => timer;`),
    use: ({ give }) => Number(give()),
    release: (id: number) => clearTimeout(id),
    roots: ["timer"],
    leftBehind: "timer",
    endsWithScope: true,
  },
  {
    name: "process.on",
    text: textOf(`process.on(${JSON.stringify(PLACE)}, () => look()); // kept`),
    release: () => void process.removeAllListeners(PLACE),
    roots: ["listener"],
    leftBehind: "listener",
    endsWithScope: true,
  },
  {
    name: "process.once",
    text: textOf(`process.once(${JSON.stringify(PLACE)}, () => look()); // kept`),
    release: () => void process.removeAllListeners(PLACE),
    roots: ["listener"],
    leftBehind: "listener",
    endsWithScope: true,
  },
  {
    name: "an assignment to globalThis",
    text: textOf(`globalThis.heapwiseWay = () => look(); // kept`),
    release: () => void Reflect.deleteProperty(globalThis, "heapwiseWay"),
    roots: ["global"],
    leftBehind: "global",
    endsWithScope: false,
  },
  {
    name: "an assignment under a registered symbol",
    text: textOf(`globalThis[Symbol.for(${JSON.stringify(PLACE)})] = () => look(); // kept`),
    release: () => void Reflect.deleteProperty(globalThis, Symbol.for(PLACE)),
    roots: ["global"],
    leftBehind: "symbol",
    endsWithScope: false,
  },
  {
    name: "a patch of a prototype",
    text: textOf(`Array.prototype.heapwiseWay = function () { return look(); }; // kept`),
    release: () => void Reflect.deleteProperty(Array.prototype, "heapwiseWay"),
    roots: ["global"],
    leftBehind: "prototype",
    endsWithScope: false,
  },
  {
    name: "a Map of the program",
    text: textOf(`exports.give = function given() { return look(); }; // kept`),
    use: ({ give }) => keep("map", give),
    release: (drop: () => void) => drop(),
    roots: ["module"],
    endsWithScope: false,
  },
  {
    name: "a value of a WeakMap under a live key",
    text: textOf(`exports.give = function given() { return look(); }; // kept`),
    use: ({ give }) => void values.set(keys[0]!, give),
    release: () => void values.delete(keys[0]!),
    roots: ["module"],
    endsWithScope: false,
  },
  {
    name: "then of a pending promise that is held",
    text: textOf(`exports.give = (promise) => void promise.then(() => look()); // kept`),
    use: ({ give }) => gate("then", give),
    release: (open: () => void) => open(),
    roots: ["module", "promise"],
    endsWithScope: false,
  },
  {
    name: "a suspended async function",
    text: textOf(`exports.give = async function wait(promise) { // kept
  await promise;
  look();
};`),
    use: ({ give }) => gate("async", give),
    release: (open: () => void) => open(),
    roots: ["module", "promise"],
    endsWithScope: false,
  },
  {
    name: "a suspended generator that the program holds",
    text: textOf(`function* count() { // kept
  for (;;) yield look();
}
exports.give = () => {
  const generator = count();
  generator.next();
  return generator;
};`),
    use: ({ give }) => keep("generator", give()),
    release: (drop: () => void) => drop(),
    roots: ["module"],
    endsWithScope: false,
  },
  {
    name: "enterWith of an AsyncLocalStorage",
    text: textOf(`exports.give = (storage) => storage.enterWith({ look: () => look() }); // kept`),
    use({ give }) {
      give(storage);
      return storage.getStore();
    },
    // Contexts that were made in the meantime have the store too.
    release: (store: { look?: unknown }) => void delete store.look,
    roots: ["async-context"],
    endsWithScope: false,
  },
  {
    name: "a subscriber of diagnostics_channel",
    text: textOf(`const { subscribe, unsubscribe } = require("node:diagnostics_channel");
const name = ${JSON.stringify(PLACE)};
const listen = (message) => message === "stop" ? unsubscribe(name, listen) : look(); // kept
subscribe(name, listen);`),
    release: () => channel(PLACE).publish("stop"),
    roots: ["listener"],
    leftBehind: "subscriber",
    endsWithScope: true,
  },
  {
    name: "Error.prepareStackTrace",
    text: textOf(`Error.prepareStackTrace = (error) => (look(), String(error)); // kept`),
    release: () => void Reflect.deleteProperty(Error, "prepareStackTrace"),
    roots: ["global"],
    leftBehind: "prepare-stack-trace",
    endsWithScope: false,
  },
  {
    name: "a listener of an AbortSignal that the module was handed",
    text: textOf(
      `exports.give = (signal) => signal.addEventListener("abort", () => look()); // kept`,
    ),
    use({ give }) {
      const controller = new AbortController();
      give(controller.signal);
      return keep("signal", controller);
    },
    release: (drop: () => void) => drop(),
    roots: ["module", "listener"],
    endsWithScope: false,
  },
  {
    name: "a listener of an emitter that the module was handed",
    text: textOf(`exports.give = (emitter) => emitter.on("event", () => look()); // kept`),
    use({ give }) {
      const emitter = new EventEmitter();
      give(emitter);
      return keep("emitter", emitter);
    },
    release: (drop: () => void) => drop(),
    roots: ["module", "listener"],
    endsWithScope: false,
  },
  {
    name: "an instance of an exported class",
    text: textOf(`class Plugin { // kept
  run() {
    return look();
  }
}
exports.give = () => new Plugin();`),
    use: ({ give }) => keep("instance", give()),
    release: (drop: () => void) => drop(),
    roots: ["module"],
    endsWithScope: false,
  },
  {
    name: "an exported class",
    text: textOf(`class Plugin { // kept
  run() {
    return look();
  }
}
exports.give = () => Plugin;`),
    use: ({ give }) => keep("class", give()),
    release: (drop: () => void) => drop(),
    roots: ["module"],
    endsWithScope: false,
  },
  {
    name: "a bound function",
    text: textOf(`function run() { // kept
  return look();
}
exports.give = () => run.bind(undefined);`),
    use: ({ give }) => keep("bound", give()),
    release: (drop: () => void) => drop(),
    roots: ["module"],
    endsWithScope: false,
  },
];

/** Hands a promise to a module, and keeps it pending. The result settles it. */
function gate(name: string, give: WayExports["give"]): () => void {
  let open: (() => void) | undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  const drop = keep(name, promise);
  void give(promise);
  return () => {
    drop();
    open!();
  };
}
