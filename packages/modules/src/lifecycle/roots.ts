import type { LoadedModule } from "../host/loaded-module.ts";
import type { ModuleInstance } from "../instances/module-instance.ts";
import type { ModuleSpec } from "../resolution/module-spec.ts";
import type { ModuleVersion } from "./module-version.ts";
import type { Operation } from "./operation.ts";
import type { SharedLoad } from "./shared-load.ts";

/** A module that is loaded by name, or is being loaded. */
export interface Root {
  readonly spec: ModuleSpec;
  /** The version in charge; undefined while the first one is loaded. */
  active: ModuleVersion | undefined;
  /** The handle of `active`. */
  handle: LoadedModule | undefined;
  /** Versions that were replaced, and whose scope has not ended or that have leases. */
  readonly draining: Set<ModuleVersion>;
  /** The instance that a load or reload under way makes. */
  pending: ModuleInstance | undefined;
  /** The load, reload or unload under way. The next one waits for it. */
  operation: Operation | undefined;
  /** The first load, which later calls of `load` join. */
  loading: SharedLoad | undefined;
}

/** The modules of a host by name. They keep what they reach in the graph. */
export class Roots {
  readonly #roots = new Map<string, Root>();
  /** The roots by the specifiers with which they were loaded. */
  readonly #specifiers = new Map<string, Root>();

  get(name: string): Root | undefined {
    return this.#roots.get(name);
  }

  /** Whether a root was not removed. */
  has(root: Root): boolean {
    return this.#roots.get(root.spec.name) === root;
  }

  add(spec: ModuleSpec): Root {
    const root: Root = {
      spec,
      active: undefined,
      handle: undefined,
      draining: new Set(),
      pending: undefined,
      operation: undefined,
      loading: undefined,
    };
    this.#roots.set(spec.name, root);
    return root;
  }

  remove(root: Root): void {
    if (this.has(root)) this.#roots.delete(root.spec.name);
    for (const [specifier, each] of this.#specifiers) {
      if (each === root) this.#specifiers.delete(specifier);
    }
  }

  /** The root that was loaded with a specifier, also if its file is gone. */
  ofSpecifier(specifier: string): Root | undefined {
    return this.#specifiers.get(specifier);
  }

  /** Notes that a specifier means a root. */
  note(specifier: string, root: Root): void {
    if (this.has(root)) this.#specifiers.set(specifier, root);
  }

  names(): string[] {
    return [...this.#roots.keys()];
  }

  /** The instances that must stay: active ones, those under way, and those that drain. */
  *instances(): Iterable<ModuleInstance> {
    for (const root of this.#roots.values()) {
      if (root.pending !== undefined) yield root.pending;
      for (const version of versionsOf(root)) {
        if (version.instance !== undefined) yield version.instance;
      }
    }
  }

  [Symbol.iterator](): IterableIterator<Root> {
    return this.#roots.values();
  }
}

/** The versions of a root that are not let go: those that drain, and the active one. */
export function versionsOf({ active, draining }: Root): ModuleVersion[] {
  return active === undefined ? [...draining] : [...draining, active];
}
