import type { BackendName } from "../resolution/module-spec.ts";
import type { ModuleState } from "../instances/module-instance.ts";
import type { ModuleVersion } from "../lifecycle/module-version.ts";
import { ModuleLease } from "./module-lease.ts";

/** The data that a handle needs to know beside its version. */
export interface HandleContext {
  readonly unloadable: boolean;
  readonly now: () => number;
}

/**
 * A handle of one version of a module. After that version is unloaded the handle keeps nothing of
 * it, and `exports`, `proxy`, `acquire` and `call` throw a ModuleUnloadedError.
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
 * tax.exports.of(50); // => 10
 * await tax.call("of", 50); // => 10
 * await host.unload("tax.cjs", { verify: "fast" });
 * tax.state; // => "reclaimed"
 * tax.exports; // => throws ModuleUnloadedError
 * ```
 */
export class LoadedModule<T = unknown> {
  readonly #version: ModuleVersion;
  readonly #context: HandleContext;
  /** Path relative to the root, or the specifier of a package. */
  readonly name: string;
  /** 1 for the first version of the module in this host, one more with each reload. */
  readonly version: number;
  /** What runs the code. */
  readonly backend: BackendName;
  /** Whether the version can be collected after `unload`. */
  readonly unloadable: boolean;

  /** Programs call `load` of a host instead. */
  constructor(version: ModuleVersion, context: HandleContext) {
    this.#version = version;
    this.#context = context;
    this.name = version.name;
    this.version = version.number;
    this.backend = version.use("make handle").backend;
    this.unloadable = context.unloadable;
  }

  /**
   * `active`, while it is in charge; `draining` while leases go on after it was replaced or while
   * it is unloaded; `unverified` once it has ended, or `unloaded`; `reclaimed` or `retained` once
   * somebody has looked whether its code is collected.
   */
  get state(): ModuleState {
    return this.#version.state;
  }

  /** The exports themselves. Who keeps a function of them keeps the whole version. */
  get exports(): T {
    return this.#version.exports as T;
  }

  /**
   * The exports behind a proxy that holds no code and that is revoked when the version is
   * unloaded: each use of it, and of functions and objects read from it, then throws a
   * ModuleUnloadedError.
   */
  get proxy(): T {
    return this.#version.proxy as T;
  }

  /** Whether leases may begin: the version is neither unloaded nor going to be. */
  get isUsable(): boolean {
    return this.#version.isUsable;
  }

  /**
   * Begins a lease, for which reloads and unloads wait.
   * @param label Named in errors if something waits for the lease too long.
   */
  acquire(label = "lease"): ModuleLease<T> {
    this.#version.use("acquire module");
    const lease = new ModuleLease<T>(this.#version, label, this.#context.now());
    this.#version.add(lease as ModuleLease<unknown>);
    return lease;
  }

  /**
   * Calls an exported function under a lease, which ends with the call, or with the promise that
   * it returns.
   */
  async call(exportName: keyof T & string, ...args: readonly unknown[]): Promise<unknown> {
    using lease = this.acquire(exportName);
    const { exports } = lease;
    const found = (exports as Record<string, unknown>)[exportName];
    if (typeof found !== "function") {
      throw new TypeError(
        `Cannot call "${exportName}" of module "${this.name}": it is ${found === undefined ? "not exported" : "no function"}, expected a function`,
      );
    }
    return await Reflect.apply(found, exports, args);
  }
}
