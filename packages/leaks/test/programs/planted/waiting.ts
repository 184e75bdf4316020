import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { EventEmitter, on, once } from "node:events";
import { planted, type Leaked } from "./planted.ts";

// Leaks by what has not happened yet: promises, generators, signals, asynchronous contexts.

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
