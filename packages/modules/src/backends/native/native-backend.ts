import type { EventHub } from "../../host/events.ts";
import type { Settings } from "../../host/options.ts";
import type { ModuleBody, ModuleInstance } from "../../instances/module-instance.ts";
import { readSource } from "../../source/read-source.ts";
import type { Backend, Linker } from "../backend.ts";
import { NativeBody } from "./native-body.ts";

const REASON = "the module map of Node keeps what Node has loaded";
const ADVICE = "; vite, the option transform, or --experimental-vm-modules would help";

/**
 * Loads modules by Node itself: by `import()` and `require` of the process, with exactly its
 * semantics. Their imports come from the process too. Nothing of it can be unloaded.
 */
export class NativeBackend implements Backend {
  readonly name = "native";
  readonly isUnloadable = false;
  readonly #events: EventHub;
  readonly #reason: string;
  readonly #reported = new Set<string>();

  constructor(settings: Settings, events: EventHub) {
    this.#events = events;
    this.#reason = settings.backend === "auto" ? REASON + ADVICE : REASON;
  }

  async prepare(instance: ModuleInstance, linker: Linker): Promise<ModuleBody> {
    // Node reads it again. This tells a missing file, and notes the digest.
    readSource(instance);
    return this.#make(instance, linker);
  }

  prepareNow(instance: ModuleInstance, linker: Linker): ModuleBody {
    readSource(instance);
    return this.#make(instance, linker);
  }

  #make(instance: ModuleInstance, linker: Linker): ModuleBody {
    return new NativeBody(instance, () => {
      linker.begin(instance);
      this.#report(instance);
    });
  }

  #report({ spec, version }: ModuleInstance): void {
    if (this.#reported.has(spec.name)) return;
    this.#reported.add(spec.name);
    this.#events.emit("not-unloadable", { module: spec.name, version, reason: this.#reason });
  }
}
