/// <reference lib="esnext.disposable" preserve="true" />
import type { Backend } from "../backends/backend.ts";
import { FunctionBackend } from "../backends/function/function-backend.ts";
import { InstanceGraph } from "../instances/instance-graph.ts";
import type { HostParts } from "../lifecycle/host-parts.ts";
import { loadModule } from "../lifecycle/loads.ts";
import { ModuleLinker } from "../lifecycle/module-linker.ts";
import { Roots } from "../lifecycle/roots.ts";
import { unloadModule, type UnloadOptions, type UnloadReport } from "../lifecycle/unloads.ts";
import type { ModuleSpec } from "../resolution/module-spec.ts";
import { Resolver } from "../resolution/resolver.ts";
import { EventHub, type ModuleHostEvents } from "./events.ts";
import type { LoadedModule } from "./loaded-module.ts";
import { readSettings, type ModuleHostOptions } from "./options.ts";

/** Loads, reloads and unloads modules, and proves that unloaded code is gone. */
export class ModuleHost implements AsyncDisposable {
  readonly #parts: HostParts;

  constructor(options: ModuleHostOptions = {}) {
    const settings = readSettings(options);
    const events = new EventHub(settings.onError);
    const resolver = new Resolver(settings);
    const graph = new InstanceGraph();
    const backends: Backend[] = [new FunctionBackend(settings)];
    const linker = new ModuleLinker({
      settings,
      resolver,
      graph,
      choose: () => backends[0]!,
      events: { invalidated: () => {} },
    });
    this.#parts = { settings, events, resolver, graph, linker, roots: new Roots(), backends };
  }

  /** Finds a module without loading it: its name, file, format and owner. */
  resolve(
    specifier: string,
    options: { readonly parent?: string | URL; readonly kind?: "import" | "require" } = {},
  ): ModuleSpec {
    const { parent, kind = "import" } = options;
    return this.#parts.resolver.resolve(specifier, parent?.toString(), kind);
  }

  /** Loads a module, or returns the handle of the version that is loaded. */
  async load<T = Record<string, unknown>>(
    specifier: string,
    options: { readonly data?: Record<string, unknown>; readonly signal?: AbortSignal } = {},
  ): Promise<LoadedModule<T>> {
    const handle = await loadModule(this.#parts, { specifier, data: options.data ?? {} });
    return handle as unknown as LoadedModule<T>;
  }

  /** Unloads a module, and proves that its code is gone or says what holds it. */
  unload(name: string, options: UnloadOptions = {}): Promise<UnloadReport> {
    return unloadModule(this.#parts, name, options);
  }

  on<Name extends keyof ModuleHostEvents>(
    event: Name,
    listener: (event: ModuleHostEvents[Name]) => void,
  ): () => void {
    return this.#parts.events.on(event, listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#parts.roots.names()) await this.unload(name, { verify: "fast" });
  }
}
