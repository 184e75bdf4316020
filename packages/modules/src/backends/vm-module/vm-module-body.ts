import type { Module, SourceTextModule, SyntheticModule } from "node:vm";
import { ModuleUnloadedError } from "../../host/errors.ts";
import type { ModuleBody, ModuleInstance, Need } from "../../instances/module-instance.ts";
import type { Linker } from "../backend.ts";
import { blame, loadErrorOf, originalOf } from "../function/blame.ts";
import { makeMeta } from "../function/make-meta.ts";
import { compileVmModule, SCOPE_SPECIFIER } from "./compile-vm-module.ts";
import type { Facades } from "./facades.ts";
import { checkAttributes } from "./check-attributes.ts";
import { linkModules, requestsOf, type Linkable } from "./link-modules.ts";
import { runNow } from "./run-now.ts";

/** The target of a request: a module of the host, or one of V8 that stands for another. */
type Target = ModuleInstance | SyntheticModule;

/** The parts of a body. */
export interface VmModuleParts {
  readonly text: string;
  readonly facades: Facades;
  readonly codeCache: "bypass" | "keep";
}

/** An ES module as a module of V8. */
export class VmModuleBody implements ModuleBody, Linkable {
  readonly needs: Need[] = [];
  readonly #linker: Linker;
  readonly #parts: Omit<VmModuleParts, "text">;
  readonly #name: string;
  readonly #version: number;
  #instance: ModuleInstance | undefined;
  #module: SourceTextModule | undefined;
  #targets: Map<string, Target> | undefined;
  #evaluation: Promise<void> | undefined;
  #isProved = false;

  /** @throws {ModuleLoadError} with the phase `compile`. */
  constructor(instance: ModuleInstance, linker: Linker, { text, ...parts }: VmModuleParts) {
    const { spec, version, scope } = instance;
    this.#instance = instance;
    this.#linker = linker;
    this.#parts = parts;
    this.#name = spec.name;
    this.#version = version;
    try {
      this.#module = compileVmModule({
        text,
        url: spec.url,
        file: spec.file!,
        globals: Object.keys(scope.globals),
        codeCache: parts.codeCache,
        initializeImportMeta: (meta) => void Object.assign(meta, makeMeta(this.instance, linker)),
        importModuleDynamically: (specifier, attributes) => this.#import(specifier, attributes),
      });
    } catch (error) {
      blame(error, instance, "compile");
      throw loadErrorOf(error, instance);
    }
  }

  /** @throws {ModuleUnloadedError} if the code was let go of, but something still runs it. */
  get instance(): ModuleInstance {
    if (this.#instance !== undefined) return this.#instance;
    throw new ModuleUnloadedError("use module", this.#name, this.#version);
  }

  get module(): SourceTextModule {
    if (this.#module !== undefined) return this.#module;
    throw new ModuleUnloadedError("use module", this.#name, this.#version);
  }

  get exports(): unknown {
    return this.#module === undefined || this.#module.status === "unlinked"
      ? undefined
      : this.#module.namespace;
  }

  /** Finds the imports of the module. Waits for modules of the process alone. */
  async findTargets(): Promise<void> {
    const { instance } = this;
    const targets = new Map<string, Target>();
    for (const { specifier, attributes } of requestsOf(this.module)) {
      if (targets.has(specifier)) continue;
      if (specifier === SCOPE_SPECIFIER) {
        targets.set(specifier, this.#parts.facades.ofScope(instance));
        continue;
      }
      const dependency = this.#linker.dependency(instance, specifier, "import");
      const isOwn = dependency.owner === "host";
      const spec = isOwn ? dependency.instance.spec : dependency.spec;
      if (attributes !== undefined) checkAttributes(spec, attributes);
      if (isOwn) {
        targets.set(specifier, dependency.instance);
        this.needs.push({ instance: dependency.instance, isOptional: false });
      } else {
        const exports = await this.#linker.processExports(instance, spec, "import");
        targets.set(specifier, this.#parts.facades.ofExports(exports, spec));
      }
    }
    this.#targets = targets;
  }

  target(specifier: string, attributes?: Readonly<Record<string, unknown>>): Module {
    const target = this.#targets!.get(specifier)!;
    if (!("spec" in target)) return target;
    if (attributes !== undefined) checkAttributes(target.spec, attributes);
    const { body } = target;
    return body instanceof VmModuleBody
      ? body.module
      : this.#parts.facades.of(target, this.#linker);
  }

  onLinkError(error: unknown): void {
    blame(error, this.instance, "link");
  }

  evaluate(): Promise<void> {
    this.#evaluation ??= this.#evaluate();
    return this.#evaluation;
  }

  /** Runs the module and its imports, if nothing of it has to be waited for. */
  evaluateNow(): void {
    const { instance } = this;
    const graph = this.#graph();
    try {
      const isLinked = this.#link(graph) === undefined;
      this.#begin(graph);
      runNow(this.module, this.#name, isLinked);
    } catch (error) {
      this.#mark(graph, error);
      throw loadErrorOf(error, instance);
    }
  }

  release(): void {
    this.#instance = undefined;
    this.#module = undefined;
    this.#targets = undefined;
    this.#evaluation = undefined;
    this.needs.length = 0;
  }

  async #evaluate(): Promise<void> {
    const { instance } = this;
    const graph = this.#graph();
    try {
      const linking = this.#link(graph);
      if (linking !== undefined) await linking;
      this.#prove(graph);
      this.#begin(graph);
      await this.module.evaluate();
    } catch (error) {
      this.#mark(graph, error);
      throw loadErrorOf(error, instance);
    }
  }

  /** This module and its static imports, dependencies first. */
  #graph(): ModuleInstance[] {
    const seen = new Set<ModuleInstance>();
    const order: ModuleInstance[] = [];
    const visit = (instance: ModuleInstance): void => {
      if (seen.has(instance)) return;
      seen.add(instance);
      const { body } = instance;
      if (body instanceof VmModuleBody) {
        for (const target of body.#targets?.values() ?? []) if ("spec" in target) visit(target);
      }
      order.push(instance);
    };
    visit(this.instance);
    return order;
  }

  #link(graph: readonly ModuleInstance[]): Promise<void> | undefined {
    const bodies = bodiesOf(graph);
    for (const { instance, module } of bodies) {
      if (module.status !== "errored") continue;
      blame(module.error, instance, "evaluate");
      throw module.error;
    }
    const linking = linkModules(bodies);
    if (linking === undefined) this.#prove(graph);
    return linking;
  }

  /** The namespace lives as long as any function of the module does. */
  #prove(graph: readonly ModuleInstance[]): void {
    for (const body of bodiesOf(graph)) {
      if (body.#isProved) continue;
      body.#isProved = true;
      body.instance.prove(body.module.namespace, body.#name);
    }
  }

  #begin(graph: readonly ModuleInstance[]): void {
    for (const instance of graph) this.#linker.begin(instance);
  }

  /** Blames the first module that threw, and marks all that failed with it. */
  #mark(graph: readonly ModuleInstance[], error: unknown): void {
    const failed = bodiesOf(graph).filter(({ module }) => module.status === "errored");
    blame(error, failed[0]?.instance ?? this.instance, "evaluate");
    for (const { instance } of failed) instance.hasFailed = true;
    this.instance.hasFailed = true;
  }

  async #import(specifier: string, attributes: Readonly<Record<string, unknown>>): Promise<Module> {
    const linker = this.#linker;
    const { facades } = this.#parts;
    try {
      const dependency = linker.dependency(this.instance, specifier, "import");
      if (dependency.owner === "process") {
        const { spec } = dependency;
        checkAttributes(spec, attributes);
        const exports = await linker.processExports(this.instance, spec, "import");
        return await evaluated(facades.ofExports(exports, spec));
      }
      const { instance } = dependency;
      checkAttributes(instance.spec, attributes);
      await linker.prepare(instance);
      // Throws if this version was unloaded in the meantime.
      linker.dependency(this.instance, specifier, "import");
      const { body } = instance;
      if (!(body instanceof VmModuleBody)) return await evaluated(facades.of(instance, linker));
      await body.evaluate();
      return body.module;
    } catch (error) {
      throw originalOf(error);
    }
  }
}

function bodiesOf(graph: readonly ModuleInstance[]): VmModuleBody[] {
  return graph.flatMap(({ body }) => (body instanceof VmModuleBody ? body : []));
}

async function evaluated(facade: Module): Promise<Module> {
  if (facade.status === "unlinked") {
    await facade.link(() => {
      throw new Error("Cannot link module: it has an import, expected none");
    });
  }
  await facade.evaluate();
  return facade;
}
