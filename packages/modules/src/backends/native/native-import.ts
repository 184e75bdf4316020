import { compileFunction, constants } from "node:vm";
import { withoutWarning } from "../../source/without-warning.ts";

type Import = (address: string) => Promise<Record<string, unknown>>;

const importByNode = compileFunction("return import(address)", ["address"], {
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
}) as Import;

/**
 * The `import()` of Node's own loader. An `import()` in this file would be replaced by bundlers and
 * test runners by one of theirs.
 */
export function nativeImport(address: string): Promise<Record<string, unknown>> {
  return withoutWarning(/USE_MAIN_CONTEXT_DEFAULT_LOADER/, () => importByNode(address));
}
