import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ModuleHost } from "@heapwise/modules";
import { collectPlainly, heldBytes } from "./plain-collections.ts";
import { printResult, readSettings } from "./print-result.ts";
import { moduleText, type Shape } from "./module-text.ts";

// Loads many different modules, one after the other, unloads each without a proof, and prints how
// many payloads live after plain collections, by weak references of its own.

/** How many modules are loaded, and of which form. */
export interface PayloadSettings extends Shape {
  readonly backend: "function" | "vm-module";
  readonly loads: number;
}

/** The rest of the modules. */
export interface PayloadOutcome {
  readonly loads: number;
  readonly livePayloads: number;
  readonly liveFunctions: number;
  /** Kilobytes by which each load made the heap larger. */
  readonly kilobytesPerLoad: number;
}

interface Loaded {
  readonly payload: object;
  readonly get: object;
}

const WARM_UP = 20;
const settings = readSettings<PayloadSettings>();
const root = mkdtempSync(join(tmpdir(), "heapwise-payloads-"));
const host = new ModuleHost({ root, backend: settings.backend });
const payloads: WeakRef<object>[] = [];
const functions: WeakRef<object>[] = [];

for (let i = 0; i < WARM_UP; i++) await loadAndUnload(i);
payloads.length = functions.length = 0;
await collectPlainly();
const before = heldBytes();
for (let i = 0; i < settings.loads; i++) await loadAndUnload(WARM_UP + i);
await collectPlainly();
const outcome: PayloadOutcome = {
  loads: payloads.length,
  livePayloads: countLive(payloads),
  liveFunctions: countLive(functions),
  kilobytesPerLoad: (heldBytes() - before) / 1024 / settings.loads,
};
await host[Symbol.asyncDispose]();
rmSync(root, { recursive: true });
printResult(outcome);

async function loadAndUnload(i: number): Promise<void> {
  const name = settings.format === "commonjs" ? "module.cjs" : "module.mjs";
  writeFileSync(join(root, name), moduleText(i, settings));
  await host.load(`./${name}`);
  refer();
  await host.unload(name, { verify: false });
}

/** Apart, because a function that waits holds its variables. */
function refer(): void {
  const { payload, get } = host.modules()[0]!.exports as Loaded;
  payloads.push(new WeakRef(payload));
  functions.push(new WeakRef(get));
}

function countLive(refs: readonly WeakRef<object>[]): number {
  return refs.filter((ref) => ref.deref() !== undefined).length;
}
