import { createHook } from "node:async_hooks";
import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { PerformanceObserver } from "node:perf_hooks";
import { planted } from "./planted.ts";

// Leaks by what the whole process shares. They have a file of their own, because their closures
// reach the scope of the file, so that its variables would seem to be held by a global.

const globals = globalThis as Record<PropertyKey, unknown>;
const ownSymbol = Symbol("own session");
let channels = 0;

/**
 * A name of a channel that is new in each run: when Node 20 collects a channel, it forgets the next
 * one of that name too, with its subscribers.
 */
function newChannel(name: string): string {
  // A key of an object is one text in a snapshot, where a text of two parts has no name.
  return Object.keys({ [`${name} ${channels++}`]: 0 })[0]!;
}

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
    // Test runners keep `Date` in variables of theirs.
    root: ["global", "module"],
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
  planted({
    name: "a subscriber of a diagnostics channel",
    holder: /diagnostics_channel "heapwise:query \d+"[^]*onQuery/,
    root: ["listener", "module", "other"],
    plant(leaked) {
      const name = newChannel("heapwise:query");
      const onQuery = (): string => leaked.program;
      subscribe(name, onQuery);
      return Object.assign(onQuery, { channel: name });
    },
    release: (subscriber) => unsubscribe(subscriber.channel, subscriber),
  }),
  planted({
    name: "a subscriber of a channel object",
    holder: /diagnostics_channel "heapwise:request \d+"/,
    root: ["listener", "module", "other"],
    plant(leaked) {
      const name = newChannel("heapwise:request");
      const onRequest = (): string => leaked.program;
      channel(name).subscribe(onRequest);
      return Object.assign(onRequest, { channel: name });
    },
    release: (subscriber) => channel(subscriber.channel).unsubscribe(subscriber),
  }),
  planted({
    name: "a performance observer",
    holder: /PerformanceObserver/,
    root: ["listener", "module", "other"],
    plant(leaked) {
      const observer = new PerformanceObserver(() => leaked.program);
      observer.observe({ entryTypes: ["mark"] });
      return observer;
    },
    release: (observer) => observer.disconnect(),
  }),
  planted({
    name: "a hook of asynchronous resources",
    holder: /AsyncHook/,
    root: ["listener", "async-context", "module", "other"],
    plant(leaked) {
      // Only `destroy`: with `init`, each promise of the runner would be reported.
      return createHook({ destroy: () => void leaked.program }).enable();
    },
    release: (hook) => hook.disable(),
  }),
];
