import { extname } from "node:path";
import type { Settings } from "../../host/options.ts";
import type { ModuleBody, ModuleInstance } from "../../instances/module-instance.ts";
import { readSource, readSourceNow } from "../../source/read-source.ts";
import type { Backend, Linker } from "../backend.ts";
import { CommonJsBody } from "./commonjs-body.ts";

/** Runs modules as functions: CommonJS, JSON, and ES modules that were transformed. */
export class FunctionBackend implements Backend {
  readonly name = "function";
  readonly isUnloadable = true;
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async prepare(instance: ModuleInstance, linker: Linker): Promise<ModuleBody> {
    return this.#make(instance, linker, await readSource(instance));
  }

  prepareNow(instance: ModuleInstance, linker: Linker): ModuleBody {
    return this.#make(instance, linker, readSourceNow(instance));
  }

  #make(instance: ModuleInstance, linker: Linker, text: string): ModuleBody {
    if (extname(instance.spec.url) === ".json") {
      return { exports: JSON.parse(text), evaluate: async () => {}, release: () => {} };
    }
    return new CommonJsBody(instance, linker, text, this.#settings);
  }
}
