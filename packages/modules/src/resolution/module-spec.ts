/** What runs the code of a module. */
export type BackendName = "function" | "vm-module" | "worker" | "native";

/** The form of a module's text. */
export type ModuleFormat = "commonjs" | "module" | "json" | "builtin" | "addon" | "wasm";

/** Where a module is, and its kind: the result of `ModuleHost.resolve`. */
export interface ModuleSpec {
  /**
   * Path relative to the root with forward slashes, or the specifier of a package or a builtin.
   */
  readonly name: string;
  /** The address: a `file:` URL, or `node:fs`. Equal addresses are the same module. */
  readonly url: string;
  /** Absolute path of the file, with symbolic links followed; undefined for a builtin. */
  readonly file: string | undefined;
  /** The form of its text, or its kind if it has no text. */
  readonly format: ModuleFormat;
  /** Whether types have to be removed from the text. */
  readonly isTypeScript: boolean;
  /**
   * Whether the host loads the module, and can unload it, or the process does: builtins, addons,
   * files outside of the root, and names that the option `shared` names.
   */
  readonly owner: "host" | "process";
}
