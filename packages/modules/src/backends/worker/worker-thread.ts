import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { ModuleLoadError, ModuleUnloadedError } from "../../host/errors.ts";
import type { ResourceLimits } from "../../host/options.ts";
import type { AnswerMessage, CallMessage, Description, StartMessage } from "./messages.ts";
import { fromSentError } from "./from-sent-error.ts";
import { workerProgram } from "./worker-program.ts";

/** The data that a thread needs to know of the version that it runs. */
export interface ThreadParts {
  readonly name: string;
  readonly version: number;
  readonly url: string;
  readonly file: string;
  readonly isCommonJs: boolean;
  readonly limits: ResourceLimits | undefined;
  /** Called if the thread ends by itself after the module was loaded. */
  readonly onCrash: (error: unknown) => void;
  /** Makes the error of a load out of what Node threw in the thread. */
  readonly toLoadError: (error: unknown) => ModuleLoadError;
}

interface Waiter {
  /** For errors, such as `call "render" of module "page.mjs"`. */
  readonly action: string;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The thread of one version. It keeps the process running only while calls wait for it. */
export class WorkerThread {
  readonly #parts: ThreadParts;
  readonly #waiters = new Map<number, Waiter>();
  #worker: Worker | undefined;
  #port: MessagePort | undefined;
  #calls = 0;
  #isLoaded = false;
  /** Why the thread ended, if it did so by itself. */
  #crash: { readonly found: string; readonly cause?: unknown } | undefined;

  constructor(parts: ThreadParts) {
    this.#parts = parts;
  }

  /**
   * Starts the thread, and loads the module in it.
   * @param watch Gets the thread before it runs.
   * @throws {ModuleLoadError}
   */
  async load(watch: (worker: Worker) => void): Promise<Description> {
    const { name, url, file, isCommonJs } = this.#parts;
    const { port1, port2 } = new MessageChannel();
    const start: StartMessage = { port: port2, url, file, isCommonJs };
    const description = await this.#wait(0, `load module "${name}"`, () => {
      const worker = this.#start(port1);
      watch(worker);
      worker.postMessage(start, [port2]);
    });
    this.#isLoaded = true;
    return description as Description;
  }

  /** Calls a function of the module. Rejects with its error, or if the thread has ended. */
  async call(path: readonly string[], args: readonly unknown[]): Promise<unknown> {
    const { name, version } = this.#parts;
    const verb = `call "${path.length === 0 ? "module.exports" : path.join(".")}"`;
    const action = `${verb} of module "${name}"`;
    if (this.#crash !== undefined) throw this.#ended(action);
    const port = this.#port;
    if (port === undefined) throw new ModuleUnloadedError(verb, name, version);
    const id = ++this.#calls;
    return await this.#wait(id, action, () => {
      try {
        port.postMessage({ id, path, args } satisfies CallMessage);
      } catch (cause) {
        throw notCloned(action, "an argument", (cause as Error).message, cause);
      }
    });
  }

  /** Ends the thread. Calls that wait get a ModuleUnloadedError. */
  async terminate(): Promise<void> {
    const { name, version } = this.#parts;
    const worker = this.#worker;
    this.#letGo();
    this.#rejectAll(() => new ModuleUnloadedError("finish call", name, version));
    await worker?.terminate();
  }

  #start(port: MessagePort): Worker {
    const { name, version, limits } = this.#parts;
    port.on("message", (message: AnswerMessage) => this.#settle(message));
    port.on("messageerror", (error: unknown) => this.#onCrash("it sent a broken message", error));
    port.unref();
    const worker = new Worker(workerProgram, {
      eval: true,
      name: `${name} ${version}`,
      ...(limits !== undefined && { resourceLimits: definedIn(limits) }),
    });
    worker.unref();
    worker.on("error", (error) => this.#onCrash("its thread ended with an error", error));
    worker.on("exit", (code) => this.#onCrash(`its thread ended with exit code ${code}`));
    this.#port = port;
    return (this.#worker = worker);
  }

  #wait(id: number, action: string, send: () => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      send();
      this.#waiters.set(id, { action, resolve, reject });
      this.#worker?.ref();
    });
  }

  #settle(message: AnswerMessage): void {
    const waiter = this.#waiters.get(message.id);
    if (waiter === undefined) return;
    this.#waiters.delete(message.id);
    if (this.#waiters.size === 0) this.#worker?.unref();
    if ("value" in message) {
      waiter.resolve(message.value);
      return;
    }
    if ("notCloned" in message) {
      waiter.reject(notCloned(waiter.action, "its result", message.notCloned));
      return;
    }
    const error = fromSentError(message.error);
    waiter.reject(message.id === 0 ? this.#parts.toLoadError(error) : error);
  }

  #onCrash(found: string, cause?: unknown): void {
    const port = this.#port;
    // The host ended it, or an error came before the exit.
    if (port === undefined) return;
    // Its answers before it ended.
    for (
      let got = receiveMessageOnPort(port);
      got !== undefined;
      got = receiveMessageOnPort(port)
    ) {
      this.#settle(got.message as AnswerMessage);
    }
    this.#crash = cause === undefined ? { found } : { found: `${found} (${String(cause)})`, cause };
    this.#letGo();
    const hasCalls = this.#waiters.size > 0;
    this.#rejectAll(({ action }) => this.#ended(action));
    if (hasCalls || !this.#isLoaded) return;
    this.#parts.onCrash(this.#ended(`run module "${this.#parts.name}"`));
  }

  #letGo(): void {
    this.#port?.close();
    this.#port = undefined;
    this.#worker = undefined;
  }

  #rejectAll(makeError: (waiter: Waiter) => Error): void {
    const waiters = [...this.#waiters.values()];
    this.#waiters.clear();
    for (const waiter of waiters) waiter.reject(makeError(waiter));
  }

  #ended(action: string): ModuleLoadError {
    const { name: module, version } = this.#parts;
    const { found, ...rest } = this.#crash!;
    const message = `Cannot ${action}: ${found}, expected the worker to run on`;
    return new ModuleLoadError(message, { module, version, phase: "worker", ...rest });
  }
}

function notCloned(action: string, what: string, why: string, cause?: unknown): TypeError {
  const message = `Cannot ${action}: ${what} cannot be cloned (${why}), expected data`;
  return new TypeError(message, cause === undefined ? undefined : { cause });
}

function definedIn(limits: ResourceLimits): Record<string, number> {
  const entries = Object.entries(limits) as [string, number | undefined][];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}
