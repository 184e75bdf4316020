import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ModuleHost } from "@heapwise/modules";
import { freeingWays } from "../freeing-ways.ts";
import { holdingWays } from "../holding-ways.ts";
import type { WayExports } from "../way.ts";
import { printResult, readSettings } from "./print-result.ts";

// Unloads many modules of which nothing is held, and counts the reports that say otherwise.

/** How many modules are unloaded. */
export interface CleanSettings {
  readonly unloads: number;
}

/** The words of the reports. */
export interface CleanOutcome {
  readonly plainly: number;
  readonly lazily: number;
  readonly unknown: number;
  /** The paths of the modules that are said to be held. */
  readonly retained: readonly string[];
}

const { unloads } = readSettings<CleanSettings>();
const root = mkdtempSync(join(tmpdir(), "heapwise-clean-"));
const host = new ModuleHost({ root, backend: "function" });
// Modules that could hold, but of which the program keeps nothing.
const texts = [...freeingWays, ...holdingWays.filter(({ use }) => use !== undefined)]
  .map(({ text }) => text)
  .filter((text) => !/setInterval|unref|subscribe/.test(text));
const count = { plainly: 0, lazily: 0, unknown: 0 };
const retained: string[] = [];
for (let i = 0; i < unloads; i++) {
  const name = `clean-${i % 7}.cjs`;
  writeFileSync(join(root, name), `// ${i}\n${texts[i % texts.length]!}`);
  await host.load(`./${name}`);
  callNow();
  const report = await host.unload(name);
  if (report.reclaimed === false) retained.push(`${i}: ${report.retained.join("\n")}`);
  else count[report.reclaimed ?? "unknown"]++;
}
await host[Symbol.asyncDispose]();
rmSync(root, { recursive: true });
printResult({ ...count, retained } satisfies CleanOutcome);

/** Calls the module as programs do, and keeps nothing. */
function callNow(): void {
  const { payload } = host.modules()[0]!.exports as unknown as WayExports;
  if (payload.deref() === undefined) throw new Error("The payload is gone before the unload");
}
