import { ModuleLoadError } from "../../host/errors.ts";
import type { EventHub } from "../../host/events.ts";
import type { Settings } from "../../host/options.ts";
import type { ModuleBody, ModuleInstance } from "../../instances/module-instance.ts";
import { readSource } from "../../source/read-source.ts";
import type { Backend, Linker } from "../backend.ts";
import { WorkerBody } from "./worker-body.ts";

/**
 * Runs each version of each module in a thread of its own, which ends with it. Node loads the file
 * and its imports there: dependencies are not in the graph of the host, and a reload loads all
 * of them again.
 */
export class WorkerBackend implements Backend {
  readonly name = "worker";
  readonly isUnloadable = true;
  readonly #settings: Settings;
  readonly #events: EventHub;

  constructor(settings: Settings, events: EventHub) {
    this.#settings = settings;
    this.#events = events;
  }

  async prepare(instance: ModuleInstance, linker: Linker): Promise<ModuleBody> {
    const { spec, version } = instance;
    const events = this.#events;
    const { name: module } = spec;
    // Notes the digest, and says early that the file is missing.
    await readSource(instance);
    if (spec.isTypeScript && !stripsTypes()) {
      throw new ModuleLoadError(
        `Cannot load module "${module}": this Node does not remove types, expected Node 22.18 or newer, or JavaScript`,
        { module, version, phase: "transform" },
      );
    }
    return new WorkerBody(instance, {
      linker,
      limits: this.#settings.resourceLimits,
      onCrash: (error) => events.emit("error", { module, version, error }),
    });
  }
}

function stripsTypes(): boolean {
  const { typescript } = process.features as { typescript?: unknown };
  return typescript !== undefined && typescript !== false;
}
