import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ModuleHost, type ModuleHostOptions } from "@heapwise/modules";

/** What each version of the module exports. */
interface Exports {
  readonly id: number;
}

/** Loads new versions of one module. */
export interface Reloader {
  /** The module, which is written before each reload. */
  readonly file: string;
  /** Loads the version that was written, lets go of the one before, and returns its exports. */
  reload(): Promise<Exports>;
}

/** A way to reload, as its users call it. */
export interface ReloaderKind {
  readonly format: "commonjs" | "module";
  /** Whether a version can be asked for: the others watch the file, and take their time. */
  readonly watches?: boolean;
  open(folder: string): Promise<Reloader>;
}

/** The ways to reload, by the name in the report. */
export const RELOADERS: Readonly<Record<string, ReloaderKind>> = {
  "heapwise, CommonJS": { format: "commonjs", open: (folder) => openHost(folder, "m.cjs", {}) },
  "heapwise, ES module": { format: "module", open: (folder) => openHost(folder, "m.mjs", {}) },
  "import-fresh": {
    format: "commonjs",
    open: withParent("const f = require('import-fresh'); exports.load = (x) => f(x);"),
  },
  "import-fresh, two parents": {
    format: "commonjs",
    async open(folder) {
      const { file, reload } = await withParent(
        "const f = require('import-fresh'); exports.load = (x) => f(x);",
      )(folder);
      writeFileSync(join(folder, "second.cjs"), "exports.use = (x) => require(x);");
      const second = requireIn(folder)("./second.cjs") as { use(file: string): unknown };
      return {
        file,
        async reload() {
          const exports = await reload();
          second.use(file);
          return exports;
        },
      };
    },
  },
  "clear-module": {
    format: "commonjs",
    open: withParent(
      "const c = require('clear-module'); exports.load = (x) => { c(x); return require(x); };",
    ),
  },
  decache: {
    format: "commonjs",
    open: withParent(
      "const d = require('decache'); exports.load = (x) => { d(x); return require(x); };",
    ),
  },
  "import() with a query": {
    format: "module",
    async open(folder) {
      const file = join(folder, "m.mjs");
      const { href } = pathToFileURL(file);
      let version = 0;
      return { file, reload: async () => (await import(`${href}?v=${++version}`)) as Exports };
    },
  },
  jiti: {
    format: "module",
    async open(folder) {
      const file = join(folder, "m.ts");
      const { createJiti } = await import("jiti");
      const jiti = createJiti(import.meta.url, { moduleCache: false, fsCache: false });
      return { file, reload: () => jiti.import<Exports>(file) };
    },
  },
  "tsx tsImport": {
    format: "module",
    async open(folder) {
      const file = join(folder, "m.ts");
      const { tsImport } = await import("tsx/esm/api");
      return {
        file,
        reload: async () => (await tsImport(pathToFileURL(file).href, import.meta.url)) as Exports,
      };
    },
  },
  "Vite's module runner": { format: "module", open: openVite },
  "hot-hook": { format: "module", watches: true, open: openHotHook },
};

async function openHost(
  folder: string,
  name: string,
  options: ModuleHostOptions,
): Promise<Reloader> {
  const host = new ModuleHost({ root: folder, ...options });
  let isLoaded = false;
  return {
    file: join(folder, name),
    async reload() {
      const handle = await (isLoaded
        ? host.reload<Exports & Record<string, unknown>>(name)
        : host.load<Exports & Record<string, unknown>>(`./${name}`));
      isLoaded = true;
      return handle.exports;
    },
  };
}

function requireIn(folder: string): NodeJS.Require {
  return createRequire(join(folder, "index.js"));
}

/** A long-lived CommonJS module that loads the other one, with packages of this repository. */
function withParent(text: string): (folder: string) => Promise<Reloader> {
  return async (folder) => {
    const own = createRequire(import.meta.url);
    const resolved = text.replace(/require\('([a-z-]+)'\)/, (_, name: string) => {
      return `require(${JSON.stringify(own.resolve(name))})`;
    });
    writeFileSync(join(folder, "parent.cjs"), resolved);
    const parent = requireIn(folder)("./parent.cjs") as { load(file: string): Exports };
    const file = join(folder, "m.cjs");
    return { file, reload: async () => parent.load(file) };
  };
}

async function openVite(folder: string): Promise<Reloader> {
  const { readFile } = await import("node:fs/promises");
  const { moduleRunnerTransform } = await import("vite");
  const { ESModulesEvaluator, ModuleRunner } = await import("vite/module-runner");
  const file = join(folder, "m.mjs");
  const transport = {
    async invoke(message: { readonly data: { readonly name: string } }) {
      if (message.data.name === "getBuiltins") return { result: [] };
      const text = await readFile(file, "utf8");
      const made = await moduleRunnerTransform(text, null, file, text);
      return { result: { code: made!.code, file, id: file, url: file, invalidate: true } };
    },
  };
  const options = {
    transport: transport as never,
    hmr: false,
    sourcemapInterceptor: false,
  } as const;
  const runner = new ModuleRunner(options, new ESModulesEvaluator());
  return {
    file,
    async reload() {
      const node = runner.evaluatedModules.getModuleById(file);
      if (node !== undefined) runner.evaluatedModules.invalidateModule(node);
      return await runner.import<Exports>(file);
    },
  };
}

async function openHotHook(folder: string): Promise<Reloader> {
  const { hot } = await import("hot-hook");
  const root = join(folder, "entry.mjs");
  const file = join(folder, "m.mjs");
  writeFileSync(
    root,
    "export const load = () => import('./m.mjs', import.meta.hot?.boundary ?? { with: { hot: 'true' } });",
  );
  // It reports to a parent process, which waits here for nothing but the answer.
  const send = process.send?.bind(process);
  process.send = (message: unknown, ...rest: never[]): boolean => {
    const { type } = (message ?? {}) as { type?: unknown };
    return String(type).startsWith("hot-hook:") || send!(message, ...rest);
  };
  await hot.init({ root, rootDirectory: folder, watch: false });
  const entry = (await import(pathToFileURL(root).href)) as { load(): Promise<Exports> };
  let last = -1;
  return {
    file,
    async reload() {
      // The message that a watching parent process sends.
      process.emit(
        "message",
        { type: "hot-hook:file-changed", action: "change", path: file },
        undefined,
      );
      for (;;) {
        const exports = await entry.load();
        if (exports.id !== last) {
          last = exports.id;
          return exports;
        }
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
  };
}
