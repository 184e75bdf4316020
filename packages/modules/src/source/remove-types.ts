import * as nodeModule from "node:module";

type StripTypes = (code: string, options: { mode: "strip" }) => string;

const strip = (nodeModule as { stripTypeScriptTypes?: StripTypes }).stripTypeScriptTypes;

/**
 * The text of a TypeScript file without types, at the same lines and columns, or undefined if this
 * Node cannot do it (before 22.13) or not with this text, as with `enum`.
 */
export function removeTypesNow(text: string): string | undefined {
  if (strip === undefined) return undefined;
  try {
    return withoutWarning(() => strip(text, { mode: "strip" }));
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") return undefined;
    throw error;
  }
}

/** Node says once that it is an experiment, which would be on the standard error of the user. */
function withoutWarning<Result>(run: () => Result): Result {
  const before = Object.getOwnPropertyDescriptor(process, "emitWarning");
  if (before?.configurable !== true) return run();
  const emit = process.emitWarning as (warning: unknown, ...rest: unknown[]) => void;
  const filtered = (warning: unknown, ...rest: unknown[]): void => {
    if (!/stripTypeScriptTypes|Type Stripping/i.test(String(warning))) {
      Reflect.apply(emit, process, [warning, ...rest]);
    }
  };
  Object.defineProperty(process, "emitWarning", { ...before, value: filtered });
  try {
    return run();
  } finally {
    Object.defineProperty(process, "emitWarning", before);
  }
}
