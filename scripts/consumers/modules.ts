import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ModuleHost, ModuleLoadError, ModuleUnloadedError } from "@heapwise/modules";

interface Plugin {
  handle(n: number): number;
}

async function main(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "consumer-modules-"));
  writeFileSync(join(root, "plugin.cjs"), "exports.handle = (n) => n + 1;");
  const host = new ModuleHost({ root, backend: "function" });
  const plugin = await host.load<Plugin>("./plugin.cjs");
  expect((await plugin.call("handle", 1)) === 2, "a loaded module");
  const { reclaimed } = await host.unload("plugin.cjs");
  expect(reclaimed === "plainly", "unloaded code that is collected");
  const late: unknown = await plugin.call("handle", 1).catch((error: unknown) => error);
  expect(late instanceof ModuleUnloadedError, "an error for a handle of unloaded code");
  const none: unknown = await host.load("./none.cjs").catch((error: unknown) => error);
  expect(none instanceof ModuleLoadError && none.phase === "resolve", "an error with its phase");
  await host[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
}

export const done: Promise<void> = main();

function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(`Cannot use the package: expected ${what}`);
}
