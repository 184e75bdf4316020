import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ModuleHost, type ModuleHostOptions } from "@heapwise/modules";

/** A folder with files, and a host whose root it is. */
export interface Program {
  readonly root: string;
  readonly host: ModuleHost;
  write(file: string, text: string): void;
}

/** Writes files into a temporary folder, and makes a host for it. */
export function program(
  files: Readonly<Record<string, string>>,
  options: ModuleHostOptions = {},
): Program {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "heapwise-function-")));
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  for (const [file, text] of Object.entries(files)) write(file, text);
  return { root, host: new ModuleHost({ root, backend: "function", ...options }), write };
}

/** Loads the first file of some, and returns its exports. */
export async function exportsOf(
  files: Readonly<Record<string, string>>,
  options: ModuleHostOptions = {},
): Promise<Record<string, unknown>> {
  const { host } = program(files, options);
  return (await host.load(`./${Object.keys(files)[0]!}`)).exports;
}
