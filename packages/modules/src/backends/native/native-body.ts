import { createRequire } from "node:module";
import { ModuleLoadError } from "../../host/errors.ts";
import type { ModuleBody, ModuleInstance } from "../../instances/module-instance.ts";
import { nativeImport } from "./native-import.ts";
import { nativeLoadError } from "./native-load-error.ts";
import { countVersion, versionedUrl } from "./native-versions.ts";

/** A module that Node's own loader runs. */
export class NativeBody implements ModuleBody {
  #instance: ModuleInstance | undefined;
  readonly #onBegin: () => void;
  #exports: unknown;
  #evaluation: Promise<void> | undefined;

  /** @param onBegin Called once, before the code runs. */
  constructor(instance: ModuleInstance, onBegin: () => void) {
    this.#instance = instance;
    this.#onBegin = onBegin;
  }

  get exports(): unknown {
    return this.#exports;
  }

  evaluate(): Promise<void> {
    this.#evaluation ??= this.#evaluate();
    return this.#evaluation;
  }

  /** The same without waiting, by `require`. */
  evaluateNow(): void {
    if (this.#evaluation !== undefined) return;
    try {
      this.#require();
      this.#evaluation = Promise.resolve();
    } catch (error) {
      this.#evaluation = Promise.reject(error as Error);
      this.#evaluation.catch(() => {});
      throw error;
    }
  }

  async #evaluate(): Promise<void> {
    const { spec } = this.#instance!;
    if (spec.format !== "module") {
      this.#require();
      return;
    }
    this.#onBegin();
    try {
      this.#exports = await nativeImport(versionedUrl(spec.url, countVersion(spec.url)));
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #require(): void {
    const { spec, version } = this.#instance!;
    const count = countVersion(spec.url);
    if (count > 1 && spec.format === "module") {
      const found = `Node has loaded it before, and require cannot load it again`;
      throw new ModuleLoadError(
        `Cannot require module "${spec.name}": ${found}, expected import()`,
        { module: spec.name, version, phase: "link" },
      );
    }
    this.#onBegin();
    const require = createRequire(spec.url);
    const file = spec.file!;
    // As `import()` of a new address does, a further version replaces no other.
    const before = count > 1 ? require.cache[file] : undefined;
    if (count > 1) Reflect.deleteProperty(require.cache, file);
    try {
      this.#exports = require(file) as unknown;
    } catch (error) {
      throw this.#failure(error);
    } finally {
      if (before !== undefined) require.cache[file] = before;
    }
  }

  #failure(error: unknown): ModuleLoadError {
    const instance = this.#instance!;
    instance.hasFailed = true;
    return nativeLoadError(instance, error);
  }

  release(): void {
    this.#instance = undefined;
    this.#exports = undefined;
    this.#evaluation = undefined;
  }
}
