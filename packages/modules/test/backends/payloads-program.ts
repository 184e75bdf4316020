import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ModuleHost } from "@heapwise/modules";

/** Runs in a process with `--experimental-vm-modules`: loads many, and counts the rest. */
setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

const COUNT = Number(process.argv[2]);
const codeCache = process.argv[3] === "keep" ? "keep" : "bypass";
const FORMS: Record<string, Record<string, string>> = {
  "a module": { "a.mjs": "" },
  "top-level await": { "a.mjs": "await null;" },
  "import()": {
    "a.mjs": "export const load = () => import('./b.mjs'); await load();",
    "b.mjs": "",
  },
  "a cycle": {
    "a.mjs": "import './b.mjs';",
    "b.mjs": "import './c.mjs'; import './a.mjs';",
    "c.mjs": "import './b.mjs';",
  },
  "a mix": {
    "a.mjs":
      "import c from './c.cjs'; import d from './d.json' with { type: 'json' }; import fs, { readFileSync } from 'node:fs'; export { c, d, fs };",
    "c.cjs": "exports.c = () => exports;",
    "d.json": "{}",
  },
  "import.meta": {
    "a.mjs":
      "export const { url } = import.meta; import.meta.hot.defer(() => {}); setTimeout(() => {}, 1e6); process.on('SIGUSR2', () => {});",
  },
};

interface Payload {
  readonly payload: object;
  readonly code: () => object;
}

async function load(host: ModuleHost, refs: WeakRef<object>[]): Promise<void> {
  const { exports } = await host.load<Payload>("./a.mjs");
  refs.push(new WeakRef(exports), new WeakRef(exports.payload), new WeakRef(exports.code));
}

async function liveOf(files: Record<string, string>): Promise<number> {
  const root = mkdtempSync(join(tmpdir(), "heapwise-modules-"));
  const payload =
    "export const payload = new Array(1000).fill(1); export const code = () => payload;";
  const host = new ModuleHost({ root, backend: "vm-module", codeCache, maxZombies: 1e6 });
  const refs: WeakRef<object>[] = [];
  for (let i = 0; i < COUNT; i++) {
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(root, name), name === "a.mjs" ? `${text} ${payload} // ${i}` : text);
    }
    await load(host, refs);
    await host.unload("a.mjs", { verify: false });
  }
  // Plain collections only: what a last-resort one frees would have been a leak.
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    gc();
  }
  await new Promise((resolve) => setTimeout(resolve, 1));
  const live = refs.filter((ref) => ref.deref() !== undefined).length;
  await host[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
  return live;
}

const live: Record<string, number> = {};
for (const [name, files] of Object.entries(FORMS)) live[name] = await liveOf(files);
process.stdout.write(JSON.stringify(live));
