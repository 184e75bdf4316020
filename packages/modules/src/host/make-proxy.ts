import type { ModuleVersion } from "../lifecycle/module-version.ts";

/** A proxy of the exports of a version, which holds the version and not its code. */
export function makeProxy(_version: ModuleVersion): object {
  throw new Error("Cannot make proxy: it is not written yet, expected a later version");
}
