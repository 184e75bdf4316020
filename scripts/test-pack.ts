import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { buildSync, transformSync } from "esbuild";
import { standaloneEntriesOf } from "./packaging/entries.ts";
import { listFindings, mapFindings } from "./packaging/tarball.ts";
import { readTree } from "./tidy/tree.ts";
import { workspacesOf, type Workspace } from "./tidy/workspaces.ts";

// Packs every published package, and uses the tarballs like a user: installed in an empty folder,
// from an ES module, from require(), which gives the ES modules or their CommonJS copy, and from
// TypeScript. The program for a package is scripts/consumers/<package>.ts; the same file is used in
// all these ways.

const root = resolve(import.meta.dirname, "..");
const bin = (name: string, file: string): string => join(root, "node_modules", name, file);
const folder = mkdtempSync(join(tmpdir(), "pack-"));
const packages = workspacesOf(readTree(root)).filter(({ published }) => published);

try {
  const tarballs = packages.map(pack);
  for (const tarball of tarballs) {
    node(bin("publint", "src/cli.js"), "run", tarball, "--strict");
    node(bin("@arethetypeswrong/cli", "dist/index.js"), tarball, "--profile", "strict");
  }
  install(tarballs);
  for (const { manifest } of packages) {
    checkMaps(manifest.name);
    run(manifest.name);
    for (const command of Object.keys(manifest.bin ?? {})) runCommand(command, manifest.version);
  }
  checkOneCopy();
  for (const kind of ["ts", "ts-cjs"]) {
    compile(bin("typescript", "bin/tsc"), kind, "nodenext", "nodenext");
    compile(bin("typescript", "bin/tsc"), kind, "node16", "node16");
    compile(bin("typescript", "bin/tsc"), kind, "esnext", "bundler");
    // The TypeScript 5 of are-the-types-wrong, because TypeScript 7 does not have node10.
    compile(olderTypeScript(), kind, "nodenext", "nodenext");
    compile(olderTypeScript(), kind, "node16", "node16");
    compile(olderTypeScript(), kind, "esnext", "bundler");
    compile(olderTypeScript(), kind, "commonjs", "node10");
  }
  console.log(`pack: ${packages.length} packages work from their tarballs`);
} finally {
  rmSync(folder, { recursive: true });
}

/** Packs a package, checks the list of files, and returns the path of the tarball. */
function pack({ folder: source, manifest }: Workspace): string {
  const args = ["pack", join(root, source), "--json", "--pack-destination", folder];
  const [packed] = JSON.parse(npm(args)) as { filename: string; files: { path: string }[] }[];
  const paths = packed?.files.map(({ path }) => path) ?? [];
  const findings = listFindings(paths, manifest.exports ?? {}, manifest.bin);
  if (packed === undefined || findings.length > 0) {
    throw new Error(
      `Cannot pack ${source}: ${findings.join()}, expected the files that npm run build makes`,
    );
  }
  return join(folder, packed.filename);
}

/** Checks the source maps of an installed package. */
function checkMaps(name: string): void {
  const { findings, places } = mapFindings(join(folder, "node_modules", name));
  if (findings.length > 0 || places === 0) {
    throw new Error(
      `Cannot follow the maps of ${name}: ${findings.join()}, expected maps that lead to its sources`,
    );
  }
}

/** Makes an empty folder, and installs the tarballs without any network. */
function install(tarballs: readonly string[]): void {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  npm(["install", "--offline", "--no-audit", "--no-fund", ...tarballs]);
  for (const [kind, type] of [
    ["ts", "module"],
    ["ts-cjs", "commonjs"],
  ] as const) {
    mkdirSync(join(folder, kind));
    writeFileSync(join(folder, kind, "package.json"), JSON.stringify({ type }));
  }
}

/**
 * Runs the consumer of a package as an ES module, and as a CommonJS module with and without the
 * CommonJS copy.
 */
function run(name: string): void {
  const file = `${basename(name)}.ts`;
  const path = join(root, "scripts/consumers", file);
  if (!existsSync(path)) {
    throw new Error(`Cannot test ${name}: found no program, expected scripts/consumers/${file}`);
  }
  const source = readFileSync(path, "utf8");
  for (const kind of ["ts", "ts-cjs"]) cpSync(path, join(folder, kind, file));
  for (const [format, extension, ...flags] of [
    ["esm", "mjs"],
    ["cjs", "cjs"],
    // Without this feature Node does not know `module-sync`, like older versions and Jest.
    ["cjs", "cjs", "--no-experimental-require-module"],
  ] as const) {
    const { code } = transformSync(source, { loader: "ts", format, target: "node20" });
    start(`${basename(name)}.${extension}`, code, flags);
  }
}

/** Runs a program, which must end without output. */
function start(file: string, code: string, flags: readonly string[] = []): void {
  const program = join(folder, file);
  writeFileSync(program, code);
  console.log(`pack: ${[...flags, file].join(" ")}`);
  const { status, stderr } = spawnSync(process.execPath, [...flags, program], { encoding: "utf8" });
  // A warning counts too: Node prints one if require() of an ES module is still an experiment.
  if (status !== 0 || stderr !== "") {
    throw new Error(`Cannot run ${file}: ${stderr}, expected no output`);
  }
}

/** Runs a command as npm has linked it. It must print the version of its package. */
function runCommand(command: string, version: string): void {
  console.log(`pack: ${command} --version`);
  const shell = process.platform === "win32";
  const linked = join(folder, "node_modules/.bin", shell ? `${command}.cmd` : command);
  const { status, stdout, stderr } = spawnSync(linked, ["--version"], { encoding: "utf8", shell });
  if (status !== 0 || stderr !== "" || stdout.trim() !== version) {
    throw new Error(`Cannot run ${command}: ${stdout}${stderr}, expected ${version}`);
  }
}

/**
 * Runs programs that both import and require each entry, plain and bundled: they must have one copy
 * of each. Entries that need a peer are omitted. Without `module-sync` Node has two copies, which
 * shows that the comparison works.
 */
function checkOneCopy(): void {
  const names = packages.flatMap(({ manifest }) =>
    standaloneEntriesOf(manifest).map((entry) => manifest.name + entry.slice(1)),
  );
  const compare = `
    for (const [name, ours, theirs] of entries) {
      for (const key of Object.keys(ours)) {
        const isSame = ours[key] === theirs[key];
        if (typeof ours[key] === "function" && isSame === WANTS_TWO) throw new Error(name + " " + key);
      }
    }`;
  const mixed = (wantsTwo: boolean, head = ""): string =>
    head +
    names.map((name, i) => `import * as ours${i} from "${name}";`).join("\n") +
    `const entries = [${names.map((name, i) => `["${name}", ours${i}, require("${name}")]`).join()}];` +
    compare.replace("WANTS_TWO", String(wantsTwo));
  const head = `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`;
  start("mixed.mjs", mixed(false, head));
  start("mixed.mjs", mixed(true, head), ["--no-experimental-require-module"]);
  const stdin = { contents: mixed(false), resolveDir: folder };
  for (const platform of ["node", "browser"] as const) {
    const { outputFiles } = buildSync({
      stdin,
      bundle: true,
      platform,
      external: ["node:*"],
      format: "cjs",
      write: false,
      logLevel: "warning",
    });
    start(`bundle-${platform}.cjs`, outputFiles[0]!.text);
  }
}

/** Type-checks the consumers strictly, with the declarations of the packages. */
function compile(tsc: string, kind: string, module: string, moduleResolution: string): void {
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
  const config = join(folder, kind, "tsconfig.json");
  writeFileSync(config, JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  console.log(`pack: ${kind} ${module} ${moduleResolution}`);
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
