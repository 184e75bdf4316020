import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { resolutionError } from "./resolution-error.ts";

/** The fields of a `package.json` that resolution reads. */
export interface PackageJson {
  readonly name?: unknown;
  readonly type?: unknown;
  readonly main?: unknown;
  readonly exports?: unknown;
  readonly imports?: unknown;
}

/** A package: its folder and its manifest. */
export interface Package {
  readonly folder: string;
  readonly json: PackageJson;
}

/** The package of a folder, or undefined if it has no manifest. Reads the file at each call. */
export function packageAt(folder: string): Package | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, "package.json"), "utf8");
  } catch {
    return undefined;
  }
  return { folder, json: parse(text, join(folder, "package.json")) };
}

/** The package to which a file belongs, or undefined. */
export function packageOf(file: string): Package | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (folder.endsWith("node_modules")) return undefined;
    const found = packageAt(folder);
    if (found !== undefined) return found;
    if (dirname(folder) === folder) return undefined;
  }
}

function parse(text: string, path: string): PackageJson {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const found = (error as Error).message;
    throw resolutionError("ERR_INVALID_PACKAGE_CONFIG", `Invalid package config ${path}: ${found}`);
  }
  return typeof json === "object" && json !== null ? json : {};
}
