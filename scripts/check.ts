import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

/**
 * Everything that must hold before a change lands, except for the tests. Each step is a command of
 * its own.
 */
const steps = [
  "prettier --check .",
  "npm run lint",
  "npm run typecheck",
  "npm run tidy",
  "npm run snippets",
  "npm run build",
  "npm run size",
  "npm run test:pack",
  // Installs other tools from the registry, or from npm's cache of it.
  "npm run test:consumers -- --fast",
];

const failed: string[] = [];
for (const step of steps) {
  console.log(`\n== ${step}`);
  const { status } = spawnSync(step, {
    cwd: resolve(import.meta.dirname, ".."),
    shell: true,
    stdio: "inherit",
  });
  if (status !== 0) failed.push(step);
}
console.log(`\ncheck: ${steps.length - failed.length} of ${steps.length} steps passed`);
for (const step of failed) console.log(`failed: ${step}`);
if (failed.length > 0) process.exitCode = 1;
