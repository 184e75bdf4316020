import type { BackendName, ModuleFormat } from "../resolution/module-spec.ts";
import type { ModuleInstance, ModuleState } from "./module-instance.ts";

/** One version of a module, by name and number. */
export interface ModuleKey {
  /** Path relative to the root, or the specifier of a package. */
  readonly name: string;
  /** 1 for the first version in the host. */
  readonly version: number;
}

/** One version of one file in the graph of a host. */
export interface ModuleNode extends ModuleKey {
  /** Absolute path of the file. */
  readonly file: string | undefined;
  /** The form of the text. */
  readonly format: ModuleFormat;
  /** What runs the code. */
  readonly backend: BackendName;
  /** That of the handle, if the version was loaded by name. */
  readonly state: ModuleState;
  /** Whether the version was loaded by name, and not only imported. */
  readonly isLoaded: boolean;
  /** Number of leases. */
  readonly leases: number;
  /** The versions that it imports. */
  readonly dependencies: readonly ModuleKey[];
  /** The versions that import it. */
  readonly importers: readonly ModuleKey[];
  /** Names of modules of the process that it imports: they are not reloaded. */
  readonly shared: readonly string[];
}

/** All versions that a host holds. */
export interface ModuleGraph {
  /** The versions, in the order in which they were made. */
  readonly modules: readonly ModuleNode[];
}

/** The facts known of a version that was loaded by name. */
export interface LoadedFacts {
  readonly state: ModuleState;
  readonly leases: number;
}

/** A copy of a graph, which holds no code. */
export function describeGraph(
  instances: Iterable<ModuleInstance>,
  loaded: ReadonlyMap<ModuleInstance, LoadedFacts>,
): ModuleGraph {
  const modules = [...instances].map((instance): ModuleNode => {
    const { spec, version, backend, dependencies, importers, shared } = instance;
    const facts = loaded.get(instance);
    return {
      name: spec.name,
      version,
      file: spec.file,
      format: spec.format,
      backend,
      state: instance.isDoomed ? "draining" : (facts?.state ?? instance.state),
      isLoaded: facts !== undefined,
      leases: facts?.leases ?? 0,
      dependencies: [...dependencies.values()].map(keyOf),
      importers: [...importers].map(keyOf),
      shared: [...shared],
    };
  });
  return { modules };
}

function keyOf({ spec, version }: ModuleInstance): ModuleKey {
  return { name: spec.name, version };
}
