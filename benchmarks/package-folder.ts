import { existsSync } from "node:fs";

/** Folder of this package, also if this runs from compiled code one folder deeper. */
export const PACKAGE_FOLDER: URL = ["./", "../"]
  .map((path) => new URL(path, import.meta.url))
  .find((folder) => existsSync(new URL("package.json", folder)))!;
