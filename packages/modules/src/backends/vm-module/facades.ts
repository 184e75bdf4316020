import { readFileSync } from "node:fs";
import { isModuleNamespaceObject } from "node:util/types";
import type { SourceTextModule, SyntheticModule } from "node:vm";
import type { ModuleInstance } from "../../instances/module-instance.ts";
import type { ModuleSpec } from "../../resolution/module-spec.ts";
import type { Linker } from "../backend.ts";
import { originalOf } from "../function/blame.ts";
import { unitOf } from "../function/function-body.ts";
import { commonJsNames } from "./commonjs-names.ts";
import { compileVmModule, makeSyntheticModule, SCOPE_SPECIFIER } from "./compile-vm-module.ts";

/** Node gives importers of CommonJS this name too since version 23. */
const HAS_EXPORTS_NAME = Number(process.versions.node.split(".")[0]) >= 23;

/** Modules of V8 that stand for what other backends and the process run. */
export class Facades {
  readonly #ofInstances = new WeakMap<ModuleInstance, SourceTextModule>();
  readonly #ofExports = new WeakMap<object, SyntheticModule>();

  /** The one of a module of the host that runs as a function. It is evaluated with that. */
  of(instance: ModuleInstance, linker: Linker): SourceTextModule {
    const known = this.#ofInstances.get(instance);
    // The next `import` runs CommonJS that threw again.
    if (known !== undefined && known.status !== "errored") return known;
    const { format, url } = instance.spec;
    const names = ["default", ...(format === "commonjs" ? namesOf(instance, linker) : [])];
    const facade = makeFacade(names, url, () => {
      const exports = requireNow(instance, linker);
      return names.map((name) => {
        if (name === "default" || name === "module.exports") return exports;
        const isOwn = isObject(exports) && Object.hasOwn(exports, name);
        return isOwn ? (exports as Record<string, unknown>)[name] : undefined;
      });
    });
    this.#ofInstances.set(instance, facade);
    return facade;
  }

  /** The one of a module of the process, which has run already. */
  ofExports(exports: unknown, { url }: ModuleSpec): SyntheticModule {
    const values = isObject(exports) ? (exports as Record<string, unknown>) : { default: exports };
    const known = this.#ofExports.get(values);
    if (known !== undefined) return known;
    // The values that a scope gives in place of a builtin are those of `require`.
    const isNamespace = isModuleNamespaceObject(exports);
    const names = new Set([...Object.keys(values), ...(isNamespace ? [] : ["default"])]);
    const facade = makeSyntheticModule([...names], url, (set) => {
      for (const name of names) set(name, values[name]);
      if (!isNamespace) set("default", exports);
    });
    this.#ofExports.set(values, facade);
    return facade;
  }

  /** The variables that shadow globals in one version. */
  ofScope({ scope }: ModuleInstance): SyntheticModule {
    const { globals } = scope;
    const known = this.#ofExports.get(globals);
    if (known !== undefined) return known;
    const facade = makeSyntheticModule(Object.keys(globals), SCOPE_SPECIFIER, (set) => {
      for (const [name, value] of Object.entries(globals)) set(name, value);
    });
    this.#ofExports.set(globals, facade);
    return facade;
  }
}

/**
 * A module with code of its own that exports the result of a function. The error of a synthetic
 * module is an unhandled rejection in Node 20.
 */
function makeFacade(
  names: readonly string[],
  url: string,
  run: () => readonly unknown[],
): SourceTextModule {
  // Variables of `var` are undefined in a cycle, as in Node.
  const variables = names.map((_, i) => `v${i} = v[${i}]`);
  const exported = names.map((name, i) => `v${i} as ${JSON.stringify(name)}`);
  return compileVmModule({
    text: `var v = import.meta.run(), ${variables.join()}; v = null; export { ${exported.join()} };`,
    url,
    file: url,
    globals: [],
    codeCache: "bypass",
    initializeImportMeta: (meta) => void Object.assign(meta, { run }),
    importModuleDynamically: () => Promise.reject(new Error("Cannot import: expected no import()")),
  });
}

function requireNow(instance: ModuleInstance, linker: Linker): unknown {
  try {
    linker.prepareNow(instance);
    return unitOf(instance).requireNow();
  } catch (error) {
    throw originalOf(error);
  }
}

/** The names that a CommonJS module exports: those that it has, or those that its text shows. */
function namesOf(instance: ModuleInstance, linker: Linker): Set<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const add = (spec: ModuleSpec): void => {
    if (spec.file === undefined || spec.format !== "commonjs" || seen.has(spec.file)) return;
    seen.add(spec.file);
    const { names, reexports } = commonJsNames(textOf(spec.file));
    for (const name of names) found.add(name);
    for (const specifier of reexports) {
      try {
        add(linker.resolve({ spec }, specifier, "require"));
      } catch {
        // The module itself will throw it.
      }
    }
  };
  add(instance.spec);
  found.delete("default");
  if (HAS_EXPORTS_NAME) found.add("module.exports");
  return found;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
