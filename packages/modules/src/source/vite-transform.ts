import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { findFile } from "../resolution/find-file.ts";
import type { TransformResult } from "./transform.ts";

/** The part of `vite` that is used. */
interface Vite {
  readonly moduleRunnerTransform?: ViteTransform;
  /** The name before Vite 6. */
  readonly ssrTransform?: ViteTransform;
  readonly transformWithOxc?: RemoveTypes;
  readonly transformWithEsbuild?: RemoveTypes;
}
type ViteTransform = (
  code: string,
  map: unknown,
  url: string,
  original: string,
) => Promise<TransformResult | null>;
type RemoveTypes = (code: string, file: string) => Promise<{ code: string; map: unknown }>;

const CONDITIONS = new Set(["node", "import", "module-sync"]);

/** Transforms by the optional peer `vite`, which is looked for when it is first needed. */
export class ViteTransforms {
  readonly #places: readonly string[];
  #vite: Promise<Vite | undefined> | undefined;

  /** @param root Folder from which `vite` is looked for, before the folder of this package. */
  constructor(root: string) {
    this.#places = [join(root, "index.js"), import.meta.filename];
  }

  /** Whether `vite` is installed, without loading it. */
  get isInstalled(): boolean {
    return this.#find() !== undefined;
  }

  /** Turns an ES module into a function body; undefined without `vite`. */
  async toFunction(
    code: string,
    file: string,
    map: unknown,
    original: string,
  ): Promise<TransformResult | undefined> {
    const vite = await this.#load();
    const transform = vite?.moduleRunnerTransform ?? vite?.ssrTransform;
    return (await transform?.(code, map ?? null, file, original)) ?? undefined;
  }

  /** Removes types, and turns enums and the like into JavaScript; undefined without `vite`. */
  async removeTypes(
    code: string,
    file: string,
  ): Promise<{ code: string; map: unknown } | undefined> {
    const vite = await this.#load();
    const remove = vite?.transformWithOxc ?? vite?.transformWithEsbuild;
    return await remove?.(code, file);
  }

  #find(): string | undefined {
    for (const place of this.#places) {
      try {
        return findFile("vite", { parent: place, kind: "import", conditions: CONDITIONS });
      } catch {
        // The next place.
      }
    }
    return undefined;
  }

  async #load(): Promise<Vite | undefined> {
    this.#vite ??= (async () => {
      const found = this.#find();
      if (found === undefined) return undefined;
      return (await import(pathToFileURL(found).href)) as Vite;
    })();
    return await this.#vite;
  }
}
