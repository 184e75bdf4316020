import { join, sep } from "node:path";
import type { Package } from "./package-json.ts";
import { resolutionError } from "./resolution-error.ts";

/** A target of a key with a star is used as often as the star stands in it. */
const STAR = /\*/g;
/** Parts that a target and what a star stands for must not have. */
const FORBIDDEN = /(?:^|[\\/])(?:\.\.?|node_modules)(?:[\\/]|$)/i;

/** What a target is: a file, a specifier of another package, or nothing. */
export type Target = { readonly file: string } | { readonly specifier: string } | undefined;

/**
 * The file that `exports` gives for a subpath, such as `.` or `./feature`.
 * Source: https://nodejs.org/api/esm.html#resolution-algorithm-specification
 */
export function exportTarget(
  from: Package,
  subpath: string,
  conditions: ReadonlySet<string>,
): string {
  const { exports } = from.json;
  const isShort =
    typeof exports === "string" || Array.isArray(exports) || hasOnlyConditions(exports, from);
  const target = isShort
    ? subpath === "."
      ? targetOf(from, exports, undefined, subpath, conditions, false)
      : undefined
    : lookUp(from, exports as Record<string, unknown>, subpath, conditions, false);
  if (target !== undefined && target !== null && "file" in target) return target.file;
  throw resolutionError(
    "ERR_PACKAGE_PATH_NOT_EXPORTED",
    subpath === "."
      ? `No "exports" main defined in ${join(from.folder, "package.json")}`
      : `Package subpath '${subpath}' is not defined by "exports" in ${join(from.folder, "package.json")}`,
  );
}

/** What `imports` gives for a specifier that begins with `#`. */
export function importTarget(
  from: Package | undefined,
  specifier: string,
  conditions: ReadonlySet<string>,
): NonNullable<Target> {
  if (specifier === "#" || specifier.startsWith("#/")) {
    throw resolutionError(
      "ERR_INVALID_MODULE_SPECIFIER",
      `Invalid module "${specifier}" is not a valid internal imports specifier name`,
    );
  }
  const imports = from?.json.imports;
  if (from !== undefined && typeof imports === "object" && imports !== null) {
    const found = lookUp(from, imports as Record<string, unknown>, specifier, conditions, true);
    if (found !== undefined && found !== null) return found;
  }
  const where = from === undefined ? "" : ` in package ${join(from.folder, "package.json")}`;
  throw resolutionError(
    "ERR_PACKAGE_IMPORT_NOT_DEFINED",
    `Package import specifier "${specifier}" is not defined${where}`,
  );
}

function hasOnlyConditions(exports: unknown, from: Package): boolean {
  if (typeof exports !== "object" || exports === null) return false;
  const keys = Object.keys(exports);
  const paths = keys.filter((key) => key.startsWith("."));
  if (paths.length > 0 && paths.length < keys.length) {
    throw resolutionError(
      "ERR_INVALID_PACKAGE_CONFIG",
      `Invalid package config ${join(from.folder, "package.json")}: "exports" has both paths and conditions`,
    );
  }
  return keys.length > 0 && paths.length === 0;
}

/** The target of the best key: an exact one, else the pattern with the longest beginning. */
function lookUp(
  from: Package,
  table: Readonly<Record<string, unknown>>,
  wanted: string,
  conditions: ReadonlySet<string>,
  isImport: boolean,
): Target | null {
  if (Object.hasOwn(table, wanted) && !wanted.includes("*") && !wanted.endsWith("/")) {
    return targetOf(from, table[wanted], undefined, wanted, conditions, isImport);
  }
  const keys = Object.keys(table).filter((key) => {
    const at = key.indexOf("*");
    if (at < 0 || at !== key.lastIndexOf("*")) return false;
    const [head, tail] = [key.slice(0, at), key.slice(at + 1)];
    return (
      wanted.length >= key.length &&
      wanted.startsWith(head) &&
      wanted.endsWith(tail) &&
      wanted !== head
    );
  });
  const best = keys.sort((a, b) => b.indexOf("*") - a.indexOf("*") || b.length - a.length)[0];
  if (best === undefined) return undefined;
  const at = best.indexOf("*");
  const match = wanted.slice(at, wanted.length - (best.length - at - 1));
  return targetOf(from, table[best], match, wanted, conditions, isImport);
}

/** Undefined: no condition holds. Null: the package refuses. */
function targetOf(
  from: Package,
  target: unknown,
  match: string | undefined,
  wanted: string,
  conditions: ReadonlySet<string>,
  isImport: boolean,
): Target | null {
  if (typeof target === "string") return fileOf(from, target, match, wanted, isImport);
  if (target === null) return null;
  if (Array.isArray(target)) {
    let failure: unknown;
    for (const each of target) {
      try {
        const found = targetOf(from, each, match, wanted, conditions, isImport);
        if (found !== undefined && found !== null) return found;
      } catch (error) {
        if ((error as { code?: string }).code !== "ERR_INVALID_PACKAGE_TARGET") throw error;
        failure = error;
      }
    }
    if (failure !== undefined) throw failure;
    return undefined;
  }
  if (typeof target === "object") {
    for (const [condition, each] of Object.entries(target as object)) {
      if (condition !== "default" && !conditions.has(condition)) continue;
      const found = targetOf(from, each, match, wanted, conditions, isImport);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  throw invalidTarget(from, target, wanted);
}

function fileOf(
  from: Package,
  target: string,
  match: string | undefined,
  wanted: string,
  isImport: boolean,
): Target {
  const isFile = target.startsWith("./");
  const filled = match === undefined ? target : target.replaceAll(STAR, () => match);
  if (!isFile) {
    if (!isImport || target.startsWith("../") || target.startsWith("/")) {
      throw invalidTarget(from, target, wanted);
    }
    return { specifier: filled };
  }
  if (FORBIDDEN.test(target.slice(2))) throw invalidTarget(from, target, wanted);
  if (match !== undefined && FORBIDDEN.test(match)) {
    throw resolutionError(
      "ERR_INVALID_MODULE_SPECIFIER",
      `Invalid module "${wanted}" request is not a valid match in the pattern of ${join(from.folder, "package.json")}`,
    );
  }
  return { file: join(from.folder, decodeURIComponent(filled).split("/").join(sep)) };
}

function invalidTarget(from: Package, target: unknown, wanted: string): Error {
  return resolutionError(
    "ERR_INVALID_PACKAGE_TARGET",
    `Invalid target ${JSON.stringify(target)} defined for '${wanted}' in the package config ${join(from.folder, "package.json")}`,
  );
}
