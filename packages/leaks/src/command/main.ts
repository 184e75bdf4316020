import { createRequire } from "node:module";

/** Runs the command `heapwise-leaks` with the arguments of this process. */
export async function main(): Promise<void> {
  const [argument] = process.argv.slice(2);
  if (argument === "--version") console.log(version());
  else throw new Error("Cannot run heapwise-leaks: no command is ready, expected --version");
}

/** The version of this package. Its manifest has the same name for the sources and for `dist`. */
function version(): string {
  const require = createRequire(import.meta.url);
  return (require("@heapwise/leaks/package.json") as { version: string }).version;
}
