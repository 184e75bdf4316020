import type { InstanceGraph } from "../instances/instance-graph.ts";
import type { ModuleInstance } from "../instances/module-instance.ts";
import type { Roots } from "../lifecycle/roots.ts";

/** A module that is replaced without its importers. */
export interface Boundary {
  readonly instance: ModuleInstance;
  /** The importers that accept it, or undefined if it accepts itself. */
  readonly acceptedBy: readonly ModuleInstance[] | undefined;
}

/** The versions that have to be replaced for changes of some files. */
export interface ReloadPlan {
  readonly boundaries: readonly Boundary[];
  /** Names of modules to reload. */
  readonly roots: readonly string[];
  /** Modules that refuse. */
  readonly declined: readonly ModuleInstance[];
  /** Addresses of modules between the changed ones and the boundaries, with both. */
  readonly passed: ReadonlySet<string>;
}

/** Where the search for boundaries begins. */
export interface ChangedModules {
  /** Addresses of modules whose text changed. */
  readonly changed: ReadonlySet<string>;
  /** Addresses of modules that asked for a reload of their importers. */
  readonly invalidated: ReadonlySet<string>;
}

/**
 * Goes from the changed modules up to those that accept the change: a module that accepts itself,
 * an importer that accepts a dependency, or a module that was loaded by name.
 */
export function planReload(
  graph: InstanceGraph,
  roots: Roots,
  { changed, invalidated }: ChangedModules,
): ReloadPlan {
  const active = new Map<ModuleInstance, string>();
  for (const root of roots) {
    const instance = root.active?.instance;
    if (instance !== undefined) active.set(instance, root.spec.name);
  }
  const search = new Search(graph.reachable(active.keys()), active);
  for (const instance of search.reached) {
    if (changed.has(instance.spec.url)) search.visit(instance);
    else if (invalidated.has(instance.spec.url)) search.visitImporters(instance);
  }
  return search;
}

class Search implements ReloadPlan {
  readonly reached: ReadonlySet<ModuleInstance>;
  readonly passed = new Set<string>();
  readonly declined: ModuleInstance[] = [];
  readonly #active: ReadonlyMap<ModuleInstance, string>;
  readonly #roots = new Set<string>();
  readonly #seen = new Set<ModuleInstance>();
  readonly #boundaries = new Map<ModuleInstance, ModuleInstance[] | undefined>();

  constructor(reached: ReadonlySet<ModuleInstance>, active: ReadonlyMap<ModuleInstance, string>) {
    this.reached = reached;
    this.#active = active;
  }

  get roots(): string[] {
    return [...this.#roots];
  }

  get boundaries(): Boundary[] {
    return [...this.#boundaries].map(([instance, acceptedBy]) => ({ instance, acceptedBy }));
  }

  visit(instance: ModuleInstance): void {
    if (this.#seen.has(instance)) return;
    this.#seen.add(instance);
    this.passed.add(instance.spec.url);
    if (instance.hot.declines) {
      this.declined.push(instance);
      return;
    }
    if (!instance.hot.acceptsItself) {
      this.visitImporters(instance);
      return;
    }
    const name = this.#active.get(instance);
    if (name === undefined) this.#boundaries.set(instance, undefined);
    else this.#roots.add(name);
  }

  /** Importers need the new version, and so does a module that was loaded by name. */
  visitImporters(instance: ModuleInstance): void {
    const name = this.#active.get(instance);
    if (name !== undefined) this.#roots.add(name);
    const { file } = instance.spec;
    for (const importer of instance.importers) {
      if (!this.reached.has(importer)) continue;
      if (file === undefined || !importer.hot.accepts(file)) {
        this.visit(importer);
        continue;
      }
      const others = this.#boundaries.get(instance) ?? [];
      this.#boundaries.set(instance, [...others, importer]);
    }
  }
}
