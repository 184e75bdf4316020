import { createRequire } from "node:module";
import { nativeImport } from "../backends/native/native-import.ts";
import type { Backend, Dependency, Linker } from "../backends/backend.ts";
import { ModuleLoadError, ModuleUnloadedError } from "../host/errors.ts";
import type { Settings } from "../host/options.ts";
import type { InstanceGraph } from "../instances/instance-graph.ts";
import { ModuleInstance, type Batch, type ModuleBody } from "../instances/module-instance.ts";
import type { ModuleSpec } from "../resolution/module-spec.ts";
import type { Resolver } from "../resolution/resolver.ts";
import { makeHot } from "../scope/make-hot.ts";
import { ModuleScope } from "../scope/module-scope.ts";

/** The events of the linker. */
export interface LinkerEvents {
  /** A module asked for a reload of its importers. */
  invalidated(instance: ModuleInstance, message: string | undefined): void;
}

/** Makes the versions of modules, and finds the one that a specifier means. */
export class ModuleLinker implements Linker {
  readonly #settings: Settings;
  readonly #resolver: Resolver;
  readonly #graph: InstanceGraph;
  readonly #choose: (spec: ModuleSpec) => Backend;
  readonly #events: LinkerEvents;
  #evaluations = 0;

  constructor(parts: {
    settings: Settings;
    resolver: Resolver;
    graph: InstanceGraph;
    choose: (spec: ModuleSpec) => Backend;
    events: LinkerEvents;
  }) {
    this.#settings = parts.settings;
    this.#resolver = parts.resolver;
    this.#graph = parts.graph;
    this.#choose = parts.choose;
    this.#events = parts.events;
  }

  dependency(from: ModuleInstance, specifier: string, kind: "import" | "require"): Dependency {
    if (!this.#graph.has(from)) {
      throw new ModuleUnloadedError(`${kind} "${specifier}"`, from.spec.name, from.version);
    }
    const spec = this.#resolver.resolve(specifier, from.spec.url, kind);
    if (spec.owner === "process") {
      from.shared.add(spec.name);
      return { owner: "process", spec };
    }
    // A module keeps the versions that it has.
    const known = from.dependencies.get(spec.url);
    const isKept = known !== undefined && this.#graph.has(known) && isKeptForImporters(known);
    const instance = isKept ? known : this.instanceOf(spec, from.batch);
    from.dependOn(instance);
    return { owner: "host", instance };
  }

  /** The version of a module that a batch, or a late import, has to use; made if there is none. */
  instanceOf(spec: ModuleSpec, batch: Batch | undefined): ModuleInstance {
    const fresh = batch?.fresh.get(spec.url);
    if (fresh !== undefined && !fresh.isDoomed && isKeptForImporters(fresh)) return fresh;
    const isRenewed = batch?.renewed.has(spec.url) === true;
    const newest = isRenewed ? undefined : this.#graph.newest(spec.url);
    const isUsable = newest !== undefined && !newest.hasFailed;
    return isUsable ? newest : this.#make(spec, batch);
  }

  resolve(
    from: Pick<ModuleInstance, "spec">,
    specifier: string,
    kind: "import" | "require",
  ): ModuleSpec {
    return this.#resolver.resolve(specifier, from.spec.url, kind);
  }

  async prepare(instance: ModuleInstance): Promise<void> {
    await this.#prepareAll(instance, new Set());
  }

  /** Prepares a module and its needs, each once, so that cycles end. */
  async #prepareAll(instance: ModuleInstance, seen: Set<ModuleInstance>): Promise<void> {
    if (instance.body === undefined) await (instance.preparation ??= this.#prepare(instance));
    if (seen.has(instance)) return;
    seen.add(instance);
    const needs = instance.body?.needs ?? [];
    await Promise.all(
      needs.map(async ({ instance: needed, isOptional }) => {
        try {
          await this.#prepareAll(needed, seen);
        } catch (error) {
          if (!isOptional || this.#wasUsed(instance, needed)) throw error;
        }
      }),
    );
  }

  /** Whether the version before has used a dependency, without which the next one cannot run. */
  #wasUsed({ spec, batch }: ModuleInstance, needed: ModuleInstance): boolean {
    const before = batch === undefined ? undefined : this.#graph.newest(spec.url);
    const used = before?.dependencies.get(needed.spec.url);
    return used !== undefined && used !== needed && used.order > 0;
  }

  async #prepare(instance: ModuleInstance): Promise<void> {
    const body = await this.#tryPrepare(instance);
    if (this.#graph.has(instance)) {
      instance.body ??= body;
      return;
    }
    // The load was given up in the meantime: nobody else ends its work.
    await body.release();
    throw new ModuleUnloadedError("load module", instance.spec.name, instance.version);
  }

  async #tryPrepare(instance: ModuleInstance): Promise<ModuleBody> {
    try {
      return await this.#choose(instance.spec).prepare(instance, this);
    } catch (error) {
      instance.hasFailed = true;
      throw error;
    }
  }

  prepareNow(instance: ModuleInstance): void {
    if (instance.body !== undefined) return;
    const backend = this.#choose(instance.spec);
    if (backend.prepareNow === undefined) {
      throw new ModuleLoadError(
        `Cannot require module "${instance.spec.name}": backend "${backend.name}" has to wait for it, expected import()`,
        { module: instance.spec.name, version: instance.version, phase: "link" },
      );
    }
    try {
      instance.body = backend.prepareNow(instance, this);
    } catch (error) {
      instance.hasFailed = true;
      throw error;
    }
    instance.preparation ??= Promise.resolve();
    for (const { instance: needed, isOptional } of instance.body.needs ?? []) {
      // An optional one is asked for once more when it is required.
      if (!isOptional) this.prepareNow(needed);
    }
  }

  processExports(from: ModuleInstance, spec: ModuleSpec, kind: "require"): unknown;
  processExports(from: ModuleInstance, spec: ModuleSpec, kind: "import"): Promise<unknown>;
  processExports(from: ModuleInstance, spec: ModuleSpec, kind: "import" | "require"): unknown {
    const shadow = spec.format === "builtin" ? from.scope.builtin(spec.name, kind) : undefined;
    if (kind === "import") {
      return shadow === undefined ? nativeImport(spec.url) : Promise.resolve(shadow);
    }
    return shadow ?? createRequire(from.spec.url)(spec.file ?? spec.name);
  }

  begin(instance: ModuleInstance): void {
    // The load was given up while a dependency was awaited: its code must not run any more.
    if (instance.isDoomed || !this.#graph.has(instance)) {
      throw new ModuleUnloadedError("run module", instance.spec.name, instance.version);
    }
    if (instance.order === 0) instance.order = ++this.#evaluations;
  }

  #make(spec: ModuleSpec, batch: Batch | undefined): ModuleInstance {
    const { globals, onError, clock } = this.#settings;
    const data = batch?.handover.get(spec.url) ?? {};
    const scope = new ModuleScope({
      globals,
      onError,
      schedule: (run, ms) => clock.schedule(run, ms),
    });
    const instance: ModuleInstance = new ModuleInstance({
      spec,
      version: this.#graph.nextNumber(spec.url),
      backend: this.#choose(spec).name,
      scope,
      hot: makeHot({
        scope,
        data,
        onError,
        fileOf: (specifier) => this.#fileOf(specifier, spec.url),
        onInvalidate: (message) => this.#events.invalidated(instance, message),
      }),
    });
    instance.batch = batch;
    // What a running module loads late belongs to no load of the host.
    if (batch === undefined) instance.state = "active";
    batch?.fresh.set(spec.url, instance);
    batch?.made.push(instance);
    // Others join a first load; a reload is private until it succeeds.
    const newest = this.#graph.newest(spec.url);
    if (newest === undefined || newest.hasFailed) this.#graph.promote(instance);
    else this.#graph.add(instance);
    return instance;
  }

  #fileOf(specifier: string, parent: string): string | undefined {
    try {
      return this.#resolver.resolve(specifier, parent, "import").file;
    } catch {
      return undefined;
    }
  }
}

/**
 * Whether importers of the same load get a version although it may have failed: the error of an ES
 * module that has run is kept for them, as in Node.
 */
function isKeptForImporters({ hasFailed, spec, order }: ModuleInstance): boolean {
  return !hasFailed || (spec.format === "module" && order > 0);
}
