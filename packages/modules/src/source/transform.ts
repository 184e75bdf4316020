/** The context of a transform, about a text. */
export interface TransformContext {
  /** Absolute path of the file. */
  readonly file: string;
  /** `module`, or `commonjs` if only types have to be removed. */
  readonly format: "module" | "commonjs";
}

/** The result of a transform. */
export interface TransformResult {
  /** For an ES module: a function body in the form of Vite's module runner. */
  readonly code: string;
  /** A source map, as an object or its JSON. */
  readonly map?: object | string | null | undefined;
  /** Specifiers that the module imports statically, in the order of the text. */
  readonly deps?: readonly string[] | undefined;
  /** Specifiers of `import()` that are literals. */
  readonly dynamicDeps?: readonly string[] | undefined;
}

/**
 * Turns an ES module, which may have types, into a function body in the form of Vite's module
 * runner: imports become calls of `__vite_ssr_import__`, exports are defined by
 * `__vite_ssr_exportName__` or as accessors of `__vite_ssr_exports__`.
 */
export type Transform = (
  source: string,
  context: TransformContext,
) => TransformResult | Promise<TransformResult>;
