/**
 * Writes the published files of the package in the current folder. `dist` has one file for each
 * entry and each command (`bin`), files for the shared code, and the declarations, which `tsc`
 * writes. `dist/cjs` has the same as CommonJS, without the commands. There is a folder for each
 * subpath, for tools that do not read `exports`.
 *
 * The files are bundled, because V8 reads a constant of another module from memory at each use, and
 * checks that a function of another module is still the same. With inlined constants a hit in a
 * small cache takes about a fifth less time (docs/decisions/bundle.md).
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { build, transformSync, type TransformFailure } from "esbuild";
import { toCommonJs } from "./packaging/commonjs.ts";
import { withJsSpecifiers } from "./packaging/declarations.ts";
import {
  binsOf,
  conditionsOf,
  entriesOf,
  nameOfEntry,
  sideEffectsOf,
  stubOf,
  subpathsOf,
} from "./packaging/entries.ts";

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
}

const { exports, bin = {} } = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const entryPoints = entriesOf(exports).map((entry) => {
  const conditions = conditionsOf(nameOfEntry(entry));
  const found = JSON.stringify(exports[entry]);
  if (found === JSON.stringify(conditions)) return conditions["@heapwise/source"];
  const wanted = "expected the value that npm run manifests writes";
  throw new Error(`Cannot bundle: exports["${entry}"] is ${found}, ${wanted}`);
});
if (entryPoints.length === 0) throw new Error("Cannot bundle: package.json exports no source");
const bins = binsOf(bin, exports);
entryPoints.push(...bins.map((name) => `./src/${name}.ts`));

rmSync("dist", { recursive: true, force: true });
const { outputFiles } = await build({
  entryPoints,
  outdir: "dist",
  outbase: "src",
  bundle: true,
  splitting: true,
  // Inlines constants across modules. Names stay, so that stacks and heap snapshots are readable.
  minifySyntax: true,
  sourcemap: true,
  // The sources are in the tarball, for the declarations too.
  sourcesContent: false,
  format: "esm",
  target: "es2022",
  packages: "external",
  write: false,
});
for (const { path, text } of outputFiles) {
  if (!path.endsWith(".js")) write(path, text);
  else if (isBin(path)) write(path, tidied(text));
  else writeTwice(path, tidied(text), commonJs);
}
const tsc = resolve(import.meta.dirname, "../node_modules/typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { stdio: "inherit" });
for (const name of readdirSync("dist", { recursive: true, encoding: "utf8" })) {
  if (!name.endsWith(".d.ts")) continue;
  const path = join("dist", name);
  // Nothing imports a command.
  if (isBin(path.replace(/\.d\.ts$/, ".js"))) {
    rmSync(path);
    rmSync(`${path}.map`);
    continue;
  }
  writeTwice(path, withJsSpecifiers(readFileSync(path, "utf8")), (_, text) => text);
}
const copyFields = { type: "commonjs", sideEffects: sideEffectsOf(exports, "copy") };
write("dist/cjs/package.json", `${JSON.stringify(copyFields)}\n`);
for (const name of subpathsOf(exports)) write(`${name}/package.json`, stubOf(name));

// npm sets the bit in the tarball; this is for the link of a workspace.
for (const name of bins) chmodSync(join("dist", `${name}.js`), 0o755);

function isBin(path: string): boolean {
  return bins.some((name) => resolve("dist", `${name}.js`) === resolve(path));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/**
 * Writes a file and its CommonJS copy. The copy has the same lines and therefore the same source
 * map.
 */
function writeTwice(
  path: string,
  text: string,
  copied: (path: string, text: string) => string,
): void {
  write(path, text);
  const copy = resolve("dist/cjs", relative("dist", path));
  const toMap = relative(dirname(copy), dirname(resolve(path))).replaceAll("\\", "/");
  write(copy, copied(path, text).replace(/^(\/\/# sourceMappingURL=)/m, `$1${toMap}/`));
}

function commonJs(path: string, text: string): string {
  const { code, live } = toCommonJs(text);
  // A file that requires this one reads an export once, so that it would never see a new value.
  if (live.length > 0 && /chunk-\w+\.js$/.test(path)) {
    const wanted =
      "expected shared files to export names without later assignments, such as functions";
    throw new Error(`Cannot copy ${path}: ${live.join()} is assigned to, ${wanted}`);
  }
  return code;
}

/**
 * esbuild renames a class that refers to itself, and stacks and heap snapshots would show that
 * name. A file that is imported for its effects has no such class; its line stays, for the source
 * map.
 */
function tidied(code: string): string {
  const names = [...code.matchAll(/ = class _([A-Z]\w*)/g)].map(([, name]) => name!);
  return withConstants(
    names
      .reduce((text, name) => text.replaceAll(new RegExp(`\\b_${name}\\b`, "g"), name), code)
      .replaceAll(/^import "[^"]+";$/gm, ""),
  );
}

/**
 * esbuild turns every declaration of a module into `var`. Here it becomes `const` again, or `let`
 * if esbuild finds an assignment to the name. V8 folds constants; it loads the value of a `var` at
 * each use, and checks it.
 */
function withConstants(code: string): string {
  const lines = code.replaceAll(/^var /gm, "const ").split("\n");
  for (;;) {
    const at = lineOfVariable(lines.join("\n"));
    if (at === undefined) return lines.join("\n");
    let start = at - 1;
    while (!lines[start]!.startsWith("const ")) start--;
    lines[start] = lines[start]!.replace("const", "let");
  }
}

/** The number of a line that declares a constant to which the code assigns. */
function lineOfVariable(code: string): number | undefined {
  const logOverride = { "assign-to-constant": "error" } as const;
  try {
    transformSync(code, { logLevel: "silent", logOverride });
    return undefined;
  } catch (error) {
    const { location, notes } = (error as TransformFailure).errors[0]!;
    return (notes[0]?.location ?? location)!.line;
  }
}
