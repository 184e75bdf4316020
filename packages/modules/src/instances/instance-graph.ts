import type { ModuleInstance } from "./module-instance.ts";

/**
 * All versions that a host holds, and the newest one of each file. What no root reaches is dropped
 * by `sweep`.
 */
export class InstanceGraph {
  readonly #instances = new Set<ModuleInstance>();
  readonly #newest = new Map<string, ModuleInstance>();

  /** The version of an address that new importers get. */
  newest(url: string): ModuleInstance | undefined {
    return this.#newest.get(url);
  }

  /** Adds a version that new importers do not get, until `promote`. */
  add(instance: ModuleInstance): void {
    this.#instances.add(instance);
  }

  /** Makes a version the one that new importers get. */
  promote(instance: ModuleInstance): void {
    this.#instances.add(instance);
    this.#newest.set(instance.spec.url, instance);
  }

  has(instance: ModuleInstance): boolean {
    return this.#instances.has(instance);
  }

  /** Removes a version, and its edges. */
  remove(instance: ModuleInstance): void {
    this.#instances.delete(instance);
    const { url } = instance.spec;
    if (this.#newest.get(url) === instance) this.#newest.delete(url);
    for (const dependency of instance.dependencies.values()) dependency.importers.delete(instance);
    for (const importer of instance.importers) {
      if (importer.dependencies.get(url) === instance) importer.dependencies.delete(url);
    }
    instance.dependencies.clear();
    instance.importers.clear();
  }

  /** The versions that no root reaches, the one that was evaluated last first. */
  unreachable(roots: Iterable<ModuleInstance>): ModuleInstance[] {
    const reached = new Set<ModuleInstance>(roots);
    for (const instance of reached) {
      for (const dependency of instance.dependencies.values()) reached.add(dependency);
    }
    return [...this.#instances]
      .filter((each) => !reached.has(each))
      .sort((a, b) => b.order - a.order);
  }

  [Symbol.iterator](): IterableIterator<ModuleInstance> {
    return this.#instances[Symbol.iterator]();
  }
}
