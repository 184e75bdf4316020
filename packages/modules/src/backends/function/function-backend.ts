import type { Settings } from "../../host/options.ts";
import { ModuleLoadError } from "../../host/errors.ts";
import type { ModuleBody, ModuleInstance } from "../../instances/module-instance.ts";
import { moduleSource, moduleSourceNow, type ModuleSource } from "../../source/module-source.ts";
import type { Backend, Linker } from "../backend.ts";
import { loadErrorOf } from "./blame.ts";
import { CommonJsBody } from "./commonjs-body.ts";
import { compileModule, type CompiledModule } from "./compile-module.ts";
import { EsModuleBody, type Target } from "./es-module-body.ts";
import { ProcessUnit } from "./foreign-unit.ts";
import { JsonBody } from "./json-body.ts";

/** Runs modules as functions: CommonJS, JSON, and ES modules that were transformed. */
export class FunctionBackend implements Backend {
  readonly name = "function";
  readonly isUnloadable = true;
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async prepare(instance: ModuleInstance, linker: Linker): Promise<ModuleBody> {
    const source = await moduleSource(instance, this.#settings);
    if (instance.spec.format !== "module") {
      const body = this.#plain(instance, linker, source);
      if (body instanceof CommonJsBody) body.findNeeds();
      return body;
    }
    const compiled = this.#compile(instance, source);
    const targets = dependenciesOf(instance, linker, compiled).map((dependency) => {
      if (dependency.owner === "host") return dependency.instance;
      return linker
        .processExports(instance, dependency.spec, "import")
        .then((exports) => new ProcessUnit(exports));
    });
    return new EsModuleBody(instance, linker, compiled, await Promise.all<Target>(targets));
  }

  prepareNow(instance: ModuleInstance, linker: Linker): ModuleBody {
    const source = moduleSourceNow(instance, this.#settings);
    if (instance.spec.format !== "module") return this.#plain(instance, linker, source);
    const compiled = this.#compile(instance, source);
    const targets = dependenciesOf(instance, linker, compiled).map((dependency) => {
      if (dependency.owner === "host") return dependency.instance;
      return new ProcessUnit(linker.processExports(instance, dependency.spec, "require"));
    });
    return new EsModuleBody(instance, linker, compiled, targets);
  }

  #compile(instance: ModuleInstance, source: ModuleSource): CompiledModule {
    try {
      return compileModule(instance, source, this.#settings);
    } catch (error) {
      throw loadErrorOf(error, instance);
    }
  }

  /** A module that imports nothing before it runs. */
  #plain(instance: ModuleInstance, linker: Linker, source: ModuleSource): ModuleBody {
    const { format, name } = instance.spec;
    try {
      if (format === "json") return new JsonBody(instance, linker, source.code);
      if (format === "commonjs") {
        return new CommonJsBody(instance, linker, source, this.#settings);
      }
    } catch (error) {
      throw loadErrorOf(error, instance);
    }
    throw new ModuleLoadError(
      `Cannot load module "${name}": its format is ${format}, expected commonjs, module or json`,
      { module: name, version: instance.version, phase: "compile" },
    );
  }
}

function dependenciesOf(
  instance: ModuleInstance,
  linker: Linker,
  { code }: CompiledModule,
): ReturnType<Linker["dependency"]>[] {
  return code.imports.map(({ specifier }) => linker.dependency(instance, specifier, "import"));
}
