import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync, transformSync, type Format } from "esbuild";
import type { Project } from "./project.ts";

const scripts = join(import.meta.dirname, "../..");
const consumers = join(scripts, "consumers");

/**
 * Names of the packages with a consumer, a program that uses the package like a user:
 * `scripts/consumers/<package>.ts`.
 */
export function consumerNames(): string[] {
  return readdirSync(consumers)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -".ts".length));
}

/**
 * Writes the consumers of all packages into `<folder>/`: as TypeScript, or as JavaScript of one
 * kind of modules, with a manifest for that kind. A consumer runs as soon as it is loaded, and uses
 * all entries, also the entries for Node.
 */
export function writeConsumers(project: Project, folder: string, kind: "ts" | "esm" | "cjs"): void {
  mkdirSync(project.path(folder), { recursive: true });
  if (kind !== "ts") {
    const type = kind === "esm" ? "module" : "commonjs";
    writeFileSync(project.path(folder, "package.json"), JSON.stringify({ type }));
  }
  for (const name of consumerNames()) {
    const source = join(consumers, `${name}.ts`);
    if (kind === "ts") {
      cpSync(source, project.path(folder, `${name}.ts`));
    } else {
      const { code } = transformSync(readFileSync(source, "utf8"), {
        loader: "ts",
        format: kind,
        target: "node20",
      });
      writeFileSync(project.path(folder, `${name}.js`), code);
    }
  }
}

/**
 * Writes `smoke.js`: the checks of `scripts/smoke/` in one file, which exports `run()`. The checks
 * need no module of Node, so that they run in browsers, bundlers and other hosts.
 */
export function writeSmoke(project: Project, format: Format): void {
  buildSync({
    stdin: {
      contents: `
        import { run as runAll } from "./in-browser.ts";
        export async function run() {
          const { passed, failed } = await runAll();
          const messages = Object.entries(failed).map(([name, text]) => name + ": " + text);
          if (messages.length > 0) throw new Error(messages.join("\\n"));
          return passed.length + " checks passed";
        }`,
      resolveDir: join(scripts, "smoke"),
    },
    outfile: project.path("smoke.js"),
    bundle: true,
    packages: "external",
    format,
    target: "es2022",
    logLevel: "warning",
  });
}

/** The output of a program that has run all checks of `smoke.js` must match this. */
export const SMOKE_PASSED: RegExp = /\b[1-9]\d+ checks passed/;
