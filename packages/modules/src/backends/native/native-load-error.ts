import { ModuleLoadError, type LoadPhase } from "../../host/errors.ts";
import type { ModuleInstance } from "../../instances/module-instance.ts";

/** Codes of Node for missing files. */
const NOT_FOUND =
  /^(?:(?:ERR_)?MODULE_NOT_FOUND|ERR_UNSUPPORTED_(?:DIR_IMPORT|ESM_URL_SCHEME)|ERR_INVALID_(?:MODULE_SPECIFIER|PACKAGE_\w+)|ERR_PACKAGE_\w+|ERR_UNKNOWN_BUILTIN_MODULE|ERR_UNSUPPORTED_RESOLVE_REQUEST)$/;
const LINK = /does not provide an export named|contains conflicting star exports/;

/** The error of a module that Node could not load. */
export function nativeLoadError(
  { spec, version }: ModuleInstance,
  cause: unknown,
): ModuleLoadError {
  return new ModuleLoadError(`Cannot load module "${spec.name}": ${String(cause)}`, {
    module: spec.name,
    version,
    phase: phaseOf(cause),
    cause,
  });
}

/** The step that failed: Node does not tell, but its errors differ. */
function phaseOf(cause: unknown): LoadPhase {
  if (!(cause instanceof Error)) return "evaluate";
  const { code } = cause as { code?: unknown };
  if (typeof code === "string" && NOT_FOUND.test(code)) return "resolve";
  if (code === "ERR_UNKNOWN_FILE_EXTENSION") return "read";
  if (!(cause instanceof SyntaxError) || !isOfLoader(cause)) return "evaluate";
  return LINK.test(cause.message) ? "link" : "compile";
}

/** Whether Node's loader threw an error, and not the code of a module. */
function isOfLoader({ stack }: Error): boolean {
  const frames = String(stack).match(/^\s+at .*$/gm) ?? [];
  const first = frames.find((frame) => !frame.endsWith("(<anonymous>)"));
  return first === undefined || /node:internal\/(?:modules|vm)/.test(first);
}
