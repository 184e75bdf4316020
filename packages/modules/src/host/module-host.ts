/// <reference lib="esnext.disposable" preserve="true" />
import { isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import { checkBackend, chooseBackend } from "../backends/choose-backend.ts";
import { makeBackends } from "../backends/make-backends.ts";
import {
  checkAmount,
  checkBoolean,
  checkFunction,
  oneOf,
  print,
  readOptions,
  refuse,
} from "../checks/arguments.ts";
import { describeGraph, type LoadedFacts, type ModuleGraph } from "../instances/describe-graph.ts";
import { InstanceGraph } from "../instances/instance-graph.ts";
import type { ModuleInstance } from "../instances/module-instance.ts";
import { disposeOfAll } from "../lifecycle/dispose-of-all.ts";
import type { HostParts } from "../lifecycle/host-parts.ts";
import { invalidateFile } from "../lifecycle/invalidate-file.ts";
import { loadModule } from "../lifecycle/loads.ts";
import { ModuleLinker } from "../lifecycle/module-linker.ts";
import { reloadModule, type ReloadOptions } from "../lifecycle/reloads.ts";
import { Roots, versionsOf } from "../lifecycle/roots.ts";
import {
  purgeModule,
  softPurgeModule,
  unloadModule,
  type SoftPurge,
  type UnloadOptions,
  type UnloadReport,
} from "../lifecycle/unloads.ts";
import { Afterlife } from "../proof/afterlife.ts";
import type { Zombie } from "../proof/remains.ts";
import type { ModuleSpec } from "../resolution/module-spec.ts";
import { Resolver } from "../resolution/resolver.ts";
import { ModuleHostDisposedError, writeStack } from "./errors.ts";
import { EventHub, type ModuleHostEvents } from "./events.ts";
import { LazyModule } from "./lazy-module.ts";
import type { LoadedModule } from "./loaded-module.ts";
import { ModuleWatch, type WatchOptions } from "../watching/module-watch.ts";
import { readSettings, type ModuleHostOptions, type Settings } from "./options.ts";
import type { ModuleHostStats } from "./stats.ts";

/** Options of `ModuleHost.load`. */
export interface LoadOptions {
  /** The first `hot.data` of the module. Ignored if it is loaded already. */
  readonly data?: Record<string, unknown> | undefined;
  /**
   * Ends the wait of this caller. The load goes on for others who wait for it; if all have left, it
   * is given up, and its work is ended.
   */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `ModuleHost.purge`. */
export type PurgeOptions = Pick<UnloadOptions, "verify">;

/**
 * Loads, reloads and unloads modules, and proves that unloaded code is gone.
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from "node:fs";
 * import { ModuleHost } from "@heapwise/modules";
 *
 * const root = mkdtempSync("modules-");
 * writeFileSync(`${root}/plugin.cjs`, "exports.handle = (n) => n + 1;");
 * await using host = new ModuleHost({ root });
 * const plugin = await host.load<{ handle(n: number): number }>("./plugin.cjs");
 * await plugin.call("handle", 1); // => 2
 *
 * writeFileSync(`${root}/plugin.cjs`, "exports.handle = (n) => n + 10;");
 * const next = await host.reload<{ handle(n: number): number }>("plugin.cjs");
 * await next.call("handle", 1); // => 11
 *
 * const report = await host.unload("plugin.cjs");
 * report.reclaimed; // => "plainly"
 * ```
 */
export class ModuleHost implements AsyncDisposable {
  readonly #parts: HostParts;
  readonly #watches = new Set<ModuleWatch>();
  readonly #background = new Set<Promise<unknown>>();
  #disposal: Promise<void> | undefined;

  /** @throws {TypeError} or {@link RangeError} if an option is wrong or not known. */
  constructor(options: ModuleHostOptions = {}) {
    const settings = withSafeErrors(readSettings(options));
    checkBackend(settings);
    const events = new EventHub(settings.onError);
    const resolver = new Resolver(settings);
    const graph = new InstanceGraph();
    const backends = makeBackends(settings, events);
    const linker = new ModuleLinker({
      settings,
      resolver,
      graph,
      choose: (spec) => {
        const chosen = chooseBackend(spec, settings);
        return backends.find(({ name }) => name === chosen)!;
      },
      events: { invalidated: ({ spec }) => this.#invalidated(spec.url) },
    });
    this.#parts = {
      settings,
      events,
      resolver,
      graph,
      linker,
      roots: new Roots(),
      backends,
      afterlife: new Afterlife(events, settings.clock),
      tally: { loads: 0, reloads: 0, unloads: 0, failures: 0 },
      checkOpen: (action) => {
        if (this.#disposal !== undefined) throw new ModuleHostDisposedError(action);
      },
      inBackground: (work) => this.#watch(work),
      settled: async () => {
        while (this.#background.size > 0) await Promise.all(this.#background);
      },
    };
  }

  /**
   * Finds a module without loading it: its name, file, format and owner.
   * @param options `parent` is the address of the module that asks, the root by default; `kind`
   *   says whether an `import`, the default, or a `require` asks.
   * @throws {ModuleLoadError} with the phase `resolve` if there is no such module.
   */
  resolve(
    specifier: string,
    options: {
      readonly parent?: string | URL | undefined;
      readonly kind?: "import" | "require" | undefined;
    } = {},
  ): ModuleSpec {
    checkText("resolve module", "specifier", specifier);
    const { parent, kind = "import" } = options;
    return this.#parts.resolver.resolve(specifier, parent?.toString(), kind);
  }

  /**
   * Loads a module, or returns the handle of the version that is active. Calls at the same time
   * share one load.
   * @throws {ModuleLoadError} if it cannot be loaded; nothing of it is left.
   * @throws {ModuleRetainedError} if more than `maxZombies` unloaded versions are held.
   * @throws {ModuleHostDisposedError} if the host is disposed of, also in the meantime.
   */
  async load<T = Record<string, unknown>>(
    specifier: string,
    options: LoadOptions = {},
  ): Promise<LoadedModule<T>> {
    const action = "load module";
    checkText(action, "specifier", specifier);
    const { data = {}, signal } = readOptions<LoadOptions>(action, options, LOAD_CHECKS);
    const handle = await loadModule(this.#parts, { specifier, data, signal });
    return handle as unknown as LoadedModule<T>;
  }

  /**
   * Makes a new version of a module, changed or not, and of its dependencies that changed. The
   * version before stays in charge until the new one has run, and then ends once its leases are
   * released. If anything fails, it stays.
   * @throws {ModuleUnloadedError} if the module is not loaded.
   * @throws {ModuleLoadError} if the new version cannot be loaded.
   * @throws {ModuleRetainedError} if too many versions are leased after `drain` ms, or held.
   */
  async reload<T = Record<string, unknown>>(
    name: string,
    options: ReloadOptions = {},
  ): Promise<LoadedModule<T>> {
    const action = "reload module";
    checkText(action, "name", name);
    const read = readOptions<ReloadOptions>(action, options, RELOAD_CHECKS);
    return (await reloadModule(this.#parts, name, read)) as unknown as LoadedModule<T>;
  }

  /**
   * Unloads a module and what only it imports, and proves that the code is gone or says what holds
   * it.
   * @throws {ModuleUnloadedError} if the module is not loaded.
   * @throws {ModuleRetainedError} if it is leased after `drain` ms; it then stays active.
   */
  async unload(name: string, options: UnloadOptions = {}): Promise<UnloadReport> {
    const action = "unload module";
    checkText(action, "name", name);
    const read = readOptions<UnloadOptions>(action, options, UNLOAD_CHECKS);
    return await unloadModule(this.#parts, name, read);
  }

  /**
   * Ends a module at once, unless it is leased, loaded or reloaded at the moment. Its `dispose`
   * callbacks and its scope end in the background, and nothing is collected.
   * @throws {ModuleUnloadedError} if the module is not loaded.
   */
  softPurge(name: string): SoftPurge {
    checkText("purge module", "name", name);
    return softPurgeModule(this.#parts, name);
  }

  /**
   * Ends a module at once by force: leases and proxies are revoked, a load under way fails, a
   * worker is terminated. Then proves it as `unload` does.
   * @throws {ModuleUnloadedError} if the module is not loaded.
   */
  async purge(name: string, options: PurgeOptions = {}): Promise<UnloadReport> {
    const action = "purge module";
    checkText(action, "name", name);
    const { verify } = readOptions<PurgeOptions>(action, options, { verify: checkVerify });
    return await purgeModule(this.#parts, name, verify);
  }

  /** A module that is loaded at its first use, and that follows reloads. Loads nothing. */
  lazy<T = Record<string, unknown>>(specifier: string): LazyModule<T> {
    checkText("make lazy module", "specifier", specifier);
    return new LazyModule<T>(specifier, () => this.load<T>(specifier));
  }

  /**
   * Makes the next reload that reaches a file make a new version of it, changed or not. Reloads
   * nothing.
   * @param file A path, relative to the root or absolute, or a `file:` address.
   * @returns The names of the loaded modules that use the file.
   */
  invalidate(file: string | URL): string[] {
    if (!(file instanceof URL)) checkText("invalidate file", "file", file);
    const text = String(file);
    if (text.startsWith("file:")) return invalidateFile(this.#parts, new URL(text).href);
    const path = isAbsolute(text) ? text : join(this.#parts.settings.root, text);
    return invalidateFile(this.#parts, pathToFileURL(path).href);
  }

  /**
   * Reloads modules whose files change, and their importers up to those that accept the change by
   * `hot`. Failures are told by the event `error`; the next change is tried again. Ends with the
   * result, or with the host, and keeps no process alive.
   */
  watch(options: WatchOptions = {}): Disposable {
    const action = "watch modules";
    this.#parts.checkOpen(action);
    const read = readOptions<WatchOptions>(action, options, WATCH_CHECKS);
    const watch = new ModuleWatch(this.#parts, read);
    this.#watches.add(watch);
    return {
      [Symbol.dispose]: () => {
        this.#watches.delete(watch);
        watch[Symbol.dispose]();
      },
    };
  }

  /** A module asks for a reload of its importers: by those that watch, or by the next reload. */
  #invalidated(url: string): void {
    for (const watch of this.#watches) watch.invalidate(url);
    if (this.#watches.size === 0) this.#parts.graph.invalidate(url);
  }

  /** The handles of the active versions, in the order in which the modules were loaded. */
  modules(): LoadedModule[] {
    return [...this.#parts.roots].flatMap(({ handle }) => (handle === undefined ? [] : [handle]));
  }

  /** The unloaded versions that are held, the oldest first. */
  zombies(): Zombie[] {
    return this.#parts.afterlife.zombies();
  }

  /** A copy of the graph of all versions of the host, which holds no code. */
  graph(): ModuleGraph {
    const loaded = new Map<ModuleInstance, LoadedFacts>();
    for (const root of this.#parts.roots) {
      for (const version of versionsOf(root)) {
        if (version.instance !== undefined) loaded.set(version.instance, version);
      }
    }
    return describeGraph(this.#parts.graph, loaded);
  }

  /** Counts of the deeds of the host and of its contents. */
  stats(): ModuleHostStats {
    const { tally, graph, roots, afterlife } = this.#parts;
    const versions = [...roots].flatMap(versionsOf);
    return {
      ...tally,
      ...afterlife.counts,
      modules: this.modules().length,
      instances: graph.size,
      draining: versions.filter(({ state }) => state === "draining").length,
      leases: versions.reduce((sum, { leases }) => sum + leases, 0),
      unverified: afterlife.unverified,
      zombies: afterlife.size,
    };
  }

  /**
   * Adds a listener of an event. The channel `heapwise:modules:<event>` of `diagnostics_channel`
   * gets each event too.
   * @returns A function that removes the listener.
   * @throws {RangeError} if there is no such event.
   */
  on<Name extends keyof ModuleHostEvents>(
    event: Name,
    listener: (event: ModuleHostEvents[Name]) => void,
  ): () => void {
    oneOf(...EventHub.names)("listen to host", "event", event);
    checkFunction("listen to host", "listener", listener);
    return this.#parts.events.on(event, listener);
  }

  /**
   * Ends all modules by force, and loads that are under way with a ModuleHostDisposedError, and
   * looks once whether the code is gone. Held code is told by events and `zombies()`; nothing
   * is thrown for it.
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    // Calls that come from now on are refused, also those of listeners.
    await Promise.resolve();
    for (const watch of this.#watches) watch[Symbol.dispose]();
    this.#watches.clear();
    await disposeOfAll(this.#parts, new ModuleHostDisposedError("load module"));
  }

  #watch(work: Promise<unknown>): void {
    const watched = work
      .catch((error: unknown) => this.#parts.settings.onError(error))
      .finally(() => this.#background.delete(watched));
    this.#background.add(watched);
  }
}

const WATCH_CHECKS = { debounce: checkAmount };
const LOAD_CHECKS = { data: checkData, signal: checkSignal };
const RELOAD_CHECKS = { drain: checkAmount, carry: checkBoolean };
const UNLOAD_CHECKS = { verify: checkVerify, drain: checkAmount, force: checkBoolean };

/** An error of `onError` itself must not stop the end of a module half-way. */
function withSafeErrors(settings: Settings): Settings {
  const onError = (error: unknown): void => {
    writeStack(error);
    try {
      settings.onError(error);
    } catch (second) {
      queueMicrotask(() => {
        throw second;
      });
    }
  };
  return { ...settings, onError };
}

function checkText(action: string, name: string, value: unknown): void {
  if (typeof value !== "string") refuse(action, `${name} is ${print(value)}`, "a string");
}

function checkData(action: string, name: string, value: unknown): void {
  if (typeof value === "object" && value !== null) return;
  refuse(action, `${name} is ${print(value)}`, "an object");
}

function checkSignal(action: string, name: string, value: unknown): void {
  if (value instanceof AbortSignal) return;
  refuse(action, `${name} is ${print(value)}`, "an AbortSignal");
}

function checkVerify(action: string, name: string, value: unknown): void {
  if (typeof value === "boolean" || value === "fast") return;
  refuse(action, `${name} is ${print(value)}`, `a boolean or "fast"`);
}
