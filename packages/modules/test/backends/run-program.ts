import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The output of a program. */
export interface Output<Result> {
  readonly result: Result;
  /** Its standard error. */
  readonly errors: string;
}

/** Runs a program next to this file in a process of its own with `vm.SourceTextModule`. */
export async function runProgram<Result>(
  name: string,
  args: readonly string[] = [],
  flags: readonly string[] = [],
): Promise<Output<Result>> {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const options = ["--experimental-vm-modules", "--conditions=@heapwise/source", ...flags];
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [...options, "--import", "tsx", file, ...args],
    { maxBuffer: 2 ** 26 },
  );
  return { result: JSON.parse(stdout) as Result, errors: stderr };
}
