import type { Settings } from "../../host/options.ts";
import type { ModuleBody, ModuleInstance } from "../../instances/module-instance.ts";
import { plainSource } from "../../source/module-source.ts";
import type { Backend, Linker } from "../backend.ts";
import { blame, loadErrorOf } from "../function/blame.ts";
import { Facades } from "./facades.ts";
import { VmModuleBody } from "./vm-module-body.ts";

/**
 * Runs ES modules as they are, as modules of V8, for which Node wants the flag
 * `--experimental-vm-modules`. CommonJS and JSON run as functions.
 */
export class VmModuleBackend implements Backend {
  readonly name = "vm-module";
  readonly isUnloadable = true;
  readonly #settings: Settings;
  readonly #facades = new Facades();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async prepare(instance: ModuleInstance, linker: Linker): Promise<ModuleBody> {
    const { code } = await plainSource(instance, this.#settings);
    const { codeCache } = this.#settings;
    const body = new VmModuleBody(instance, linker, {
      text: code,
      facades: this.#facades,
      codeCache,
    });
    try {
      await body.findTargets();
    } catch (error) {
      blame(error, instance, "link");
      throw loadErrorOf(error, instance);
    }
    return body;
  }
}
