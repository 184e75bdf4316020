import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { EventEmitter, on, once } from "node:events";
import { planted, type Leaked } from "./planted.ts";

// Leaks by what has not happened yet: timers, promises, generators, signals, asynchronous contexts.

const FAR = 1_000_000_000;
const storage = new AsyncLocalStorage<Leaked>();
const serverShutdown = new AbortController();
const jobs = new EventEmitter();
const queueOfJobs = new EventEmitter();
let never: Promise<void> | undefined;
let openGate: (() => void) | undefined;
let gate: Promise<void> | undefined;
let shutdown: Promise<undefined> | undefined;
let pausedGenerator: Generator<string> | undefined;
let pausedAsyncGenerator: AsyncGenerator<string> | undefined;
let settledPromise: Promise<Leaked> | undefined;
let heldJob: AsyncResource | undefined;
let enteredJob: AsyncResource | undefined;
let boundToContext: (() => void) | undefined;
let bufferedJobs: AsyncIterator<unknown> | undefined;
let shutdownReason: AbortController | undefined;
let rearm = false;

const nothing = (..._values: unknown[]): void => undefined;

async function waitForGate(leaked: Leaked): Promise<string> {
  await gate;
  return leaked.program;
}

function* programsOf(leaked: Leaked): Generator<string> {
  yield "first";
  yield leaked.program;
}

async function* programsLater(leaked: Leaked): AsyncGenerator<string> {
  yield "first";
  yield leaked.program;
}

function renewImmediate(leaked: Leaked): void {
  if (rearm && leaked.program !== "") setImmediate(() => renewImmediate(leaked));
}

async function waitFor(timer: (resolve: () => void) => void, leaked: Leaked): Promise<string> {
  await new Promise<void>(timer);
  return leaked.program;
}

async function waitForJob(leaked: Leaked): Promise<string> {
  await once(jobs, "never");
  return leaked.program;
}

/** Reads the variables, which nobody else does: they are there to hold. */
export const readWaiting = (): unknown[] => [
  never,
  openGate,
  gate,
  shutdown,
  pausedGenerator,
  pausedAsyncGenerator,
  settledPromise,
  heldJob,
  enteredJob,
  boundToContext,
  bufferedJobs,
  shutdownReason,
];

export const waiting = [
  planted({
    name: "a timer",
    holder: /Timeout[^]*onTimeout/,
    root: "timer",
    plant: (leaked) => setTimeout(() => leaked.program, FAR),
    release: (timer) => clearTimeout(timer),
  }),
  planted({
    name: "a timer without a reference of the loop",
    holder: /Timeout[^]*onUnreferenced/,
    root: "timer",
    plant: (leaked) =>
      setTimeout(function onUnreferenced() {
        return leaked.program;
      }, FAR + 1).unref(),
    release: (timer) => clearTimeout(timer),
  }),
  planted({
    name: "an argument of a timer",
    holder: /Timeout/,
    root: "timer",
    plant: (leaked) => setTimeout(nothing, FAR + 2, leaked),
    release: (timer) => clearTimeout(timer),
  }),
  planted({
    name: "an interval",
    holder: /Timeout[^]*onInterval/,
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
    holder: /Timeout/,
    root: "timer",
    plant(leaked) {
      let timer: NodeJS.Timeout | undefined;
      void waitFor((resolve) => (timer = setTimeout(resolve, FAR + 5)), leaked);
      return timer!;
    },
    release: (timer) => clearTimeout(timer),
  }),
  planted({
    name: "a callback of a promise that never settles",
    holder: /never/,
    root: ["module", "promise"],
    plant(leaked) {
      never = new Promise(nothing);
      void never.then(() => leaked.program);
    },
    release: () => void (never = undefined),
  }),
  planted({
    name: "the resolver of a promise",
    holder: /openGate/,
    root: ["module", "promise"],
    plant(leaked) {
      const promise = new Promise<void>((resolve) => (openGate = resolve));
      void promise.then(() => leaked.program);
    },
    release: () => void (openGate = undefined),
  }),
  planted({
    name: "the value of a settled promise",
    holder: /settledPromise/,
    root: ["module", "promise"],
    plant: (leaked) => void (settledPromise = Promise.resolve(leaked)),
    release: () => void (settledPromise = undefined),
  }),
  planted({
    name: "an async function that waits for a held promise",
    holder: /gate/,
    root: ["module", "promise"],
    plant(leaked) {
      gate = new Promise(nothing);
      void waitForGate(leaked);
    },
    release: () => void (gate = undefined),
  }),
  planted({
    name: "the winner of a race against a promise that lives long",
    // V8 14 lets go of the winner.
    supported: () => Number(process.versions.v8.split(".")[0]) < 14,
    holder: /shutdown/,
    root: ["module", "promise"],
    async plant(leaked) {
      shutdown = new Promise(nothing);
      await Promise.race([shutdown, Promise.resolve(leaked)]);
    },
    release: () => void (shutdown = undefined),
  }),
  planted({
    name: "a generator that stopped halfway",
    holder: /pausedGenerator/,
    root: "module",
    plant(leaked) {
      pausedGenerator = programsOf(leaked);
      pausedGenerator.next();
    },
    // A generator that has returned keeps its arguments too.
    release: () => void (pausedGenerator = undefined),
  }),
  planted({
    name: "an async generator that stopped halfway",
    holder: /pausedAsyncGenerator/,
    root: "module",
    async plant(leaked) {
      pausedAsyncGenerator = programsLater(leaked);
      await pausedAsyncGenerator.next();
    },
    release: () => void (pausedAsyncGenerator = undefined),
  }),
  planted({
    name: "the store of a resource's asynchronous context",
    holder: /heldJob/,
    root: ["module", "async-context"],
    plant: (leaked) => void storage.run(leaked, () => (heldJob = new AsyncResource("job"))),
    release: () => void (heldJob = undefined),
  }),
  planted({
    name: "a store that was entered and not left",
    holder: /enteredJob/,
    root: ["module", "async-context"],
    plant(leaked) {
      new AsyncResource("scope").runInAsyncScope(() => {
        storage.enterWith(leaked);
        enteredJob = new AsyncResource("job");
      });
    },
    release: () => void (enteredJob = undefined),
  }),
  planted({
    name: "a function bound to an asynchronous context",
    holder: /boundToContext/,
    root: ["module", "async-context"],
    plant: (leaked) =>
      void storage.run(leaked, () => (boundToContext = AsyncResource.bind(nothing))),
    release: () => void (boundToContext = undefined),
  }),
  planted({
    name: "the store of a timer's asynchronous context",
    holder: /Timeout/,
    root: ["timer", "async-context"],
    plant: (leaked) => storage.run(leaked, () => setTimeout(nothing, FAR + 4)),
    release: (timer) => clearTimeout(timer),
  }),
  planted({
    name: "a listener of a signal",
    holder: /serverShutdown[^]*onShutdown/,
    root: ["module", "listener"],
    plant(leaked) {
      const onShutdown = (): string => leaked.program;
      serverShutdown.signal.addEventListener("abort", onShutdown);
      return onShutdown;
    },
    release: (listener) => serverShutdown.signal.removeEventListener("abort", listener),
  }),
  planted({
    name: "a listener of a signal made of others",
    holder: /gcPersistentSignals|AbortSignal/,
    root: ["module", "listener", "other"],
    plant(leaked) {
      const onAnyAbort = (): string => leaked.program;
      const signal = AbortSignal.any([serverShutdown.signal]);
      signal.addEventListener("abort", onAnyAbort);
      return Object.assign(onAnyAbort, { signal });
    },
    release: (listener) => listener.signal.removeEventListener("abort", listener),
  }),
  planted({
    name: "the reason of an aborted signal",
    holder: /shutdownReason/,
    root: "module",
    plant(leaked) {
      shutdownReason = new AbortController();
      shutdownReason.abort({ leaked });
    },
    release: () => void (shutdownReason = undefined),
  }),
  planted({
    name: "an async function that waits for an event",
    holder: /jobs/,
    root: ["module", "listener"],
    plant: (leaked) => void waitForJob(leaked),
    // `once` listens to "error" too.
    release: () => jobs.removeAllListeners(),
  }),
  planted({
    name: "an event that an async iterator has buffered",
    holder: /queueOfJobs|bufferedJobs/,
    root: ["module", "listener"],
    plant(leaked) {
      bufferedJobs = on(queueOfJobs, "job");
      queueOfJobs.emit("job", leaked);
    },
    async release() {
      await bufferedJobs?.return?.();
      bufferedJobs = undefined;
    },
  }),
];
