import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ModuleHost, type LeftBehind, type UnloadReport } from "@heapwise/modules";
import { collectGarbage, type RootKind } from "@heapwise/leaks";
import { freeingWays } from "../freeing-ways.ts";
import { holdingWays } from "../holding-ways.ts";
import type { Way, WayExports } from "../way.ts";
import { printResult, readSettings } from "./print-result.ts";

// Loads a module for each way, uses it, unloads it, lets go, and prints the answers of the host.

/** One path of a report. */
export interface FoundPath {
  readonly root: RootKind;
  readonly text: string;
  /** The lines of the module that the path names. */
  readonly lines: readonly number[];
}

/** What became of the module of one way. */
export interface WayOutcome {
  readonly reclaimed: UnloadReport["reclaimed"];
  readonly paths: readonly FoundPath[];
  readonly leftBehind: readonly LeftBehind[];
  /** Whether the payload was alive after the unload, by a weak reference of its own. */
  readonly isPayloadAlive: boolean;
  /** Versions that were held after the program let go. */
  readonly zombies: number;
}

/** With which globals the modules run. */
export interface WaysSettings {
  readonly globals: "scoped" | "shared";
}

const { globals } = readSettings<WaysSettings>();
const root = mkdtempSync(join(tmpdir(), "heapwise-ways-"));
const host = new ModuleHost({ root, globals, backend: "function" });
const outcomes: Record<string, WayOutcome> = {};
for (const [i, way] of [...freeingWays, ...holdingWays].entries()) {
  outcomes[way.name] = await tryWay(way, `way-${i}.cjs`);
}
await host[Symbol.asyncDispose]();
rmSync(root, { recursive: true });
printResult(outcomes);

async function tryWay(way: Way, name: string): Promise<WayOutcome> {
  writeFileSync(join(root, name), way.text);
  const payload: { ref?: WeakRef<object> } = {};
  await host.load(`./${name}`);
  // In the context of this function, so that what a module enters stays.
  const used = useNow(way, name, payload);
  if (used instanceof Promise) await used;
  const report = await host.unload(name);
  const outcome = {
    reclaimed: report.reclaimed,
    paths: report.retained.map((path) => ({
      root: path.root,
      text: String(path),
      lines: path.steps.flatMap(({ location }) =>
        location?.url.endsWith(name) === true ? [location.line] : [],
      ),
    })),
    leftBehind: report.leftBehind,
    isPayloadAlive: payload.ref!.deref() !== undefined,
  };
  way.release?.(used as never);
  await turns();
  await collectGarbage({ strength: "last-resort" });
  await turns();
  return { ...outcome, zombies: host.zombies().length };
}

/** No variable of a function that waits may refer to code of the module. */
function useNow(way: Way, name: string, payload: { ref?: WeakRef<object> }): unknown {
  const { exports } = host.modules().find((module) => module.name === name)!;
  payload.ref = (exports as unknown as WayExports).payload;
  return way.use?.(exports as unknown as WayExports);
}

async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 1));
}
