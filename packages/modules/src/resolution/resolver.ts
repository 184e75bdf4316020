import { realpathSync } from "node:fs";
import { isBuiltin } from "node:module";
import { isAbsolute, join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ModuleLoadError } from "../host/errors.ts";
import type { Settings } from "../host/options.ts";
import { detectFormat, isTypeScriptFile } from "./detect-format.ts";
import { findFile } from "./find-file.ts";
import type { ModuleSpec } from "./module-spec.ts";
import { resolutionError } from "./resolution-error.ts";

/** Whether `require` of an ES module is on, which adds a condition. */
const REQUIRES_MODULES = (process.features as { require_module?: boolean }).require_module === true;
const COMMON = ["node", "node-addons", ...(REQUIRES_MODULES ? ["module-sync"] : [])];

/** Finds the module that a specifier means, as Node does; each call looks at the files again. */
export class Resolver {
  readonly #settings: Settings;
  /** The root with symbolic links followed; looked up once it is needed. */
  #realRoot: string | undefined;
  readonly #conditions: Readonly<Record<"import" | "require", ReadonlySet<string>>>;

  constructor(settings: Settings) {
    this.#settings = settings;
    const own = conditionsOfProcess();
    this.#conditions = {
      import: new Set([...own, ...COMMON, "import"]),
      require: new Set([...own, ...COMMON, "require"]),
    };
  }

  /**
   * @param parent Address of the module that asks; the root's if it is undefined.
   * @throws {ModuleLoadError} with the phase `resolve`; its cause has the code that Node gives.
   */
  resolve(specifier: string, parent: string | undefined, kind: "import" | "require"): ModuleSpec {
    const from = parent ?? new URL("index.js", this.#settings.rootUrl).href;
    try {
      const { resolve } = this.#settings;
      if (resolve === undefined) return this.#resolve(specifier, from, kind);
      const next = (other: string): ModuleSpec => this.#resolve(other, from, kind);
      const found: unknown = resolve(specifier, { parent: from, kind, next });
      if (isSpec(found)) return found;
      if (typeof found === "string" || found instanceof URL) {
        return this.#resolve(String(found), from, kind);
      }
      throw new TypeError(`resolve returned ${typeof found}, expected a string, a URL or a spec`);
    } catch (cause) {
      const found = cause instanceof Error ? cause.message : String(cause);
      const [line] = found.split("\n");
      throw new ModuleLoadError(`Cannot resolve "${specifier}": ${line}`, {
        module: specifier,
        version: 0,
        phase: "resolve",
        cause,
      });
    }
  }

  #resolve(specifier: string, from: string, kind: "import" | "require"): ModuleSpec {
    if (isBuiltin(specifier)) return builtin(specifier);
    if (specifier.startsWith("node:")) {
      const code = kind === "import" ? "ERR_UNKNOWN_BUILTIN_MODULE" : "MODULE_NOT_FOUND";
      throw resolutionError(code, `No such built-in module: ${specifier}`);
    }
    if (/^data:/i.test(specifier)) {
      const format = "module";
      const url = specifier;
      return { name: url, url, file: undefined, format, isTypeScript: false, owner: "process" };
    }
    if (/^[a-z][a-z\d+.-]+:/i.test(specifier) && !specifier.startsWith("file:")) {
      throw resolutionError(
        "ERR_UNSUPPORTED_ESM_URL_SCHEME",
        `Only URLs with the schemes file, data and node are supported, received ${specifier}`,
      );
    }
    const { path, search } = this.#path(specifier, from, kind);
    const found = findFile(path, {
      parent: pathOf(from),
      kind,
      conditions: this.#conditions[kind],
    });
    if (isBuiltin(found)) return builtin(found);
    return this.#spec(specifier, realpathSync(found), search);
  }

  /** A specifier as a path or the name of a package, and the query of an address. */
  #path(
    specifier: string,
    from: string,
    kind: "import" | "require",
  ): { path: string; search: string } {
    const isUrl = specifier.startsWith("file:");
    if (isAbsolute(specifier) && kind === "require") return { path: specifier, search: "" };
    // `import` of a path is an address: it may have a query, and escapes.
    if (isUrl || (kind === "import" && /^\.{0,2}\//.test(specifier))) {
      const url = new URL(specifier, from);
      if (/%2f|%5c/i.test(url.pathname)) {
        throw resolutionError(
          "ERR_INVALID_MODULE_SPECIFIER",
          `Invalid module "${specifier}" must not include encoded "/" or "\\" characters`,
        );
      }
      return { path: fileURLToPath(url), search: url.search + url.hash };
    }
    return { path: specifier, search: "" };
  }

  #spec(specifier: string, file: string, search: string): ModuleSpec {
    const path = relative(this.#root(), file);
    const isInside = path !== "" && !path.startsWith(`..${sep}`) && !isAbsolute(path);
    const isBare = !/^(?:\.{0,2}[\\/]|\.{1,2}$|#|file:|[a-zA-Z]:[\\/])/.test(specifier);
    const name = (isBare ? specifier : path.split(sep).join("/")) + search;
    const format = detectFormat(file);
    const isForHost = isInside && format !== "addon" && format !== "wasm";
    return {
      name,
      url: pathToFileURL(file).href + search,
      file,
      format,
      isTypeScript: isTypeScriptFile(file),
      owner: isForHost && !this.isShared(specifier, name) ? "host" : "process",
    };
  }

  #root(): string {
    if (this.#realRoot !== undefined) return this.#realRoot;
    try {
      return (this.#realRoot = realpathSync(this.#settings.root));
    } catch {
      return this.#settings.root;
    }
  }

  /** Whether the option `shared` names a module, by the specifier or by its name. */
  isShared(specifier: string, name: string): boolean {
    return this.#settings.shared.some((each) => {
      if (typeof each !== "string") {
        // A copy without the flags by which a search begins at the end of the last one.
        const pattern = new RegExp(each.source, each.flags.replaceAll(/[gy]/g, ""));
        return pattern.test(specifier) || pattern.test(name);
      }
      if (!each.endsWith("*")) return each === specifier || each === name;
      const head = each.slice(0, -1);
      return specifier.startsWith(head) || name.startsWith(head);
    });
  }
}

function builtin(specifier: string): ModuleSpec {
  const name = specifier.startsWith("node:") ? specifier : `node:${specifier}`;
  const format = "builtin";
  return { name, url: name, file: undefined, format, isTypeScript: false, owner: "process" };
}

function pathOf(address: string): string {
  return address.startsWith("file:") ? fileURLToPath(address) : join(address);
}

function isSpec(value: unknown): value is ModuleSpec {
  const { name, url, format, owner } = (value ?? {}) as Partial<Record<keyof ModuleSpec, unknown>>;
  return [name, url, format, owner].every((each) => typeof each === "string");
}

/** Conditions that the command line of the process adds. */
function conditionsOfProcess(): string[] {
  const words = [...(process.env["NODE_OPTIONS"] ?? "").split(/\s+/), ...process.execArgv];
  return words.flatMap((word, i) => {
    if (word === "-C" || word === "--conditions") return words[i + 1] ?? [];
    return /^(?:--conditions|-C)=(.+)$/.exec(word)?.[1] ?? [];
  });
}
