import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PACKAGE_FOLDER } from "./package-folder.ts";

const PRINT_NODE = fileURLToPath(new URL("../scripts/runtimes/print-node.ts", PACKAGE_FOLDER));

/**
 * The path of a Node executable. `node` is a path, or a major version, which is installed from
 * npm if it is missing.
 * @throws {RangeError} if there is no such executable.
 */
export function findNode(node: string): string {
  if (/^\d+$/.test(node)) {
    const args = ["--import", "tsx", PRINT_NODE, node];
    // The messages of the installation go to the terminal.
    const { status, stdout } = spawnSync(process.execPath, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (status === 0) return stdout.trim();
    throw new RangeError(`Cannot read --node: ${node} cannot be installed, expected 24 or 26`);
  }
  if (statSync(node, { throwIfNoEntry: false })?.isFile() === true) return node;
  throw new RangeError(
    `Cannot read --node: no file ${node}, expected a major version or a Node executable`,
  );
}
