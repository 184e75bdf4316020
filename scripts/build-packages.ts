import { execSync } from "node:child_process";
import { resolve } from "node:path";

/**
 * Builds the packages before the tests of built code. Packages that have not changed come from a
 * cache.
 */
export function setup(): void {
  execSync("npm run -s build -- --output-logs=errors-only", {
    cwd: resolve(import.meta.dirname, ".."),
    stdio: "inherit",
  });
}
