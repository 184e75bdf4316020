import { createContext, runInContext } from "node:vm";
import { buildSync, type Format } from "esbuild";

/**
 * Bundles a module with all that it imports from the sources of the packages. Returns the script.
 */
export function bundleSource(code: string, format: Format): string {
  const { outputFiles } = buildSync({
    stdin: { contents: code, resolveDir: import.meta.dirname },
    conditions: ["@heapwise/source"],
    bundle: true,
    format,
    globalName: "exported",
    platform: "neutral",
    target: "es2022",
    write: false,
  });
  return outputFiles[0]!.text;
}

/**
 * Runs a module in a realm without a host, and returns its exports.
 *
 * @param given The globals of a host that the realm has. None by default.
 * @param without Names of globals of the language that are deleted.
 */
export function importBare<Exports>(
  code: string,
  { given = {}, without = [] }: { given?: object; without?: readonly string[] } = {},
): Exports {
  const realm = createContext(Object.defineProperties({}, Object.getOwnPropertyDescriptors(given)));
  for (const name of without) runInContext(`delete globalThis.${name}`, realm);
  return runInContext(`${bundleSource(code, "iife")}; exported;`, realm) as Exports;
}
