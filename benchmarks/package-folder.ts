import { existsSync } from "node:fs";

/** Folder of this package, whether this runs from its source or from compiled code a folder deeper. */
export const PACKAGE_FOLDER: URL = ["./", "../"]
  .map((path) => new URL(path, import.meta.url))
  .find((folder) => existsSync(new URL("package.json", folder)))!;
