import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { publishFinding } from "./packaging/manifest.ts";

// Runs before a package is published, in its folder: `prepublishOnly` of each manifest.

const root = resolve(import.meta.dirname, "..");
const read = (folder: string): object =>
  JSON.parse(readFileSync(resolve(folder, "package.json"), "utf8")) as object;
const folder = relative(root, process.cwd()).replaceAll("\\", "/");
const finding = publishFinding({ folder, manifest: read("."), root: read(root) });
if (finding !== undefined) {
  console.error(`Cannot publish ${folder}: ${finding}`);
  process.exitCode = 1;
}
