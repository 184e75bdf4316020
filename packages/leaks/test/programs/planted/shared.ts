import { planted } from "./planted.ts";

// Leaks by what the whole process shares. They have a file of their own, because their closures
// reach the scope of the file, so that its variables would seem to be held by a global.

const globals = globalThis as Record<PropertyKey, unknown>;
const ownSymbol = Symbol("own session");

export const shared = [
  planted({
    name: "a global variable",
    holder: /currentUser/,
    root: "global",
    plant: (leaked) => void (globals["currentUser"] = leaked),
    release: () => delete globals["currentUser"],
  }),
  planted({
    name: "a global property with a symbol as its key",
    holder: /own session/,
    root: "global",
    plant: (leaked) => void (globals[ownSymbol] = leaked),
    release: () => delete globals[ownSymbol],
  }),
  planted({
    name: "a global property with a registered symbol as its key",
    holder: /heapwise\.session/,
    root: "global",
    plant: (leaked) => void (globals[Symbol.for("heapwise.session")] = leaked),
    release: () => delete globals[Symbol.for("heapwise.session")],
  }),
  planted({
    name: "a patched prototype",
    holder: /Date[^]*toSession/,
    root: "global",
    plant: (leaked) =>
      void ((Date.prototype as unknown as Record<string, unknown>)["toSession"] = () => leaked),
    release: () => delete (Date.prototype as unknown as Record<string, unknown>)["toSession"],
  }),
  planted({
    name: "a patched method of console",
    holder: /console[^]*timeStamp/,
    root: "global",
    plant(leaked) {
      const former = console.timeStamp;
      // The former method is found again at the closure, which has no other reference to it.
      console.timeStamp = Object.assign((): void => void leaked.program, { former });
    },
    release: () =>
      void (console.timeStamp = (
        console.timeStamp as unknown as { former: Console["timeStamp"] }
      ).former),
  }),
  planted({
    name: "Error.prepareStackTrace",
    holder: /Error[^]*prepareStackTrace/,
    root: "global",
    plant(leaked) {
      const former = Error.prepareStackTrace;
      const prepare = (error: Error, sites: NodeJS.CallSite[]): unknown =>
        former?.(error, sites) ?? `${error} ${leaked.program}`;
      Error.prepareStackTrace = Object.assign(prepare, { former });
    },
    release() {
      const { former } = Error.prepareStackTrace as unknown as {
        former: typeof Error.prepareStackTrace;
      };
      if (former === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
      else Error.prepareStackTrace = former;
    },
  }),
  planted({
    name: "a listener of the process",
    holder: /process[^]*heapwise-reload/,
    root: ["listener", "global"],
    plant(leaked) {
      const onReload = (): string => leaked.program;
      process.on("heapwise-reload", onReload);
      return onReload;
    },
    release: (listener) => process.off("heapwise-reload", listener),
  }),
  planted({
    name: "a listener of the process for one signal",
    holder: /process[^]*SIGUSR2/,
    root: ["listener", "global"],
    plant(leaked) {
      const onSignal = (): void => void leaked.program;
      process.once("SIGUSR2", onSignal);
      return onSignal;
    },
    release: (listener) => process.off("SIGUSR2", listener),
  }),
];
