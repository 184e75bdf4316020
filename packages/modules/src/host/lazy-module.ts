import type { LoadedModule } from "./loaded-module.ts";

/** How a lazy module gets its handle. */
export type LoadNow<T> = () => Promise<LoadedModule<T>>;

/**
 * A module that is loaded at its first use. Each use takes the version that is active then, so
 * that it follows reloads, and loads the module again if it was unloaded. Made by
 * `ModuleHost.lazy`.
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from "node:fs";
 * import { ModuleHost } from "@heapwise/modules";
 *
 * const root = mkdtempSync("modules-");
 * writeFileSync(`${root}/greet.cjs`, "exports.greet = (name) => `Hello ${name}`;");
 * await using host = new ModuleHost({ root });
 * const lazy = host.lazy<{ greet(name: string): string }>("./greet.cjs");
 * host.modules().length; // => 0
 * await lazy.call("greet", "Ada"); // => "Hello Ada"
 * ```
 */
export class LazyModule<T = Record<string, unknown>> {
  /** The specifier that was passed to `lazy`. */
  readonly specifier: string;
  readonly #load: LoadNow<T>;

  /** Programs call `lazy` of a host instead. */
  constructor(specifier: string, load: LoadNow<T>) {
    this.specifier = specifier;
    this.#load = load;
  }

  /**
   * Loads the module, or returns the handle of the active version.
   * @throws {ModuleLoadError} if the module cannot be loaded; the next use tries again.
   */
  load(): Promise<LoadedModule<T>> {
    return this.#load();
  }

  /**
   * Calls an exported function of the active version under a lease, as `call` of a handle does.
   * @throws {TypeError} if there is no such function.
   */
  async call(exportName: keyof T & string, ...args: readonly unknown[]): Promise<unknown> {
    let module = await this.#load();
    // An unload may have come between the two steps.
    while (!module.isUsable) module = await this.#load();
    return await module.call(exportName, ...args);
  }
}
