import { isBuiltin } from "node:module";
import { statSync } from "node:fs";
import { dirname, join, resolve as resolvePath, sep } from "node:path";
import { packageAt, packageOf, type Package } from "./package-json.ts";
import { exportTarget, importTarget } from "./package-targets.ts";
import { resolutionError } from "./resolution-error.ts";

/** Extensions that `require` tries. */
const REQUIRED = [".js", ".json", ".node"];
/** What a TypeScript file may mean by the extension of the file that its compiler would write. */
const WRITTEN: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};
const PACKAGE = /^(?:@[^/\\%]+\/)?[^./\\%@][^/\\%]*/;

/** The place from which a file is searched, and the rules that hold there. */
export interface Search {
  /** Absolute path of the file, or of a name in the folder, from which the search starts. */
  readonly parent: string;
  readonly kind: "import" | "require";
  readonly conditions: ReadonlySet<string>;
}

/**
 * The path of the file that a specifier means: a path, the name of a package, or a name of the own
 * package's `imports`, which may be that of a builtin. Symbolic links are not followed yet. Nothing
 * is cached, because files come and go while a host runs.
 * Source: https://nodejs.org/api/modules.html#all-together and
 * https://nodejs.org/api/esm.html#resolution-algorithm-specification
 */
export function findFile(specifier: string, search: Search): string {
  if (isPath(specifier)) return byPath(specifier, search);
  if (specifier.startsWith("#")) {
    const target = importTarget(packageOf(search.parent), specifier, search.conditions);
    if ("file" in target) return existing(target.file, specifier, search);
    return isBuiltin(target.specifier) ? target.specifier : findFile(target.specifier, search);
  }
  return byPackage(specifier, search);
}

/** Whether a specifier is a path and not the name of a package. */
export function isPath(specifier: string): boolean {
  return (
    /^(?:\.{0,2}\/|\.{1,2}$|[a-zA-Z]:[\\/])/.test(specifier) || specifier.startsWith(`.${sep}`)
  );
}

function byPath(specifier: string, search: Search): string {
  const path = resolvePath(dirname(search.parent), specifier);
  const found = search.kind === "import" ? asFile(path) : asFileOrFolder(path, specifier);
  const written = found ?? (isTypeScript(search.parent) ? asTypeScript(path) : undefined);
  if (written !== undefined) return written;
  throw notFound(specifier, path, search);
}

function byPackage(specifier: string, search: Search): string {
  if (specifier === "") throw notFound(specifier, search.parent, search);
  const name = PACKAGE.exec(specifier)?.[0];
  if (name === undefined || (specifier.length > name.length && specifier[name.length] !== "/")) {
    throw resolutionError(
      search.kind === "import" ? "ERR_INVALID_MODULE_SPECIFIER" : "MODULE_NOT_FOUND",
      `Invalid module "${specifier}" is not a valid package name imported from ${search.parent}`,
    );
  }
  const subpath = `.${specifier.slice(name.length)}`;
  const own = packageOf(search.parent);
  if (own?.json.name === name && own.json.exports !== undefined && own.json.exports !== null) {
    return existing(exportTarget(own, subpath, search.conditions), specifier, search);
  }
  for (let folder = dirname(search.parent); ; folder = dirname(folder)) {
    if (!folder.endsWith(`${sep}node_modules`)) {
      const found = inPackage(join(folder, "node_modules", name), subpath, specifier, search);
      if (found !== undefined) return found;
    }
    if (dirname(folder) === folder) break;
  }
  throw notFound(specifier, name, search);
}

function inPackage(
  folder: string,
  subpath: string,
  specifier: string,
  search: Search,
): string | undefined {
  if (!isFolder(folder)) {
    // A file such as node_modules/x.js, which only `require` finds.
    return search.kind === "require" && subpath === "."
      ? (asFile(folder) ?? withExtension(folder))
      : undefined;
  }
  const found = packageAt(folder);
  const exports = found?.json.exports;
  if (found !== undefined && exports !== undefined && exports !== null) {
    return existing(exportTarget(found, subpath, search.conditions), specifier, search);
  }
  const path = join(folder, subpath);
  if (subpath !== ".") {
    return search.kind === "import"
      ? existing(path, specifier, search)
      : asFileOrFolder(path, specifier);
  }
  const main = mainOf(found ?? { folder, json: {} });
  if (main !== undefined) return main;
  if (search.kind === "require") return undefined;
  throw notFound(specifier, folder, search);
}

/** The entry of a package without `exports`: its `main`, or its index. */
function mainOf({ folder, json }: Package): string | undefined {
  if (typeof json.main === "string") {
    const path = resolvePath(folder, json.main);
    const found = asFile(path) ?? withExtension(path) ?? withExtension(join(path, "index"));
    if (found !== undefined) return found;
  }
  return withExtension(join(folder, "index"));
}

function asFileOrFolder(path: string, specifier: string): string | undefined {
  const isFolderOnly = /(?:^|[\\/])\.{0,2}[\\/]?$/.test(specifier) && /[\\/.]$/.test(specifier);
  if (!isFolderOnly) {
    const found = asFile(path) ?? withExtension(path);
    if (found !== undefined) return found;
  }
  return isFolder(path) ? mainOf(packageAt(path) ?? { folder: path, json: {} }) : undefined;
}

function asFile(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? path : undefined;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function withExtension(path: string): string | undefined {
  return REQUIRED.map((extension) => asFile(path + extension)).find((each) => each !== undefined);
}

function isTypeScript(path: string): boolean {
  return /\.[cm]?tsx?$/.test(path);
}

function asTypeScript(path: string): string | undefined {
  const extension = /\.[cm]?js$/.exec(path)?.[0];
  if (extension === undefined) return undefined;
  const stem = path.slice(0, -extension.length);
  return WRITTEN[extension]!.map((each) => asFile(stem + each)).find((each) => each !== undefined);
}

function existing(path: string, specifier: string, search: Search): string {
  const found = asFile(path);
  if (found !== undefined) return found;
  throw notFound(specifier, path, search);
}

function notFound(specifier: string, path: string, { kind, parent }: Search): Error {
  if (kind === "require") {
    return resolutionError(
      "MODULE_NOT_FOUND",
      `Cannot find module '${specifier}'\nRequire stack:\n- ${parent}`,
    );
  }
  // The folder of a package is named by its name alone, and has no entry.
  if (
    (specifier !== "" && /(?:^|\/)\.{0,2}$/.test(specifier)) ||
    (isFolder(path) && PACKAGE.exec(specifier)?.[0] !== specifier)
  ) {
    return resolutionError(
      "ERR_UNSUPPORTED_DIR_IMPORT",
      `Directory import ${path} is not supported resolving ES modules imported from ${parent}`,
    );
  }
  const what = isPath(specifier) ? "module" : "package";
  return resolutionError(
    "ERR_MODULE_NOT_FOUND",
    `Cannot find ${what} '${path}' imported from ${parent}`,
  );
}
