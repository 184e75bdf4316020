import type { ModuleBody, ModuleInstance } from "../instances/module-instance.ts";
import type { BackendName, ModuleSpec } from "../resolution/module-spec.ts";

/** The target of a specifier of a module. */
export type Dependency =
  | { readonly owner: "host"; readonly instance: ModuleInstance }
  | { readonly owner: "process"; readonly spec: ModuleSpec };

/** Gives backends the dependencies of a module. Kept by the host; the same for all backends. */
export interface Linker {
  /**
   * The dependency of a module for a specifier. Always the same for the same pair. An instance
   * may not be prepared yet: see `prepare` and `prepareNow`.
   * @throws {ModuleLoadError} with the phase `resolve`.
   */
  dependency(from: ModuleInstance, specifier: string, kind: "import" | "require"): Dependency;
  /** Finds the module of a specifier, without making it a dependency. */
  resolve(
    from: Pick<ModuleInstance, "spec">,
    specifier: string,
    kind: "import" | "require",
  ): ModuleSpec;
  /** Reads and compiles a module and its static imports; runs nothing. */
  prepare(instance: ModuleInstance): Promise<void>;
  /** The same without waiting, for `require`. Throws if it would have to wait. */
  prepareNow(instance: ModuleInstance): void;
  /** What `import` or `require` of a module of the process gives, shadowed by the scope. */
  processExports(from: ModuleInstance, spec: ModuleSpec, kind: "require"): unknown;
  processExports(from: ModuleInstance, spec: ModuleSpec, kind: "import"): Promise<unknown>;
  /** Called by a backend before the code of a module first runs. Sets `order`. */
  begin(instance: ModuleInstance): void;
}

/** A way to run code. */
export interface Backend {
  readonly name: BackendName;
  /** Whether a version can be collected after it was unloaded. */
  readonly isUnloadable: boolean;
  /** Reads and compiles one module. The linker prepares what its body needs. */
  prepare(instance: ModuleInstance, linker: Linker): Promise<ModuleBody>;
  /** The same without waiting, if the backend can; throws a ModuleLoadError if it cannot. */
  prepareNow?(instance: ModuleInstance, linker: Linker): ModuleBody;
}
