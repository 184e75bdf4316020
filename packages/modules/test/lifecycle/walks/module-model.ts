import type { Draft, ModuleFiles } from "./module-files.ts";

/** A version of a module as the model sees it. */
export interface ModelInstance {
  readonly name: string;
  readonly draft: Draft;
  readonly parts: ModelInstance[];
}

interface ModelVersion {
  readonly instance: ModelInstance;
  leases: number;
}

interface ModelRoot {
  active: ModelVersion;
  /** Replaced versions with leases. */
  draining: ModelVersion[];
}

class Failure extends Error {}

/**
 * What a host has to hold, worked out naively, for calls that come one after the other. The model
 * has no operations, no scopes and no numbers.
 */
export class ModuleModel {
  readonly #files: ModuleFiles;
  readonly roots = new Map<string, ModelRoot>();
  #newest = new Map<string, ModelInstance>();
  #invalidated = new Set<string>();

  constructor(files: ModuleFiles) {
    this.#files = files;
  }

  /** Whether the load succeeds. */
  load(name: string): boolean {
    if (this.roots.has(name)) return true;
    return this.#attempt(new Set(), (make) => {
      this.roots.set(name, { active: { instance: make(name), leases: 0 }, draining: [] });
    });
  }

  reload(name: string): "done" | "failed" | "refused" | "unloaded" {
    const root = this.roots.get(name);
    if (root === undefined) return "unloaded";
    if (root.draining.length > 0) {
      this.passDrain();
      return "refused";
    }
    const renewed = this.#renewed(root.active.instance);
    const isDone = this.#attempt(renewed, (make) => {
      const instance = make(name);
      if (root.active.leases > 0) root.draining.push(root.active);
      root.active = { instance, leases: 0 };
    });
    return isDone ? "done" : "failed";
  }

  unload(name: string, force: boolean): "done" | "refused" | "unloaded" {
    const root = this.roots.get(name);
    if (root === undefined) return "unloaded";
    if (this.#leasesOf(root) > 0) {
      this.passDrain();
      if (!force) return "refused";
    }
    this.roots.delete(name);
    this.#sweep();
    return "done";
  }

  isLeased(name: string): boolean {
    const root = this.roots.get(name);
    return root !== undefined && this.#leasesOf(root) > 0;
  }

  purge(name: string): "done" | "unloaded" {
    if (!this.roots.delete(name)) return "unloaded";
    this.#sweep();
    return "done";
  }

  softPurge(name: string): "done" | "refused" | "unloaded" {
    const root = this.roots.get(name);
    if (root === undefined) return "unloaded";
    if (this.#leasesOf(root) > 0) return "refused";
    return this.unload(name, true);
  }

  invalidate(name: string): string[] {
    if (this.#newest.has(name)) this.#invalidated.add(name);
    return [...this.roots]
      .filter(([, { active }]) => [...reach([active.instance])].some((each) => each.name === name))
      .map(([root]) => root);
  }

  release(name: string, version: ModelVersion): void {
    version.leases--;
    const root = this.roots.get(name);
    if (root === undefined || version.leases > 0) return;
    root.draining = root.draining.filter((each) => each !== version);
    this.#sweep();
  }

  /** What only a leased old version reaches is hidden from new importers after its drain. */
  passDrain(): void {
    for (const { draining } of this.roots.values()) {
      for (const { instance } of draining) {
        const others = reach(this.#held().filter((each) => each !== instance));
        for (const each of reach([instance])) {
          if (!others.has(each) && this.#newest.get(each.name) === each) {
            this.#newest.delete(each.name);
          }
        }
      }
    }
  }

  /** The names of all versions that are held, once for each. */
  held(): string[] {
    return [...reach(this.#held())].map(({ name }) => name).sort();
  }

  #held(): ModelInstance[] {
    return [...this.roots.values()].flatMap(({ active, draining }) =>
      [active, ...draining].map(({ instance }) => instance),
    );
  }

  #leasesOf({ active, draining }: ModelRoot): number {
    return [active, ...draining].reduce((sum, { leases }) => sum + leases, 0);
  }

  #attempt(
    renewed: ReadonlySet<string>,
    run: (make: (name: string) => ModelInstance) => void,
  ): boolean {
    const fresh = new Map<string, ModelInstance>();
    const make = (name: string): ModelInstance => {
      // A file that is gone is not found, even if a version of it is there.
      if (this.#files.drafts.get(name)!.fault === "missing") throw new Failure();
      const known = fresh.get(name) ?? (renewed.has(name) ? undefined : this.#newest.get(name));
      if (known !== undefined) return known;
      const draft = this.#files.drafts.get(name)!;
      if (draft.fault === "syntax") throw new Failure();
      const instance: ModelInstance = { name, draft, parts: [] };
      fresh.set(name, instance);
      for (const each of draft.requires) instance.parts.push(make(each));
      if (draft.fault === "throws") throw new Failure();
      return instance;
    };
    try {
      run(make);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return false;
    }
    for (const [name, instance] of fresh) {
      this.#newest.set(name, instance);
      this.#invalidated.delete(name);
    }
    this.#sweep();
    return true;
  }

  #renewed(instance: ModelInstance): Set<string> {
    const renewed = new Set([instance.name]);
    const seen = new Map<string, ModelInstance>();
    const visit = (at: ModelInstance): void => {
      if (seen.has(at.name)) return;
      const newest = this.#newest.get(at.name) ?? at;
      seen.set(at.name, newest);
      for (const each of newest.parts) visit(each);
    };
    visit(instance);
    for (const [name, { draft }] of seen) {
      if (this.#files.drafts.get(name) !== draft || this.#invalidated.has(name)) renewed.add(name);
    }
    for (let size = -1; size !== renewed.size;) {
      size = renewed.size;
      for (const [name, { parts }] of seen) {
        if (parts.some((each) => renewed.has(each.name))) renewed.add(name);
      }
    }
    return renewed;
  }

  #sweep(): void {
    const held = reach(this.#held());
    for (const [name, instance] of this.#newest) {
      if (held.has(instance)) continue;
      this.#newest.delete(name);
      this.#invalidated.delete(name);
    }
  }
}

function reach(from: Iterable<ModelInstance>): Set<ModelInstance> {
  const reached = new Set(from);
  for (const { parts } of reached) for (const part of parts) reached.add(part);
  return reached;
}
