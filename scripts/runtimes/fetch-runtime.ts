import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

// Runtimes other than the current one, as npm packages. They are installed on first use into a
// folder of their own, so that an ordinary install does not contain them.

/** The folder for runtimes and for files that are built for them. */
export const RUNTIMES_FOLDER: string = resolve(import.meta.dirname, "../../.runtimes");

const isWindows = process.platform === "win32";
const suffix = isWindows ? ".exe" : "";
const { platform, arch } = process;

interface Package {
  readonly name: string;
  readonly version: string;
  /** The program, relative to the folder of the package. */
  readonly program: string;
}

function node(version: string): Package {
  const name = `node-${isWindows ? "win" : platform}-${arch}`;
  return { name, version, program: `bin/node${suffix}` };
}

const RUNTIMES = {
  node20: node("20.20.2"),
  node22: node("22.23.5"),
  node24: node("24.21.0"),
  node26: node("26.12.1"),
  bun: {
    name: `@oven/bun-${isWindows ? "windows" : platform}-${arch === "arm64" ? "aarch64" : arch}`,
    version: "1.4.5",
    program: `bin/bun${suffix}`,
  },
  deno: {
    name: `@deno/${platform}-${arch}${platform === "linux" ? "-glibc" : ""}`,
    version: "2.9.6",
    program: `deno${suffix}`,
  },
  workerd: {
    name: `@cloudflare/workerd-${isWindows ? "windows" : platform}-${arch === "x64" ? "64" : arch}`,
    version: "1.20260730.1",
    program: `bin/workerd${suffix}`,
  },
} satisfies Record<string, Package>;

/** A runtime that npm has. */
export type RuntimeName = keyof typeof RUNTIMES;

/** The names that are versions of Node. */
export const NODES = (Object.keys(RUNTIMES) as RuntimeName[]).filter((name) =>
  name.startsWith("node"),
);

/** The path of a runtime's program, which is installed if it is missing. */
export function fetchRuntime(runtime: RuntimeName): string {
  const { name, version, program } = RUNTIMES[runtime];
  const folder = join(RUNTIMES_FOLDER, "node_modules", runtime);
  if (versionIn(folder) !== version) install(`${runtime}@npm:${name}@${version}`);
  const path = join(folder, program);
  if (!existsSync(path)) throw new Error(`Cannot run ${runtime}: no ${program} in ${name}`);
  return path;
}

function versionIn(folder: string): string | undefined {
  const path = join(folder, "package.json");
  if (!existsSync(path)) return undefined;
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}

function install(spec: string): void {
  mkdirSync(RUNTIMES_FOLDER, { recursive: true });
  const manifest = join(RUNTIMES_FOLDER, "package.json");
  // With the same manifest, installing a runtime does not remove another one.
  if (!existsSync(manifest)) writeFileSync(manifest, JSON.stringify({ private: true }));
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", spec];
  const { status } = spawnSync(isWindows ? "npm.cmd" : "npm", args, {
    cwd: RUNTIMES_FOLDER,
    // Output of npm would mix with the output of a script that prints a path.
    stdio: ["inherit", process.stderr, process.stderr],
    shell: isWindows,
  });
  if (status !== 0) throw new Error(`Cannot install ${spec}: npm ended with ${status}`);
}
