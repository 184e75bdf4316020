import { dirname } from "node:path";
import { ModuleLoadError } from "../../host/errors.ts";
import type { Settings } from "../../host/options.ts";
import type { ModuleBody, ModuleInstance } from "../../instances/module-instance.ts";
import { HeapwiseModuleSentinel } from "../../proof/module-sentinel.ts";
import type { Linker } from "../backend.ts";
import { compileWrapper, type Wrapper } from "./compile-wrapper.ts";

/** The `module` of a CommonJS module. */
interface CommonJsModule {
  exports: unknown;
  readonly id: string;
  readonly filename: string;
  loaded: boolean;
  readonly hot: unknown;
}

/** A CommonJS module as a function. */
export class CommonJsBody implements ModuleBody {
  #wrapper: Wrapper | undefined;
  #module: CommonJsModule | undefined;
  #instance: ModuleInstance | undefined;
  readonly #linker: Linker;

  constructor(instance: ModuleInstance, linker: Linker, text: string, settings: Settings) {
    this.#instance = instance;
    this.#linker = linker;
    const { file, name } = instance.spec;
    try {
      this.#wrapper = compileWrapper({
        text,
        file: file!,
        parameters: ["exports", "require", "module", "__filename", "__dirname"],
        globals: instance.scope.globals,
        codeCache: settings.codeCache,
      });
    } catch (cause) {
      throw new ModuleLoadError(`Cannot load module "${name}": ${String(cause)}`, {
        module: name,
        version: instance.version,
        phase: "compile",
        cause,
      });
    }
  }

  get exports(): unknown {
    return this.#module?.exports;
  }

  async evaluate(): Promise<void> {
    this.evaluateNow();
  }

  /** Runs the code, if it has not begun yet. */
  evaluateNow(): void {
    const wrapper = this.#wrapper;
    const instance = this.#instance;
    if (wrapper === undefined || instance === undefined) return;
    this.#wrapper = undefined;
    const { spec, version, hot } = instance;
    const module: CommonJsModule = {
      exports: {},
      id: spec.file!,
      filename: spec.file!,
      loaded: false,
      hot: hot.hot,
    };
    this.#module = module;
    this.#linker.begin(instance);
    const sentinel = new HeapwiseModuleSentinel(`${spec.name} ${version}`);
    instance.prove(sentinel, spec.name);
    const require = (specifier: string): unknown => this.#require(specifier);
    try {
      wrapper(sentinel, module.exports, [
        module.exports,
        require,
        module,
        spec.file!,
        dirname(spec.file!),
      ]);
      module.loaded = true;
    } catch (cause) {
      throw new ModuleLoadError(`Cannot load module "${spec.name}": ${String(cause)}`, {
        module: spec.name,
        version,
        phase: "evaluate",
        cause,
      });
    }
  }

  #require(specifier: string): unknown {
    const instance = this.#instance!;
    const dependency = this.#linker.dependency(instance, specifier, "require");
    if (dependency.owner === "process") {
      return this.#linker.processExports(instance, dependency.spec, "require");
    }
    this.#linker.prepareNow(dependency.instance);
    const body = dependency.instance.body as CommonJsBody;
    body.evaluateNow?.();
    return body.exports;
  }

  release(): void {
    this.#wrapper = undefined;
    this.#module = undefined;
    this.#instance = undefined;
  }
}
