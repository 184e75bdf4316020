// Plants a leak of each kind, each of a class of its own, and writes a heap snapshot to the path of
// the first argument.
import { AsyncLocalStorage } from "node:async_hooks";
import { channel, subscribe } from "node:diagnostics_channel";
import { EventEmitter } from "node:events";
import { watch, watchFile } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import net from "node:net";
import { PassThrough } from "node:stream";
import v8 from "node:v8";
import { MessageChannel, Worker } from "node:worker_threads";
import { keepInOtherModule } from "./planted-module.mjs";

const require = createRequire(import.meta.url);

/** An instance of a class with this name. Before Node 26 a snapshot has no computed names. */
function make(name) {
  const Class = new Function(`return class ${name} { fields = [1, 2, 3]; }`)();
  return new Class();
}

/** Runs a function in a frame of its own, so that nothing stays on the stack. */
function apart(run) {
  run();
}

// The global object.
globalThis.planted = { list: [0, make("DeepInGlobal")] };
globalThis["a key"] = make("UnderKey");
globalThis[Symbol.for("my.registry")] = make("UnderSymbol");
globalThis.map = new Map([
  ["u1", make("MapValue")],
  [make("MapKey"), 1],
  [7, make("NumberedValue")],
  [Symbol("s"), make("SymbolValue")],
  ["outer", new Map([["in.ner", { set: new Set([make("DeepInMaps")]) }]])],
]);
globalThis.dictionary = Object.create(null);
for (let i = 0; i < 2000; i++) globalThis.dictionary[`k${i}`] = 1;
globalThis.dictionary["the key"] = make("InDictionary");
globalThis.sparse = [];
globalThis.sparse[1e9] = make("InSparseArray");
globalThis.bytes = Object.assign(new Uint8Array(8), { extra: make("OnTypedArray") });
globalThis.error = Object.assign(new Error("x"), { detail: make("OnError") });
globalThis.args = (function () {
  return arguments;
})(make("InArguments"));
globalThis.key = { k: 1 };
globalThis.registry = new FinalizationRegistry(() => {});
globalThis.registry.register(globalThis.key, make("HeldByRegistry"));
globalThis.promise = Promise.resolve(make("PromiseValue"));
globalThis.weakRef = new WeakRef(make("OnlyWeak"));
globalThis.weakSet = new WeakSet([make("InWeakSet")]);
apart(() => {
  const held = make("InGetter");
  globalThis.withGetter = Object.defineProperty({}, "y", {
    get: function read() {
      return held;
    },
  });
});
apart(() => {
  const held = make("InClosure");
  globalThis.closure = function uses() {
    return held;
  };
});
{
  const count = 1;
  let inBlock = make("InBlock");
  globalThis.block = () => [count, inBlock];
  inBlock = inBlock ?? count;
}
const { prototype } = Array;
prototype.planted = make("OnPrototype");
apart(() => {
  const held = make("InPrepareStackTrace");
  Error.prepareStackTrace = (error) => String(held && error);
});
class Holder {
  static instances = new Set();
  static #last = null;
  #own;
  constructor(own, last) {
    this.#own = own;
    Holder.#last = last;
  }
  read() {
    return [this.#own, Holder.#last];
  }
}
Holder.instances.add(make("InClassStatic"));
globalThis.Holder = Holder;
globalThis.holder = new Holder(make("InPrivateField"), make("InPrivateStatic"));
globalThis.SubMap = class SubMap extends Map {};
globalThis.subMap = new globalThis.SubMap([["q", make("InSubclassOfMap")]]);

// Variables of modules.
const moduleVariable = make("ModuleVariable");
const moduleMap = new Map([["u2", make("InModuleMap")]]);
export const exported = { inner: make("InExport") };
const bound = function named() {}.bind(make("BoundThis"), 1, make("BoundArgument"));
const generator = (function* generate() {
  const local = make("InGenerator");
  yield 1;
  return local;
})();
generator.next();
const iterator = new Map([["z", make("InIterator")]]).entries();
const proxy = new Proxy(make("ProxyTarget"), { handler: make("ProxyHandler") });
const leaf = apart2(() => {
  const root = make("TreeRoot");
  root.children = [{ parent: root }];
  return root.children[0];
});
function apart2(run) {
  return run();
}
const weakMap = new WeakMap([[globalThis.key, make("WeakMapValue")]]);
keepInOtherModule(make("InOtherModule"));
require("./planted-common.cjs").keep(make("InCommonModule"));
require("./planted-common.cjs").slots.first = make("OnExports");
export const uses = () =>
  [].concat(moduleVariable, moduleMap, bound, generator, iterator, proxy, leaf, weakMap, pending);

// Timers.
apart(() => {
  const held = make("InTimeout");
  setTimeout(function onTimeout() {
    return held;
  }, 1_000_000);
});
apart(() => {
  const held = make("InUnrefInterval");
  setInterval(() => held, 1_000_001).unref();
});
apart(() => setTimeout(() => {}, 1_000_002, 1, make("TimerArgument")).unref());
apart(() => {
  const held = make("InImmediate");
  setImmediate(function again() {
    setImmediate(again);
    return held;
  });
});

// Listeners.
globalThis.emitter = new EventEmitter();
globalThis.target = new EventTarget();
const controller = new AbortController();
globalThis.controller = controller;
const listen = [
  ["OnProcess", (fn) => process.on("SIGUSR2", fn)],
  ["OnProcessToo", (fn) => process.on("SIGUSR2", fn)],
  ["OnceOnProcess", (fn) => process.once("exit", fn)],
  ["OnEmitter", (fn) => globalThis.emitter.on("data", fn)],
  ["OnEmitterSymbol", (fn) => globalThis.emitter.on(Symbol("done"), fn)],
  ["OnSignal", (fn) => controller.signal.addEventListener("abort", fn)],
  ["OnTarget", (fn) => globalThis.target.addEventListener("ping", fn)],
  ["OnTimeoutSignal", (fn) => AbortSignal.timeout(1e7).addEventListener("abort", fn)],
  ["OnChannel", (fn) => channel("my:channel").subscribe(fn)],
  ["OnChannelToo", (fn) => subscribe("my:channel2", fn)],
  ["OnServer", (fn) => net.createServer(fn).listen(0).unref()],
  ["OnHttpServer", (fn) => createServer(fn).listen(0).unref()],
  ["OnWatcher", (fn) => watch(import.meta.dirname ?? ".", fn).unref()],
  ["OnFileWatcher", (fn) => watchFile("missing", { persistent: false }, fn)],
  ["OnPort", (fn) => new MessageChannel().port1.on("message", fn).unref()],
  ["OnWorker", (fn) => new Worker("setInterval(() => {}, 1e6)", { eval: true }).on("message", fn)],
];
for (const [name, add] of listen) {
  apart(() => {
    const held = make(name);
    add(function listener() {
      return held;
    });
  });
}
globalThis.target.addEventListener("object", { handleEvent() {}, field: make("HandlerObject") });
globalThis.stream = new PassThrough({ objectMode: true });
globalThis.stream.write(make("InStream"));

// Promises that nothing settles, and async context.
const pending = new Promise(() => {});
apart(() => {
  const held = make("InReaction");
  pending.then(function onDone() {
    return held;
  });
});
apart(() => {
  const held = make("InAwait");
  (async function waits() {
    await pending;
    return held;
  })();
});
apart(() => {
  const held = make("BehindResolver");
  new Promise((resolve) => (globalThis.resolve = resolve)).then(() => held);
});
const storage = new AsyncLocalStorage();
const run = (name, fn) => storage.run({ store: make(name) }, fn);
run("InTimersStore", () => setTimeout(() => {}, 1_000_003).unref());
run("InPromisesStore", () => pending.then(() => 1));

// Three holders.
globalThis.three = make("HeldThrice");
moduleMap.set("three", globalThis.three);
setTimeout(() => {}, 1_000_004, globalThis.three).unref();

await new Promise((resolve) => setTimeout(resolve, 20));
(function onStack() {
  const local = make("OnStack");
  v8.writeHeapSnapshot(process.argv[2]);
  return local;
})();
process.exit(0);
