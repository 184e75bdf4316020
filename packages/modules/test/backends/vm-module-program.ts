import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ModuleHost, ModuleLoadError, type ModuleHostOptions } from "@heapwise/modules";

/** Runs in a process with `--experimental-vm-modules`, and prints what each scenario gives. */
const scenarios: Record<string, (at: Place) => Promise<unknown>> = {
  async "live bindings in a cycle"({ host, write }) {
    write(
      "a.mjs",
      "import { b } from './b.mjs'; export let n = 1; export const add = () => { n++; return b(); };",
    );
    write("b.mjs", "import { n } from './a.mjs'; export const b = () => n;");
    const found = [];
    {
      const { backend, exports } = await host.load<{ n: number; add(): number }>("./a.mjs");
      found.push(backend, exports.add(), Object.prototype.toString.call(exports));
    }
    return found;
  },
  async interop({ host, write }) {
    write(
      "a.mjs",
      `
      import fs, { readFileSync } from 'node:fs'; import * as path from 'node:path';
      import c, { one, two } from './c.cjs'; import * as all from './c.cjs';
      import data from './d.json' with { type: 'json' };
      export { one, two }; export const keys = Object.keys(all).filter((k) => k !== 'module.exports');
      export const same = c === all.default && fs.readFileSync === readFileSync;
      export const sep = path.sep; export { data };`,
    );
    write("c.cjs", "exports.one = 1; module.exports.two = require('./e.cjs').two;");
    write("e.cjs", "module.exports = { two: 2 };");
    write("d.json", '{"x":1}');
    const { exports } = await host.load("./a.mjs");
    return { ...exports };
  },
  async "JSON without an attribute"({ host, write }) {
    write("a.mjs", "import d from './d.json'; export default d;");
    write("b.mjs", "export const d = () => import('./d.json');");
    write("d.json", "{}");
    const b = await host.load<{ d(): Promise<unknown> }>("./b.mjs");
    const code = await b.exports.d().catch((error: { code: string }) => error.code);
    return [await codeOf(host.load("./a.mjs")), code];
  },
  async "import.meta"({ host, write, root }) {
    write(
      "a.mjs",
      "export const { url, filename, dirname } = import.meta; export const b = import.meta.resolve('./b.mjs'); export const keys = Object.keys(import.meta); export const hot = typeof import.meta.hot.defer;",
    );
    write("b.mjs", "");
    const { exports } = await host.load<Record<string, string>>("./a.mjs");
    return JSON.parse(JSON.stringify(exports).replaceAll(root, "ROOT")) as unknown;
  },
  async "dynamic import"({ host, write }) {
    write("a.mjs", "export const load = (s) => import(s); export const own = {};");
    write("b.mjs", "import { own } from './a.mjs'; export default own;");
    write("c.cjs", "exports.c = 1;");
    const { exports } = await host.load<{
      own: object;
      load(s: string): Promise<Record<string, unknown>>;
    }>("./a.mjs");
    const b = await exports.load("./b.mjs");
    const c = await exports.load("./c.cjs");
    const os = await exports.load("node:os");
    const missing = await exports.load("./x.mjs").catch((error: { code: string }) => error.code);
    return [
      b["default"] === exports.own,
      b === (await exports.load("./b.mjs")),
      c["c"],
      c["default"],
      typeof os["cpus"],
      missing,
    ];
  },
  async "top-level await runs in order"({ host, write }) {
    write("log.mjs", "export const log = [];");
    write(
      "a.mjs",
      "import './b.mjs'; import './c.mjs'; import { log } from './log.mjs'; log.push('a'); export { log };",
    );
    write(
      "b.mjs",
      "import { log } from './log.mjs'; log.push('b1'); await null; await null; log.push('b2');",
    );
    write("c.mjs", "import { log } from './log.mjs'; log.push('c1'); await null; log.push('c2');");
    return (await host.load<{ log: string[] }>("./a.mjs")).exports.log;
  },
  async errors({ host, write }) {
    write("compile.mjs", "\nexport const = 1;");
    write("link.mjs", "import { nothing } from './fine.mjs'; nothing;");
    write("deep.mjs", "import './link.mjs';");
    write("resolve.mjs", "import './nowhere.mjs';");
    write("evaluate.mjs", "import './fine.mjs';\n\n  throw new Error('no');");
    write("above.mjs", "import './evaluate.mjs';");
    write("cjs.mjs", "import './throws.cjs';");
    write("throws.cjs", "throw new Error('cjs');");
    write("later.mjs", "await null; throw new TypeError('later');");
    write("fine.mjs", "export const fine = 1;");
    const told = [];
    for (const name of [
      "compile",
      "link",
      "deep",
      "resolve",
      "evaluate",
      "above",
      "cjs",
      "later",
    ]) {
      const error: unknown = await host.load(`./${name}.mjs`).catch((reason: unknown) => reason);
      const { module, phase, cause } = error as ModuleLoadError;
      const place = /(\w+\.[cm]js:\d+(?::\d+)?)/.exec(String((cause as Error).stack))?.[1];
      told.push(`${name}: ${module} ${phase} ${(cause as Error).name} ${place}`);
    }
    return told;
  },
  async "a failed load leaves nothing, and a file that was mended loads"({ host, write }) {
    write("a.mjs", "import './b.mjs'; export const n = 1;");
    write("b.mjs", "throw new Error('no');");
    const first = await codeOf(host.load("./a.mjs"));
    write("b.mjs", "");
    const { exports } = await host.load<{ n: number }>("./a.mjs");
    return [first, exports.n];
  },
  async "reload shares what has not changed"({ host, write }) {
    write(
      "a.mjs",
      "import b from './b.mjs'; import c from './c.mjs'; export { b, c }; import.meta.hot.dispose((d) => { d.n = 1; }); export const data = import.meta.hot.data;",
    );
    write("b.mjs", "export default { n: 1 };");
    write("c.mjs", "export default { n: 1 };");
    const first = (await host.load<{ b: object; c: object }>("./a.mjs")).exports;
    const { b, c } = first;
    write("b.mjs", "export default { n: 2 };");
    const second = (await host.reload<{ b: object; c: object; data: object }>("a.mjs")).exports;
    return [second.b, b === second.b, c === second.c, second.data];
  },
  async "require of an ES module"({ host, write }) {
    write(
      "a.cjs",
      "const b = require('./b.mjs'); exports.n = b.n; exports.late = () => require('./c.mjs');",
    );
    write("b.mjs", "export const n = 1;");
    write("c.mjs", "await null; export const n = 2;");
    const error: unknown = await host.load("./a.cjs").catch((reason: unknown) => reason);
    if (error instanceof ModuleLoadError) return (error.cause as { code?: string }).code;
    const { exports } = error as { exports: { n: number; late(): unknown } };
    let code: unknown;
    try {
      exports.late();
    } catch (reason) {
      ({ code } = reason as { code: string });
    }
    return [exports.n, code];
  },
  async "globals are scoped"({ host, write }) {
    write(
      "a.mjs",
      "#!/usr/bin/env node\nsetInterval(() => {}, 1000); process.on('SIGUSR2', () => {}); export const line = new Error('x').stack.split('\\n')[1];",
    );
    write(
      "b.mjs",
      "import process, { argv } from 'node:process'; const setTimeout = 1; export { process, argv, setTimeout };",
    );
    await host.load("./b.mjs");
    await host.load("./a.mjs");
    const { reclaimed, leftBehind } = await host.unload("a.mjs");
    return [reclaimed, leftBehind.length, process.listenerCount("SIGUSR2")];
  },
  async "positions in the first line"({ host, write }) {
    write("a.mjs", "setTimeout(() => {}); export const { stack } = new Error('x');");
    const { exports } = await host.load<{ stack: string }>("./a.mjs");
    return /a\.mjs:\d+:\d+/.exec(exports.stack)?.[0];
  },
  async TypeScript({ host, write }) {
    write("a.mts", "const n: number = 1; export { n };");
    return (await host.load<{ n: number }>("./a.mts")).exports.n;
  },
  async "held code is named"({ host, write }) {
    write("a.mjs", "export const f = () => 1;");
    const held = (await host.load<{ f: unknown }>("./a.mjs")).exports.f;
    Reflect.set(globalThis, "heldByTest", held);
    const { reclaimed, retained } = await host.unload("a.mjs");
    Reflect.deleteProperty(globalThis, "heldByTest");
    return [reclaimed, String(retained[0]).includes("heldByTest")];
  },
};

interface Place {
  readonly host: ModuleHost;
  readonly root: string;
  write(name: string, text: string): void;
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => "loaded",
    ({ phase, cause }: ModuleLoadError) =>
      `${phase} ${(cause as { code?: string }).code ?? String(cause)}`,
  );
}

async function run(scenario: (at: Place) => Promise<unknown>): Promise<unknown> {
  const root = mkdtempSync(join(tmpdir(), "heapwise-modules-"));
  const options: ModuleHostOptions = { root, backend: "vm-module" };
  const host = new ModuleHost(options);
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  };
  try {
    return await scenario({ host, root, write });
  } catch (error) {
    return String((error as Error).stack);
  } finally {
    await host[Symbol.asyncDispose]();
    rmSync(root, { recursive: true });
  }
}

const results: Record<string, unknown> = {};
const chosen = process.argv[2];
for (const [name, scenario] of Object.entries(scenarios)) {
  if (chosen === undefined || name === chosen) results[name] = await run(scenario);
}
process.stdout.write(JSON.stringify(results));
