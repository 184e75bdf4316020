import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { transformSync } from "esbuild";
import { readTree } from "./tidy/tree.ts";
import { workspacesOf } from "./tidy/workspaces.ts";

// Packs every published package, and uses the tarballs as a stranger would: installed in an empty
// folder, from an ES module, from require() and from TypeScript. What the stranger does with a
// package is scripts/consumers/<package>.ts; one file serves all the ways.

const root = resolve(import.meta.dirname, "..");
const bin = (name: string, file: string): string => join(root, "node_modules", name, file);
const folder = mkdtempSync(join(tmpdir(), "pack-"));
const packages = workspacesOf(readTree(root)).filter(({ published }) => published);

try {
  const tarballs = packages.map(({ folder: source }) => pack(source));
  for (const tarball of tarballs) {
    node(bin("publint", "src/cli.js"), "run", tarball, "--strict");
    node(bin("@arethetypeswrong/cli", "dist/index.js"), tarball, "--profile", "esm-only");
  }
  install(tarballs);
  for (const { manifest } of packages) run(manifest.name);
  compile(bin("typescript", "bin/tsc"), "nodenext", "nodenext");
  compile(bin("typescript", "bin/tsc"), "esnext", "bundler");
  // Are-the-types-wrong brings a TypeScript 5, the oldest that its answer stands for.
  compile(olderTypeScript(), "nodenext", "nodenext");
  compile(olderTypeScript(), "esnext", "bundler");
  console.log(`pack: ${packages.length} packages work from their tarballs`);
} finally {
  rmSync(folder, { recursive: true });
}

/** Packs a package, looks at the list of files, and returns the path of the tarball. */
function pack(source: string): string {
  const args = ["pack", join(root, source), "--json", "--pack-destination", folder];
  const [packed] = JSON.parse(npm(args)) as { filename: string; files: { path: string }[] }[];
  const paths = packed?.files.map(({ path }) => path) ?? [];
  const wanted = ["LICENSE", "README.md", "dist/index.js", "dist/index.d.ts", "src/index.ts"];
  const absent = wanted.filter((path) => !paths.includes(path));
  const stray = paths.filter((path) => !belongs(path, paths));
  if (packed === undefined || absent.length > 0 || stray.length > 0) {
    throw new Error(
      `Cannot pack ${source}: absent [${absent.join()}], stray [${stray.join()}], expected a fresh build`,
    );
  }
  return join(folder, packed.filename);
}

/** Whether a file belongs into a tarball: a source, what was built from a source or of several, or a page. */
function belongs(path: string, paths: readonly string[]): boolean {
  if (/^dist\/chunk-[A-Z0-9]{8}\.js(?:\.map)?$/.test(path)) return true;
  const built = /^dist\/(.+?)\.(?:js|d\.ts)(?:\.map)?$/.exec(path)?.[1];
  if (built !== undefined) return paths.includes(`src/${built}.ts`);
  return /^src\/.+\.ts$|^[A-Z]+(?:\.md)?$|^package\.json$/.test(path) && !path.includes(".test.");
}

/** Makes the empty folder of a stranger, and installs the tarballs without any network. */
function install(tarballs: readonly string[]): void {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  npm(["install", "--offline", "--no-audit", "--no-fund", ...tarballs]);
  mkdirSync(join(folder, "ts"));
  writeFileSync(join(folder, "ts/package.json"), JSON.stringify({ type: "module" }));
}

/** Runs the consumer of a package as an ES module and as a CommonJS module. */
function run(name: string): void {
  const file = `${basename(name)}.ts`;
  const path = join(root, "scripts/consumers", file);
  if (!existsSync(path)) throw new Error(`Cannot test ${name}: no scripts/consumers/${file}`);
  const source = readFileSync(path, "utf8");
  writeFileSync(join(folder, "ts", file), source);
  for (const [format, extension] of [
    ["esm", "mjs"],
    ["cjs", "cjs"],
  ] as const) {
    const { code } = transformSync(source, { loader: "ts", format, target: "node20" });
    const consumer = join(folder, `${basename(name)}.${extension}`);
    writeFileSync(consumer, code);
    console.log(`pack: ${basename(consumer)}`);
    const { status, stderr } = spawnSync(process.execPath, [consumer], { encoding: "utf8" });
    // A warning counts too: Node gives one where require() of an ES module is still an experiment.
    if (status !== 0 || stderr !== "") {
      throw new Error(`Cannot run ${basename(consumer)}: ${stderr}, expected silence`);
    }
  }
}

/** Type-checks the consumers strictly, the declarations of the packages included. */
function compile(tsc: string, module: string, moduleResolution: string): void {
  const compilerOptions = {
    module,
    moduleResolution,
    target: "es2022",
    lib: ["es2022"],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
  };
  const config = join(folder, "ts/tsconfig.json");
  writeFileSync(config, JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  node(tsc, "-p", config);
}

function olderTypeScript(): string {
  const require = createRequire(bin("@arethetypeswrong/core", "package.json"));
  const manifest = require("typescript/package.json") as { version: string };
  if (!manifest.version.startsWith("5.")) {
    throw new Error(`Cannot test old types: TypeScript ${manifest.version}, expected 5`);
  }
  return require.resolve("typescript/bin/tsc");
}

function node(...args: string[]): void {
  console.log(`pack: ${args.map((arg) => basename(arg)).join(" ")}`);
  execFileSync(process.execPath, args, { cwd: folder, stdio: "inherit" });
}

function npm(args: readonly string[]): string {
  const windows = process.platform === "win32";
  return execFileSync(windows ? "npm.cmd" : "npm", args, {
    cwd: folder,
    encoding: "utf8",
    shell: windows,
  });
}
