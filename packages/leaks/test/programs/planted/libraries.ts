import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CacheableMemory } from "cacheable";
import { LRUCache } from "lru-cache";
import { tsImport } from "tsx/esm/api";
import { ESModulesEvaluator, EvaluatedModules, ModuleRunner } from "vite/module-runner";
import type { HotPayload } from "vite";
import { planted, type Leaked } from "./planted.ts";

// Leaks that users of published libraries have, made as their documentation tells them to.

/** A CommonJS module of a user, which stays loaded. */
interface Parent {
  readonly load: (path: string, clear?: (path: string) => void) => { leaked?: Leaked };
}

interface Clearable {
  clear(): void;
}

const require = createRequire(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "heapwise-leaks-"));

/** Removes the modules that the programs load. */
export const removeModules = (): void => rmSync(folder, { recursive: true, force: true });

/** Writes a file and returns its path. */
function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Loads a module that loads others. Only the cache of modules holds it afterwards. */
function loadParent(name: string): Parent {
  const text = `exports.load = (path, clear) => {
    const loaded = require(path);
    clear?.(path);
    return loaded;
  };`;
  const path = write(`${name}.cjs`, text);
  return createRequire(path)(path) as Parent;
}

function dropParent(name: string): void {
  delete require.cache[join(folder, `${name}.cjs`)];
}

const sessions = new LRUCache<string, object>({
  max: 1,
  noDisposeOnSet: true,
  disposeAfter: () => undefined,
});
const memoize = require("lodash.memoize") as <Make>(make: Make) => Make & { cache: Clearable };
const userOf = memoize((_id: string, leaked?: Leaked) => ({ leaked }));
const memory = new CacheableMemory();
let heldLoad: Parent["load"] | undefined;

/** Reads the variable, which nobody else does: it is there to hold. */
export const readLibraries = (): unknown => heldLoad;

/** A module as Vite serves it to its runner. */
const served = {
  code: "__vite_ssr_exportName__('state', () => state); const state = {};",
  file: "/session.js",
  id: "/session.js",
  url: "/session.js",
  invalidate: false,
};

function runnerWith(evaluatedModules: EvaluatedModules): ModuleRunner {
  const transport = {
    invoke: async (payload: HotPayload) => ({
      result:
        (payload as unknown as { data: { name: string } }).data.name === "getBuiltins"
          ? []
          : served,
    }),
  };
  const options = { hmr: false, sourcemapInterceptor: "prepareStackTrace", transport } as const;
  return new ModuleRunner({ ...options, evaluatedModules }, new ESModulesEvaluator());
}

export const libraries = [
  planted({
    name: "decache@4.6.2 leaves the module in the children of its parent",
    holder: /decache-parent\.cjs[^]*children|children[^]*decached/,
    root: ["module", "cache"],
    plant(leaked) {
      const decache = require("decache") as (path: string) => void;
      const path = write("decached.cjs", "exports.leaked = undefined;");
      loadParent("decache-parent").load(path, decache).leaked = leaked;
    },
    release: () => dropParent("decache-parent"),
  }),
  planted({
    name: "import-fresh@3.3.1 leaves the module in the children of a second parent",
    holder: /second-parent\.cjs[^]*children/,
    root: ["module", "cache"],
    plant(leaked) {
      const text = `const importFresh = require(${JSON.stringify(require.resolve("import-fresh"))});
        exports.load = (path) => importFresh(path);`;
      const freshParent = write("fresh-parent.cjs", text);
      const first = createRequire(freshParent)(freshParent) as Parent;
      const path = write("fresh.cjs", "exports.leaked = undefined;");
      first.load(path).leaked = leaked;
      loadParent("second-parent").load(path);
      // What takes the place of the leaked module in the cache.
      first.load(path);
    },
    release() {
      dropParent("second-parent");
      dropParent("fresh-parent");
    },
  }),
  planted({
    name: "clear-module@4.1.3 with .all() leaves modules in the children of their parents",
    holder: /heldLoad[^]*children/,
    root: ["module", "cache"],
    plant(leaked) {
      const { all } = require("clear-module") as { all: () => void };
      const path = write("cleared.cjs", "exports.leaked = undefined;");
      // `all` clears the cache of the whole process: the other modules come back afterwards.
      const others = { ...require.cache };
      const { load } = loadParent("clear-parent");
      load(path, all).leaked = leaked;
      Object.assign(require.cache, others);
      heldLoad = load;
    },
    release: () => void (heldLoad = undefined),
  }),
  planted({
    name: "lru-cache@11.5.3 with noDisposeOnSet keeps evicted values for disposeAfter",
    // Its private names are minified.
    holder: /sessions[^]*#\w+/,
    root: "module",
    plant(leaked) {
      sessions.set("user 1", leaked);
      sessions.set("user 2", {});
    },
    // Any deletion empties the list.
    release: () => sessions.delete("user 3"),
  }),
  planted({
    name: "tsx's tsImport never unloads a module",
    holder: /session\.mts/,
    root: ["module", "cache", "handle"],
    async plant(leaked) {
      const path = write("session.mts", "export const state: { leaked?: unknown } = {};");
      const { state } = (await tsImport(pathToFileURL(path).href, import.meta.url)) as {
        state: { leaked?: Leaked };
      };
      state.leaked = leaked;
      return state;
    },
    release: (state) => delete state.leaked,
  }),
  planted({
    name: "Vite's module runner keeps its modules until it is closed",
    holder: /evaluatedModulesCache/,
    root: ["module", "global"],
    async plant(leaked) {
      const evaluated = new EvaluatedModules();
      const runner = runnerWith(evaluated);
      const { state } = (await runner.import("/session.js")) as { state: { leaked?: Leaked } };
      state.leaked = leaked;
      return evaluated;
    },
    // The first runner is gone: another one with the same modules can close in its place.
    async release(evaluated) {
      const { prepareStackTrace } = Error;
      await runnerWith(evaluated).close();
      Error.prepareStackTrace = prepareStackTrace;
    },
  }),
  planted({
    name: "lodash.memoize@4.1.2 has no bound",
    holder: /userOf[^]*cache[^]*__data__/,
    root: "module",
    plant: (leaked) => void userOf("user 1", leaked),
    release: () => userOf.cache.clear(),
  }),
  planted({
    name: "the memory of cacheable@2.5.0 has no bound",
    holder: /memory[^]*_store/,
    root: "module",
    plant: (leaked) => void memory.set("user 1", leaked),
    release: () => memory.clear(),
  }),
];
