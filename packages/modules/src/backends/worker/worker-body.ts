import { ModuleLoadError, ModuleUnloadedError } from "../../host/errors.ts";
import type { ResourceLimits } from "../../host/options.ts";
import type { ModuleBody, ModuleInstance } from "../../instances/module-instance.ts";
import type { Linker } from "../backend.ts";
import { nativeLoadError } from "../native/native-load-error.ts";
import { makeFacade } from "./make-facade.ts";
import { WorkerThread } from "./worker-thread.ts";

/** The data that a body needs beside its instance. */
export interface WorkerContext {
  readonly linker: Linker;
  readonly limits: ResourceLimits | undefined;
  readonly onCrash: (error: unknown) => void;
}

/** A module in a thread of its own, and its facade in this one. */
export class WorkerBody implements ModuleBody {
  readonly #context: WorkerContext;
  #instance: ModuleInstance | undefined;
  #thread: WorkerThread | undefined;
  #exports: unknown;
  #evaluation: Promise<void> | undefined;

  constructor(instance: ModuleInstance, context: WorkerContext) {
    this.#instance = instance;
    this.#context = context;
  }

  get exports(): unknown {
    return this.#exports;
  }

  evaluate(): Promise<void> {
    return (this.#evaluation ??= this.#evaluate());
  }

  async #evaluate(): Promise<void> {
    const instance = this.#instance!;
    const { spec, version } = instance;
    const { linker, limits, onCrash } = this.#context;
    const thread = new WorkerThread({
      name: spec.name,
      version,
      url: spec.url,
      file: spec.file!,
      isCommonJs: spec.format !== "module",
      limits,
      onCrash,
      toLoadError: (error) => toLoadError(instance, error),
    });
    this.#thread = thread;
    linker.begin(instance);
    try {
      const description = await thread.load((worker) => instance.prove(worker, spec.name));
      const call = thread.call.bind(thread);
      const exports = makeFacade(description, { name: spec.name, call });
      if (typeof exports === "object" && exports !== null) instance.prove(exports, spec.name);
      if (this.#thread === thread) this.#exports = exports;
    } catch (error) {
      instance.hasFailed = true;
      await thread.terminate();
      if (error instanceof ModuleLoadError || error instanceof ModuleUnloadedError) throw error;
      throw new ModuleLoadError(`Cannot load module "${spec.name}": ${String(error)}`, {
        module: spec.name,
        version,
        phase: "worker",
        cause: error,
      });
    }
  }

  async release(): Promise<void> {
    const thread = this.#thread;
    this.#instance = undefined;
    this.#thread = undefined;
    this.#exports = undefined;
    this.#evaluation = undefined;
    await thread?.terminate();
  }
}

/** Workers load modules as Node does, and their errors are as those of the backend `native`. */
function toLoadError(instance: ModuleInstance, cause: unknown): ModuleLoadError {
  const { name: module } = instance.spec;
  const code = String((cause as { code?: unknown } | null | undefined)?.code);
  if (!code.endsWith("_TYPESCRIPT_SYNTAX")) return nativeLoadError(instance, cause);
  const message = `Cannot load module "${module}": ${String(cause)}`;
  return new ModuleLoadError(message, {
    module,
    version: instance.version,
    phase: "transform",
    cause,
  });
}
