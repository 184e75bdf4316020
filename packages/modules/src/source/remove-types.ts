import * as nodeModule from "node:module";
import { withoutWarning } from "./without-warning.ts";

type StripTypes = (code: string, options: { mode: "strip" }) => string;

const strip = (nodeModule as { stripTypeScriptTypes?: StripTypes }).stripTypeScriptTypes;

/**
 * The text of a TypeScript file without types, at the same lines and columns, or undefined if this
 * Node cannot do it (before 22.13) or not with this text, as with `enum`.
 */
export function removeTypesNow(text: string): string | undefined {
  if (strip === undefined) return undefined;
  try {
    return withoutWarning(/stripTypeScriptTypes|Type Stripping/i, () =>
      strip(text, { mode: "strip" }),
    );
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") return undefined;
    throw error;
  }
}
