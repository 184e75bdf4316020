import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { compileFunction } from "node:vm";
import { removeTypesNow } from "../source/remove-types.ts";
import type { ModuleFormat } from "./module-spec.ts";
import { packageOf } from "./package-json.ts";

const BY_EXTENSION: Readonly<Record<string, ModuleFormat>> = {
  ".cjs": "commonjs",
  ".cts": "commonjs",
  ".mjs": "module",
  ".mts": "module",
  ".json": "json",
  ".node": "addon",
  ".wasm": "wasm",
};
const WRAPPER = ["exports", "require", "module", "__filename", "__dirname"];
/** What a text must have to be worth a look: most files of CommonJS have neither. */
const MAY_BE_MODULE =
  /\b(?:import|export|await)\b|\b(?:const|let|class)\b[^;=]*\b(?:exports|module|require|__filename|__dirname)\b/;
/** Messages of V8 for what only a module may have. */
const ONLY_IN_MODULES =
  /^(?:Cannot use import statement outside a module|Unexpected token 'export'|Cannot use 'import\.meta' outside a module)/;
/** Messages for what a module may have and CommonJS cannot, which need a second look. */
const MAYBE_IN_MODULES =
  /^(?:Identifier '(?:__filename|__dirname|exports|module|require)' has already been declared|await is only valid in async functions|Unexpected reserved word)/;

/** Whether types have to be removed from a file. */
export function isTypeScriptFile(file: string): boolean {
  return /\.[cm]?tsx?$/.test(file);
}

/**
 * The format of a file: by its extension, else by the `type` of its package, else by its syntax, as
 * Node does: a text is a module if only a module may have that syntax.
 */
export function detectFormat(file: string): ModuleFormat {
  const known = BY_EXTENSION[extname(file)];
  if (known !== undefined) return known;
  if (/\.[jt]sx$/.test(file)) return "module";
  const type = packageOf(file)?.json.type;
  if (type === "module" || type === "commonjs") return type;
  return hasModuleSyntax(textOf(file)) ? "module" : "commonjs";
}

/** Source: https://nodejs.org/api/packages.html#syntax-detection */
function hasModuleSyntax(text: string): boolean {
  if (!MAY_BE_MODULE.test(text)) return false;
  const message = errorOf(text, WRAPPER);
  if (message === undefined) return false;
  if (ONLY_IN_MODULES.test(message)) return true;
  if (!MAYBE_IN_MODULES.test(message)) return false;
  // As the body of an async function without the variables of CommonJS.
  const second = errorOf(`(async function() {${text.replace(/^#!.*/, "")}\n})`, []);
  return second === undefined || ONLY_IN_MODULES.test(second);
}

/** The message with which a text fails to compile as the body of a function. */
function errorOf(text: string, parameters: readonly string[]): string | undefined {
  try {
    // An extension keeps the text out of V8's compilation cache, which would hold it.
    compileFunction(text.replace(/^#!.*/, ""), [...parameters], { contextExtensions: [{}] });
    return undefined;
  } catch (error) {
    return String((error as { message?: unknown }).message);
  }
}

/** The text of a file without types; empty if it cannot be had, which the load will report. */
function textOf(file: string): string {
  try {
    const text = readFileSync(file, "utf8");
    return isTypeScriptFile(file) ? (removeTypesNow(text) ?? text) : text;
  } catch {
    return "";
  }
}
