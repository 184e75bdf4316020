import { dirname } from "node:path";
import type { ModuleInstance } from "../../instances/module-instance.ts";
import type { Linker } from "../backend.ts";
import { originalOf } from "./blame.ts";

/** Makes the `import.meta` of a module, with the names of Node and `hot`. */
export function makeMeta(instance: ModuleInstance, linker: Linker): object {
  const { spec, hot } = instance;
  const { url } = spec;
  const file = spec.file!;
  const resolve = (specifier: unknown): string => {
    const text = String(specifier);
    try {
      return linker.resolve(instance, text, "import").url;
    } catch (error) {
      // As in Node, the file need not exist.
      if (/^\.{0,2}\/|^file:/.test(text)) return new URL(text, url).href;
      throw originalOf(error);
    }
  };
  const meta = { dirname: dirname(file), filename: file, resolve, url, hot: hot.hot };
  return Object.assign(Object.create(null) as object, meta);
}
