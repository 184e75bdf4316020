import type { ModuleInstance } from "./module-instance.ts";

/**
 * All versions that a host holds, and the newest one of each file. What no root reaches is doomed:
 * no importer gets it any more, and it is ended and removed.
 */
export class InstanceGraph {
  readonly #instances = new Set<ModuleInstance>();
  readonly #newest = new Map<string, ModuleInstance>();
  /** The last version of each address, so that no two versions have the same number. */
  readonly #numbers = new Map<string, number>();
  /** Addresses of which `invalidate` asked for a new version. */
  readonly #invalidated = new Set<string>();

  readonly #listeners = new Set<() => void>();

  /** Calls a function whenever versions come or go. The result ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** The version of an address that new importers get. */
  newest(url: string): ModuleInstance | undefined {
    return this.#newest.get(url);
  }

  /** The number of the next version of an address. */
  nextNumber(url: string): number {
    const number = (this.#numbers.get(url) ?? 0) + 1;
    this.#numbers.set(url, number);
    return number;
  }

  /** Adds a version that new importers do not get, until `promote`. */
  add(instance: ModuleInstance): void {
    this.#instances.add(instance);
    this.#tell();
  }

  /** Makes a version the one that new importers get, unless there is a newer one. */
  promote(instance: ModuleInstance): void {
    this.#instances.add(instance);
    this.#tell();
    const { url } = instance.spec;
    const newest = this.#newest.get(url);
    if (newest !== undefined && newest.version > instance.version) return;
    this.#newest.set(url, instance);
    this.#invalidated.delete(url);
  }

  /** Hides a version from new importers; those that have it keep it. */
  demote(instance: ModuleInstance): void {
    const { url } = instance.spec;
    if (this.#newest.get(url) === instance) this.#newest.delete(url);
  }

  /** Asks for a new version of an address with the next reload that reaches it. */
  invalidate(url: string): void {
    if (this.#newest.has(url)) this.#invalidated.add(url);
  }

  isInvalidated(url: string): boolean {
    return this.#invalidated.has(url);
  }

  has(instance: ModuleInstance): boolean {
    return this.#instances.has(instance);
  }

  get size(): number {
    return this.#instances.size;
  }

  /** Removes a version, and its edges. */
  remove(instance: ModuleInstance): void {
    this.#instances.delete(instance);
    this.#tell();
    this.demote(instance);
    const { url } = instance.spec;
    if (!this.#newest.has(url)) this.#invalidated.delete(url);
    for (const dependency of instance.dependencies.values()) dependency.importers.delete(instance);
    for (const importer of instance.importers) {
      if (importer.dependencies.get(url) === instance) importer.dependencies.delete(url);
    }
    instance.dependencies.clear();
    instance.importers.clear();
  }

  /** The versions that are reached from some, with these. */
  reachable(from: Iterable<ModuleInstance>): Set<ModuleInstance> {
    const reached = new Set<ModuleInstance>(from);
    for (const instance of reached) {
      for (const dependency of instance.dependencies.values()) reached.add(dependency);
    }
    return reached;
  }

  /**
   * The versions that only `roots` do not reach, the one that was evaluated last first. What a
   * version that is being ended uses is kept for it.
   */
  unreachable(roots: Iterable<ModuleInstance>): ModuleInstance[] {
    const doomed = [...this.#instances].filter((each) => each.isDoomed);
    const reached = this.reachable([...roots, ...doomed]);
    return [...this.#instances]
      .filter((each) => !reached.has(each))
      .sort((a, b) => b.order - a.order);
  }

  /** Marks and hides the versions that no root reaches, and returns them in that order. */
  doom(roots: Iterable<ModuleInstance>): ModuleInstance[] {
    const doomed = this.unreachable(roots);
    for (const instance of doomed) {
      instance.isDoomed = true;
      this.demote(instance);
    }
    return doomed;
  }

  [Symbol.iterator](): IterableIterator<ModuleInstance> {
    return this.#instances[Symbol.iterator]();
  }
}
