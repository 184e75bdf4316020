/// <reference lib="esnext.disposable" preserve="true" />
import { ModuleUnloadedError, type Holder } from "./errors.ts";
import type { ModuleVersion } from "../lifecycle/module-version.ts";

/**
 * The right to use one version of a module. Reloads and unloads wait for it. Made by
 * `LoadedModule.acquire`.
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from "node:fs";
 * import { ModuleHost } from "@heapwise/modules";
 *
 * const root = mkdtempSync("modules-");
 * writeFileSync(`${root}/tax.cjs`, "exports.of = (net) => net * 0.2;");
 * await using host = new ModuleHost({ root });
 * const tax = await host.load<{ of(net: number): number }>("./tax.cjs");
 * const lease = tax.acquire("invoice 7");
 * lease.exports.of(50); // => 10
 * host.softPurge("tax.cjs").holders[0]!.label; // => "invoice 7"
 * lease.release();
 * ```
 */
export class ModuleLease<T> implements Disposable {
  #version: ModuleVersion | undefined;
  readonly #name: string;
  readonly #number: number;
  readonly #label: string;
  readonly #since: number;

  /** Programs call `acquire` of a module instead. */
  constructor(version: ModuleVersion, label: string, since: number) {
    this.#version = version;
    this.#name = version.name;
    this.#number = version.number;
    this.#label = label;
    this.#since = since;
  }

  /** @throws {ModuleUnloadedError} after `release`, or if the version was purged. */
  get exports(): T {
    const version = this.#version;
    if (version === undefined || version.isUnloaded) {
      throw new ModuleUnloadedError("use lease", this.#name, this.#number);
    }
    return version.exports as T;
  }

  /** Gives the lease back. Later calls do nothing. */
  release(): void {
    const version = this.#version;
    this.#version = undefined;
    version?.drop(this as ModuleLease<unknown>);
  }

  /** The same as `release`. */
  [Symbol.dispose](): void {
    this.release();
  }

  /** How the lease is named in errors. */
  describe(now: number): Holder {
    return { label: this.#label, version: this.#number, heldMs: Math.max(0, now - this.#since) };
  }
}
