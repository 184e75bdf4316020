import { ModuleLoadError } from "../host/errors.ts";
import type { Settings } from "../host/options.ts";
import type { ModuleSpec } from "./module-spec.ts";
import { createRequire, isBuiltin } from "node:module";
import { realpathSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { extname, relative, sep } from "node:path";

/** Finds the module that a specifier means, as Node does. */
export class Resolver {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /**
   * @param parent Address of the module that asks; the root's if it is undefined.
   * @throws {ModuleLoadError} with the phase `resolve`.
   */
  resolve(specifier: string, parent: string | undefined, _kind: "import" | "require"): ModuleSpec {
    if (isBuiltin(specifier)) {
      const name = specifier.startsWith("node:") ? specifier : `node:${specifier}`;
      return {
        name,
        url: name,
        file: undefined,
        format: "builtin",
        isTypeScript: false,
        owner: "process",
      };
    }
    try {
      const file = realpathSync(
        specifier.startsWith("file:")
          ? fileURLToPath(specifier)
          : createRequire(parent ?? `${this.#settings.rootUrl}x.js`).resolve(specifier),
      );
      const path = relative(this.#settings.root, file).split(sep).join("/");
      const isInside = !path.startsWith("..");
      return {
        name: path,
        url: pathToFileURL(file).href,
        file,
        format:
          extname(file) === ".json" ? "json" : extname(file) === ".mjs" ? "module" : "commonjs",
        isTypeScript: /\.[cm]?ts$/.test(file),
        owner: isInside ? "host" : "process",
      };
    } catch (cause) {
      throw new ModuleLoadError(`Cannot resolve "${specifier}": ${String(cause)}`, {
        module: specifier,
        version: 0,
        phase: "resolve",
        cause,
      });
    }
  }
}
