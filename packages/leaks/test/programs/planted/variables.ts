import { createRequire, Module } from "node:module";
import { promisify } from "node:util";
import vm from "node:vm";
import { planted, type Leaked } from "./planted.ts";

// Leaks by the language alone: variables, properties, functions, classes and proxies.

const { WebAssembly } = globalThis as unknown as Wasm;
const require = createRequire(import.meta.url);

let currentSession: Leaked | undefined;
let boundMethod: (() => string) | undefined;
let boundArgument: (() => string) | undefined;
let smallHandler: (() => number) | undefined;
let heldArguments: IArguments | undefined;
let proxyOfSession: object | undefined;
let proxyByHandler: object | undefined;
let revocableProxy: { proxy: object; revoke: () => void } | undefined;
let wasmInstance: object | undefined;
const sparseList: Leaked[] = [];
const configuration: { readonly session?: Leaked } = {};
const sandbox = vm.createContext({});
const byTemplate = new Map<TemplateStringsArray, Leaked>();
// Once for all runs, since a second script cannot declare it again.
vm.runInContext("let keptByScript", sandbox);

// oxlint-disable-next-line typescript/no-extraneous-class
class Registry {
  static last: Leaked | undefined;
}

// oxlint-disable-next-line typescript/no-extraneous-class
class Counter {
  static remember: (leaked?: Leaked) => unknown;
  static {
    let lastCounted: Leaked | undefined;
    this.remember = (leaked?: Leaked): unknown => {
      const former = lastCounted;
      lastCounted = leaked;
      return former;
    };
  }
}

class Vault {
  #secret: Leaked | undefined;

  swap(leaked: Leaked | undefined): unknown {
    const former = this.#secret;
    this.#secret = leaked;
    return former;
  }
}
const vault = new Vault();

function describe(this: Leaked): string {
  return this.program;
}

function describeOf(leaked: Leaked): string {
  return leaked.program;
}

/** Both closures share one context, so that the small one keeps what only the large one uses. */
function makeHandlers(leaked: Leaked): { small: () => number; large: () => string } {
  return { small: () => 1, large: () => leaked.program };
}

function keepArguments(..._values: unknown[]): void {
  // oxlint-disable-next-line prefer-rest-params
  heldArguments = arguments;
}

function tag(strings: TemplateStringsArray, leaked: Leaked): void {
  byTemplate.set(strings, leaked);
}

function readConfiguration(): void {
  // The function object itself is what keeps the value of its property.
}

/** A module that imports and exports one function: `(import "m" "f") (export "g" (func 0))`. */
const wasmBytes = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 109, 1, 102, 0, 0, 7, 5, 1, 1, 103, 0,
  0,
]);

/** Reads the variables, which nobody else does: they are there to hold. */
export const readVariables = (): unknown[] => [
  currentSession,
  boundMethod,
  boundArgument,
  smallHandler,
  heldArguments,
  proxyOfSession,
  proxyByHandler,
  revocableProxy,
  wasmInstance,
];

/** The types of Node 20 do not have it. */
interface Wasm {
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object, imports?: object) => object;
  };
}

export const variables = [
  planted({
    name: "a module variable",
    holder: /currentSession/,
    root: "module",
    plant: (leaked) => void (currentSession = leaked),
    release: () => void (currentSession = undefined),
  }),
  planted({
    name: "a static field of a class",
    holder: /Registry[^]*last/,
    root: "module",
    plant: (leaked) => void (Registry.last = leaked),
    release: () => void (Registry.last = undefined),
  }),
  planted({
    name: "a variable of a static block",
    holder: /lastCounted/,
    root: "module",
    plant: (leaked) => void Counter.remember(leaked),
    release: () => void Counter.remember(),
  }),
  planted({
    name: "a private field",
    holder: /vault[^]*#secret/,
    root: "module",
    plant: (leaked) => void vault.swap(leaked),
    release: () => void vault.swap(undefined),
  }),
  planted({
    name: "the closure of a getter",
    holder: /configuration[^]*session/,
    root: "module",
    plant: (leaked) =>
      void Object.defineProperty(configuration, "session", {
        get: () => leaked,
        configurable: true,
      }),
    release: () => delete (configuration as { session?: Leaked }).session,
  }),
  planted({
    name: "a closure that uses nothing, but shares the context of one that does",
    holder: /smallHandler/,
    root: "module",
    plant: (leaked) => void (smallHandler = makeHandlers(leaked).small),
    release: () => void (smallHandler = undefined),
  }),
  planted({
    name: "an arguments object",
    holder: /heldArguments/,
    root: "module",
    plant: (leaked) => keepArguments(1, leaked),
    release: () => void (heldArguments = undefined),
  }),
  planted({
    name: "an array with holes",
    holder: /sparseList[^]*1000000/,
    root: "module",
    plant: (leaked) => void (sparseList[1_000_000] = leaked),
    release: () => void (sparseList.length = 0),
  }),
  planted({
    name: "the this of a bound function",
    holder: /boundMethod[^]*this/,
    root: "module",
    plant: (leaked) => void (boundMethod = describe.bind(leaked)),
    release: () => void (boundMethod = undefined),
  }),
  planted({
    name: "an argument of a bound function",
    holder: /boundArgument[^]*argument/,
    root: "module",
    plant: (leaked) => void (boundArgument = describeOf.bind(undefined, leaked)),
    release: () => void (boundArgument = undefined),
  }),
  planted({
    name: "a property of a function",
    holder: /readConfiguration[^]*(?:promisify|custom)/,
    root: "module",
    plant: (leaked) =>
      void Object.assign(readConfiguration, { [promisify.custom]: () => leaked.program }),
    release: () => delete (readConfiguration as { [promisify.custom]?: unknown })[promisify.custom],
  }),
  planted({
    name: "a cache by the strings of a tagged template",
    holder: /byTemplate/,
    root: "module",
    plant: (leaked) => tag`session ${leaked}`,
    release: () => byTemplate.clear(),
  }),
  planted({
    name: "the target of a proxy",
    holder: /proxyOfSession/,
    root: "module",
    plant: (leaked) => void (proxyOfSession = new Proxy(leaked, {})),
    release: () => void (proxyOfSession = undefined),
  }),
  planted({
    name: "the handler of a proxy",
    holder: /proxyByHandler/,
    root: "module",
    plant: (leaked) => void (proxyByHandler = new Proxy({}, { get: () => leaked.program })),
    release: () => void (proxyByHandler = undefined),
  }),
  planted({
    name: "a proxy that is not revoked",
    holder: /revocableProxy/,
    root: "module",
    plant: (leaked) => void (revocableProxy = Proxy.revocable(leaked, {})),
    release: () => void revocableProxy?.revoke(),
  }),
  planted({
    name: "a global of a vm context",
    holder: /keptInContext/,
    root: ["module", "global"],
    plant: (leaked) => void (sandbox["keptInContext"] = leaked),
    release: () => delete sandbox["keptInContext"],
  }),
  planted({
    name: "a variable of a script in a vm context",
    holder: /keptByScript/,
    // Node holds the context too, and only V8 knows the variables of its scripts.
    root: ["module", "global", "other"],
    plant(leaked) {
      // Nothing holds the function, so that only the script is a holder.
      const text = "(leaked) => void (keptByScript = leaked)";
      const keep = vm.runInContext(text, sandbox) as (leaked: Leaked) => void;
      keep(leaked);
    },
    release: () => void vm.runInContext("keptByScript = undefined", sandbox),
  }),
  planted({
    name: "the cache of CommonJS modules",
    holder: /plugin\.cjs/,
    root: ["module", "cache"],
    plant(leaked) {
      const plugin = new Module("/virtual/plugin.cjs");
      plugin.exports = { leaked };
      require.cache["/virtual/plugin.cjs"] = plugin as NodeJS.Module;
    },
    release: () => delete require.cache["/virtual/plugin.cjs"],
  }),
  planted({
    name: "a variable of an ES module",
    holder: /sessionsOfPlugin/,
    root: "module",
    async plant(leaked) {
      const text = `
        const sessionsOfPlugin = [];
        export const remember = (session) => void sessionsOfPlugin.push(session);
        export const forget = () => void sessionsOfPlugin.pop();`;
      const plugin = (await import(
        /* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`
      )) as { remember: (session: Leaked) => void; forget: () => void };
      plugin.remember(leaked);
      return plugin.forget;
    },
    release: (forget) => forget(),
  }),
  planted({
    name: "an export of an ES module",
    holder: /pluginState/,
    root: "module",
    async plant(leaked) {
      const address = "data:text/javascript,export const pluginState = {}";
      const { pluginState } = (await import(/* @vite-ignore */ address)) as {
        pluginState: { leaked?: Leaked };
      };
      pluginState.leaked = leaked;
      return pluginState;
    },
    release: (state) => delete state.leaked,
  }),
  planted({
    name: "an import of a WebAssembly instance",
    holder: /wasmInstance/,
    root: "module",
    plant(leaked) {
      const imports = { m: { f: () => void leaked.program } };
      wasmInstance = new WebAssembly.Instance(new WebAssembly.Module(wasmBytes), imports);
    },
    release: () => void (wasmInstance = undefined),
  }),
];
