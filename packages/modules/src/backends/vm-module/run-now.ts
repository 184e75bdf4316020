import type { SourceTextModule } from "node:vm";
import { compileVmModule } from "./compile-vm-module.ts";
import { linkModules } from "./link-modules.ts";

/**
 * Runs a module at once, for `require`. V8 does not say whether a module waits, but a module that
 * imports it and that waits for nothing runs at once only if all that it imports did.
 */
export function runNow(module: SourceTextModule, name: string, isLinked: boolean): void {
  if (module.status === "errored") throw module.error;
  if (!isLinked) {
    // Node 20 can only wait for links.
    throw coded("ERR_REQUIRE_ESM", `Cannot require() ES Module ${name}. Use import() instead.`);
  }
  if (module.status === "evaluating") {
    throw coded("ERR_REQUIRE_CYCLE_MODULE", `Cannot require() ES Module ${name} in a cycle.`);
  }
  const { hasAsyncGraph } = module as { hasAsyncGraph?: () => boolean };
  if (hasAsyncGraph?.call(module) !== true && hasRun(module)) return;
  throw coded(
    "ERR_REQUIRE_ASYNC_MODULE",
    `require() cannot be used on an ESM graph with top-level await. Use import() instead: ${name}`,
  );
}

function hasRun(module: SourceTextModule): boolean {
  let isDone = false;
  const importer = compileVmModule({
    text: 'import "it"; import.meta.end();',
    url: "heapwise:require",
    file: "heapwise:require",
    globals: [],
    codeCache: "bypass",
    initializeImportMeta: (meta) => Object.assign(meta, { end: () => (isDone = true) }),
    importModuleDynamically: () => Promise.reject(new Error("Cannot import: expected no import()")),
  });
  if (linkModules([{ module: importer, target: () => module }]) !== undefined) {
    return module.status === "evaluated";
  }
  importer.evaluate().catch(() => {});
  if (module.status === "errored") throw module.error;
  return isDone;
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
