import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ModuleHost } from "@heapwise/modules";
import { moduleText, type Shape } from "./module-text.ts";
import { collectPlainly, heldBytes } from "./plain-collections.ts";
import { printResult, readSettings } from "./print-result.ts";

// Reloads one module many times, each time with another text, and prints the size of the heap at
// some marks, after plain collections.

/** How often the module is reloaded, and how often the heap is measured. */
export interface ReloadSettings extends Shape {
  readonly backend: "function" | "vm-module" | "worker";
  readonly reloads: number;
  /** How often the heap is measured; 0 collects nothing by itself, for a run with a small heap. */
  readonly marks: number;
}

/** The size of the heap at the marks, in bytes. */
export interface ReloadOutcome {
  readonly reloads: number;
  readonly marks: readonly { readonly reloads: number; readonly bytes: number }[];
  /** The largest heap between reloads. */
  readonly peakBytes: number;
  readonly zombies: number;
}

/** Enough that lists and caches of the process have their final size. */
const WARM_UP = 40;
const settings = readSettings<ReloadSettings>();
const { reloads, marks: wanted, backend } = settings;
const root = mkdtempSync(join(tmpdir(), "heapwise-reloads-"));
const host = new ModuleHost({ root, backend });
const name = settings.format === "commonjs" ? "module.cjs" : "module.mjs";
const marks: { reloads: number; bytes: number }[] = [];
const warmUp = wanted === 0 ? 0 : WARM_UP;
let peakBytes = 0;

write(0);
await host.load(`./${name}`);
for (let i = 1; i <= warmUp; i++) await reload(i);
if (wanted > 0) await mark(0);
for (let i = 1; i <= reloads; i++) {
  await reload(warmUp + i);
  if (i % 10 === 0) peakBytes = Math.max(peakBytes, process.memoryUsage().heapUsed);
  if (wanted > 0 && i % Math.floor(reloads / wanted) === 0) await mark(i);
}
const zombies = host.zombies().length;
await host[Symbol.asyncDispose]();
rmSync(root, { recursive: true });
printResult({ reloads, marks, peakBytes, zombies } satisfies ReloadOutcome);

async function reload(i: number): Promise<void> {
  write(i);
  await host.reload(name);
}

function write(i: number): void {
  writeFileSync(join(root, name), moduleText(i, settings));
}

async function mark(after: number): Promise<void> {
  await collectPlainly();
  marks.push({ reloads: after, bytes: heldBytes() });
}
