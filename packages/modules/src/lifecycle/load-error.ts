import { ModuleLoadError, ModuleRetainedError } from "../host/errors.ts";
import type { Root } from "./roots.ts";

/** The error of a load that failed for any reason. */
export function asLoadError(root: Root, version: number, error: unknown): unknown {
  if (error instanceof ModuleLoadError || error instanceof ModuleRetainedError) return error;
  return new ModuleLoadError(`Cannot load module "${root.spec.name}": ${String(error)}`, {
    module: root.spec.name,
    version,
    phase: "evaluate",
    cause: error,
  });
}
