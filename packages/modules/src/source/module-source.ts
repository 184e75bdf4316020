import { ModuleLoadError } from "../host/errors.ts";
import type { Settings } from "../host/options.ts";
import type { ModuleInstance } from "../instances/module-instance.ts";
import { parseErrorOf } from "./parse-error.ts";
import { readSource } from "./read-source.ts";
import { removeTypesNow } from "./remove-types.ts";
import type { TransformResult } from "./transform.ts";
import { ViteTransforms } from "./vite-transform.ts";

/** The text of a module, and the code that is compiled in its place. */
export interface ModuleSource {
  /** The text of the file, without a mark of its byte order. */
  readonly text: string;
  /**
   * For CommonJS and JSON the text without types; for an ES module a function body in the form of
   * Vite's module runner.
   */
  readonly code: string;
  /** The source map of `code`, if it has other lines than the text. */
  readonly map?: object | string | undefined;
}

/** A text whose types are removed. */
interface Plain {
  readonly code: string;
  readonly map?: unknown;
}

const transforms = new WeakMap<Settings, ViteTransforms>();

/** Whether the host can turn ES modules into functions. */
export function canTransform(settings: Settings): boolean {
  return settings.transform !== undefined || viteOf(settings).isInstalled;
}

/**
 * Reads a module, removes its types, and turns an ES module into a function body.
 * @throws {ModuleLoadError} with the phase `read` or `transform`.
 */
export async function moduleSource(
  instance: ModuleInstance,
  settings: Settings,
): Promise<ModuleSource> {
  const text = readSource(instance);
  try {
    const plain = plainNow(instance, text) ?? (await plainByVite(instance, settings, text));
    if (instance.spec.format !== "module") return result(text, plain);
    return result(text, await toFunction(instance, settings, text, plain));
  } catch (error) {
    throw transformError(instance, error);
  }
}

/**
 * Reads a module and removes its types, for a backend that runs ES modules as they are.
 * @throws {ModuleLoadError} with the phase `read` or `transform`.
 */
export async function plainSource(
  instance: ModuleInstance,
  settings: Settings,
): Promise<ModuleSource> {
  const text = await readSource(instance);
  try {
    return result(text, plainNow(instance, text) ?? (await plainByVite(instance, settings, text)));
  } catch (error) {
    throw transformError(instance, error);
  }
}

/**
 * Does what `moduleSource` does without waiting, for `require`.
 * @throws {ModuleLoadError} also if a transform would have to be waited for.
 */
export function moduleSourceNow(instance: ModuleInstance, settings: Settings): ModuleSource {
  const text = readSource(instance);
  const { file, format } = instance.spec;
  try {
    const plain = plainNow(instance, text);
    if (format !== "module") {
      if (plain !== undefined) return result(text, plain);
      throw new Error("its types can only be removed while nothing waits, expected import()");
    }
    const made = settings.transform?.(plain?.code ?? text, { file: file!, format: "module" });
    if (made === undefined || made instanceof Promise) {
      throw new Error("an ES module has to be transformed before, expected import()");
    }
    return result(text, checked(made));
  } catch (error) {
    throw transformError(instance, error);
  }
}

/** The text without types, or undefined if this Node cannot remove them. */
function plainNow({ spec }: ModuleInstance, text: string): Plain | undefined {
  if (!spec.isTypeScript) return { code: text };
  const code = spec.file!.endsWith("x") ? undefined : removeTypesNow(text);
  return code === undefined ? undefined : { code };
}

async function plainByVite(
  { spec }: ModuleInstance,
  settings: Settings,
  text: string,
): Promise<Plain> {
  const plain = await viteOf(settings).removeTypes(text, spec.file!);
  if (plain !== undefined) return plain;
  // The transform of the user may know types.
  if (spec.format === "module" && settings.transform !== undefined) return { code: text };
  throw new Error(
    "its types cannot be removed, expected Node 22.13 or newer and no enums, or vite to be installed",
  );
}

async function toFunction(
  { spec }: ModuleInstance,
  settings: Settings,
  text: string,
  { code, map }: Plain,
): Promise<TransformResult> {
  const file = spec.file!;
  if (settings.transform !== undefined) {
    return checked(await settings.transform(code, { file, format: "module" }));
  }
  const made = await viteOf(settings).toFunction(code, file, map, text);
  if (made !== undefined) return made;
  throw new Error(
    "it is an ES module, expected vite to be installed, an option transform, or another backend",
  );
}

/** Checks the result of a transform of the user; oxc's reports its errors in a list. */
function checked(made: unknown): TransformResult {
  const { code, errors } = (made ?? {}) as { code?: unknown; errors?: readonly unknown[] };
  if (Array.isArray(errors) && errors.length > 0) {
    const [first] = errors as { message?: string; codeframe?: string }[];
    throw new SyntaxError(first?.codeframe ?? first?.message ?? String(first), { cause: errors });
  }
  if (typeof code === "string") return made as TransformResult;
  throw new TypeError(
    `transform returned ${made === null ? "null" : typeof made}, expected { code }`,
  );
}

function result(text: string, { code, map }: Plain): ModuleSource {
  return map === undefined || map === null ? { text, code } : { text, code, map: map as object };
}

function viteOf(settings: Settings): ViteTransforms {
  let found = transforms.get(settings);
  if (found === undefined) transforms.set(settings, (found = new ViteTransforms(settings.root)));
  return found;
}

function transformError({ spec, version }: ModuleInstance, error: unknown): ModuleLoadError {
  if (error instanceof ModuleLoadError) return error;
  const cause = parseErrorOf(error, spec);
  const found = cause instanceof Error ? cause.message : String(cause);
  return new ModuleLoadError(`Cannot load module "${spec.name}": ${found}`, {
    module: spec.name,
    version,
    phase: "transform",
    cause,
  });
}
