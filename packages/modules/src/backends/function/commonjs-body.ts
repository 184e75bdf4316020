import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { Settings } from "../../host/options.ts";
import type { ModuleInstance, Need } from "../../instances/module-instance.ts";
import { HeapwiseModuleSentinel } from "../../proof/module-sentinel.ts";
import type { ModuleSource } from "../../source/module-source.ts";
import type { Linker } from "../backend.ts";
import { blame, originalOf } from "./blame.ts";
import { CommonJsModule, type ModuleOwner } from "./commonjs-module.ts";
import { compileWrapper, type Wrapper } from "./compile-wrapper.ts";
import { EvaluationRecord } from "./evaluation-record.ts";
import { FunctionBody } from "./function-body.ts";
import { makeRequire } from "./make-require.ts";
import { bindingsOf, fillNamespace, makeNamespace, type Binding } from "./namespace.ts";
import { scanCommonJs } from "./scan-commonjs.ts";
import { SourceLines } from "./source-lines.ts";
import type { Resolution } from "./unit.ts";

type Code = (...values: unknown[]) => unknown;

const PARAMETERS = ["exports", "require", "module", "__filename", "__dirname"];

/** A CommonJS module as a function. */
export class CommonJsBody extends FunctionBody implements ModuleOwner {
  readonly isCommonJs = true;
  readonly record: EvaluationRecord;
  readonly needs: Need[] = [];
  /** The specifiers of `require` that the text has as literals. */
  readonly #required: readonly string[];
  #wrapper: Wrapper<Code> | undefined;
  #module: CommonJsModule | undefined;
  #parent: WeakRef<CommonJsModule> | undefined;
  #namespace: object | undefined;
  #bindings: ReadonlyMap<string, Binding> | undefined;
  #lines: SourceLines | undefined;

  /** @throws {SyntaxError} if the text cannot be compiled. */
  constructor(instance: ModuleInstance, linker: Linker, source: ModuleSource, settings: Settings) {
    super(instance, linker);
    const { code, text, map } = source;
    const scan = scanCommonJs(code);
    this.#required = scan.required;
    this.#lines = new SourceLines({ text, code: scan.code, map, generated: (line) => line });
    this.record = new EvaluationRecord({
      isAsync: false,
      required: () => [],
      run: () => this.#runForImport(),
      runAsync: () => Promise.resolve(),
      ended: () => {},
      failed: () => {},
    });
    this.#compile(scan.importName, settings);
  }

  /**
   * Finds the modules that the text requires by literals, so that ES modules among them are
   * transformed, and errors of a new version are found, before anything runs.
   */
  findNeeds(): void {
    const { instance, linker } = this;
    for (const specifier of this.#required) {
      try {
        const dependency = linker.dependency(instance, specifier, "require");
        if (dependency.owner === "process") continue;
        this.needs.push({ instance: dependency.instance, isOptional: true });
      } catch {
        // If the module requires it, the error is thrown there.
      }
    }
  }

  get exports(): unknown {
    return this.#module?.exports;
  }

  get namespace(): object {
    this.#namespace ??= makeNamespace();
    this.#fill();
    return this.#namespace;
  }

  isOpen(): boolean {
    return !this.#fill();
  }

  names(): Iterable<string> {
    return this.#fill() ? this.#bindings!.keys() : ["default"];
  }

  resolve(name: string): Resolution {
    if (!this.#fill()) return "later";
    return this.#bindings!.get(name) ?? "missing";
  }

  link(): undefined {}

  get parent(): CommonJsModule | undefined {
    return this.#parent?.deref();
  }

  get children(): CommonJsModule[] {
    if (this.isReleased) return [];
    const bodies = [...this.instance.dependencies.values()].map(({ body }) => body);
    return bodies.flatMap((body) => (body instanceof CommonJsBody && body.#module) || []);
  }

  get hot(): unknown {
    return this.isReleased ? undefined : this.instance.hot.hot;
  }

  override require(specifier: string): unknown {
    return super.require(specifier);
  }

  requireNow(): unknown {
    this.#run();
    return this.#module!.exports;
  }

  override release(): void {
    super.release();
    this.#wrapper = undefined;
    this.#module = undefined;
    this.#namespace = undefined;
    this.#bindings = undefined;
    this.#lines = undefined;
  }

  #compile(importName: string | undefined, settings: Settings): void {
    const { instance } = this;
    const { globals } = instance.scope;
    try {
      this.#wrapper = compileWrapper<Code>({
        text: this.#lines!.code,
        file: instance.spec.file!,
        parameters: PARAMETERS,
        variables: [...Object.keys(globals), ...(importName === undefined ? [] : [importName])],
        kind: "function",
        codeCache: settings.codeCache,
      });
    } catch (error) {
      blame(error, instance, "compile", this.#lines);
      throw error;
    }
  }

  #runForImport(): void {
    if (this.#module !== undefined && !this.#module.loaded) {
      throw Object.assign(
        new Error(`Cannot import CommonJS Module ${this.instance.spec.file} in a cycle.`),
        { code: "ERR_REQUIRE_CYCLE_MODULE" },
      );
    }
    this.#run();
  }

  /** Runs the code, if it has not begun yet. */
  #run(): void {
    const wrapper = this.#wrapper;
    if (this.record.failure !== undefined) throw this.record.failure.error;
    if (wrapper === undefined) return;
    this.#wrapper = undefined;
    const { instance } = this;
    const file = instance.spec.file!;
    const module = (this.#module = new CommonJsModule(file, this));
    this.#parent = this.#findParent();
    this.linker.begin(instance);
    const sentinel = new HeapwiseModuleSentinel(`${instance.spec.name} ${instance.version}`);
    instance.prove(sentinel, instance.spec.name);
    const code = wrapper(sentinel, [
      ...Object.values(instance.scope.globals),
      (specifier: unknown) => this.import(specifier),
    ]);
    const require = makeRequire(module, this.#requireParts());
    try {
      const values = [module.exports, require, module, file, dirname(file)];
      instance.scope.evaluate(() => Reflect.apply(code, module.exports, values) as unknown);
      module.loaded = true;
      instance.hasFailed = false;
      if (this.#namespace !== undefined) this.#fill();
    } catch (error) {
      this.#fail(error);
      throw error;
    } finally {
      this.#lines = undefined;
    }
  }

  #fail(error: unknown): void {
    const { instance } = this;
    blame(error, instance, "evaluate", this.#lines);
    if (instance.batch === undefined) instance.hasFailed = true;
    this.record.fail(error);
  }

  #requireParts(): Parameters<typeof makeRequire>[1] {
    return {
      resolve: (specifier) => {
        try {
          const { file, name } = this.linker.resolve(this.instance, specifier, "require");
          return file ?? (specifier.startsWith("node:") ? name : name.replace(/^node:/, ""));
        } catch (error) {
          throw originalOf(error);
        }
      },
      native: () => createRequire(this.instance.spec.url.replace(/[?#].*$/, "")),
    };
  }

  /** The CommonJS module that required this one first. */
  #findParent(): WeakRef<CommonJsModule> | undefined {
    for (const { body } of this.instance.importers) {
      const module = body instanceof CommonJsBody ? body.#module : undefined;
      if (module !== undefined) return new WeakRef(module);
    }
    return undefined;
  }

  /** Gives the namespace its names, once they are known. */
  #fill(): boolean {
    if (this.#bindings === undefined && this.#module?.loaded === true) {
      this.#bindings = bindingsOf(this.#module.exports);
    }
    if (this.#bindings === undefined) return false;
    if (this.#namespace !== undefined && Object.isExtensible(this.#namespace)) {
      fillNamespace(this.#namespace, this.#bindings);
    }
    return true;
  }
}
