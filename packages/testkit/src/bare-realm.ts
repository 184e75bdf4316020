import { createContext, runInContext } from "node:vm";
import { buildSync, type Format } from "esbuild";

/** The script of a module, with all that it imports from the sources of the packages. */
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
 * Runs a module in a realm that has the language, without what is taken away, and nothing of a host but
 * what is given. Returns what it exports.
 */
export function importBare<Exports>(
  code: string,
  { given = {}, without = [] }: { given?: object; without?: readonly string[] } = {},
): Exports {
  const realm = createContext(Object.defineProperties({}, Object.getOwnPropertyDescriptors(given)));
  for (const name of without) runInContext(`delete globalThis.${name}`, realm);
  return runInContext(`${bundleSource(code, "iife")}; exported;`, realm) as Exports;
}
