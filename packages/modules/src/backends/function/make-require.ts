import type { CommonJsModule } from "./commonjs-module.ts";

/** The data that a `require` needs beside its module. */
export interface RequireParts {
  /** The path of the file of a specifier, or the name of a builtin as it was written. */
  readonly resolve: (specifier: string) => string;
  /** Node's own `require` for the file. */
  readonly native: () => NodeJS.Require;
}

/**
 * Makes the `require` of a module. `cache` is a copy of what the module has required, so that
 * `delete require.cache[...]` has no effect: the host knows what to load again. `extensions` is not
 * there, since nothing reads it.
 */
export function makeRequire(module: CommonJsModule, parts: RequireParts): object {
  const require = (specifier: unknown): unknown => {
    check(specifier);
    return module.require(specifier);
  };
  const resolve = (specifier: unknown, options?: { paths?: string[] }): string => {
    check(specifier);
    if (options?.paths !== undefined) return parts.native().resolve(specifier, options);
    return parts.resolve(specifier);
  };
  const paths = (request: string): string[] | null => parts.native().resolve.paths(request);
  const cache = (): Record<string, CommonJsModule> => {
    const all = [module, ...module.children].map((each) => [each.filename, each] as const);
    return Object.assign(Object.create(null) as object, Object.fromEntries(all));
  };
  Object.assign(resolve, { paths });
  Object.assign(require, { resolve });
  Object.defineProperty(require, "main", { get: () => parts.native().main, enumerable: true });
  Object.defineProperty(require, "cache", { get: cache, enumerable: true });
  return require;
}

function check(specifier: unknown): asserts specifier is string {
  if (typeof specifier === "string" && specifier !== "") return;
  const isText = typeof specifier === "string";
  const found = isText ? "''" : typeof specifier;
  const error = new TypeError(`The argument 'id' must be a non-empty string, received ${found}`);
  throw Object.assign(error, { code: isText ? "ERR_INVALID_ARG_VALUE" : "ERR_INVALID_ARG_TYPE" });
}
