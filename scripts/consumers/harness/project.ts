import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchRuntime, type RuntimeName } from "../../runtimes/fetch-runtime.ts";

const TIMEOUT = 600_000;
const PROJECTS = join(import.meta.dirname, "../projects");

/** The files of a project. */
export interface ProjectFiles {
  /**
   * The folder below `scripts/consumers/projects/`. Its `files/` are copied, installed and run. If
   * there is a folder named `variant`, its files replace files of the same name.
   */
  readonly folder: string;
  readonly variant?: string;
  /** Whether the tarballs are installed with the rest; false if the set-ups install them. */
  readonly installsTarballs?: boolean;
}

interface Command {
  /** The output must match this. */
  readonly expected?: RegExp;
  /** The expected exit code. The default is 0. */
  readonly status?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** The working folder, relative to the folder of the project. */
  readonly folder?: string;
}

interface Manifest {
  readonly version: string;
  readonly bin?: string | Readonly<Record<string, string>>;
}

/** A fresh folder with the files of a group and the tarballs of our packages. */
export class Project {
  readonly folder: string;
  readonly tarballs: Readonly<Record<string, string>>;
  /** The Node that runs the tools. */
  node = process.execPath;

  constructor({ folder, variant }: ProjectFiles, tarballs: Readonly<Record<string, string>>) {
    this.folder = mkdtempSync(join(tmpdir(), `consumer-${variant ?? folder}-`));
    this.tarballs = tarballs;
    for (const files of ["files", ...(variant === undefined ? [] : [variant])]) {
      cpSync(join(PROJECTS, folder, files), this.folder, { recursive: true });
    }
  }

  /** The path of a file of the project. */
  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Installs the dependencies of the manifest and the tarballs, like a plain `npm install`. */
  install({ installsTarballs = true }: ProjectFiles): void {
    // All tarballs in one command, so that npm looks for none of them in the registry as a
    // dependency of another one.
    const tarballs = installsTarballs ? Object.values(this.tarballs) : [];
    const flags = ["--no-package-lock", "--prefer-offline", "--no-audit", "--no-fund"];
    this.run(process.platform === "win32" ? "npm.cmd" : "npm", ["install", ...flags, ...tarballs]);
  }

  /** Runs Node. Returns its output. */
  runNode(args: readonly string[], command: Command = {}): string {
    return this.run(this.node, args, command);
  }

  /** Runs the program of an installed package in Node. Returns its output. */
  runTool(name: string, args: readonly string[], command: Command & { bin?: string } = {}): string {
    return this.runNode([this.toolPath(name, command.bin), ...args], command);
  }

  /** Runs another runtime than Node. Returns its output. */
  runRuntime(name: RuntimeName, args: readonly string[], command: Command = {}): string {
    return this.run(fetchRuntime(name), args, command);
  }

  /**
   * Runs a program. Returns its output.
   * @throws {Error} with the output if the program fails.
   */
  run(program: string, args: readonly string[], command: Command = {}): string {
    const { expected = /(?:)/, status: wanted = 0, env = {}, folder = "" } = command;
    const { stdout, stderr, status, signal, error } = spawnSync(program, args, {
      cwd: this.path(folder),
      env: { ...hostEnvironment(), ...env },
      encoding: "utf8",
      timeout: TIMEOUT,
      maxBuffer: 64 << 20,
      shell: program.endsWith(".cmd"),
    });
    const output = `${stdout}${stderr}`;
    if (error !== undefined || status !== wanted || !expected.test(output)) {
      const end = error?.message ?? signal ?? `exit code ${status}`;
      const line = [program, ...args].join(" ").replaceAll(`${this.folder}/`, "");
      throw new Error(
        `Cannot run ${line}: ${end}, expected output like ${expected} and exit code ${wanted}\n${output}`,
      );
    }
    return output;
  }

  /** The path of the program of an installed package. */
  toolPath(name: string, bin: string = name.replace(/^@[^/]+\//, "")): string {
    const { bin: found } = this.manifestOf(name);
    const path =
      typeof found === "string" ? found : (found?.[bin] ?? Object.values(found ?? {})[0]);
    if (path === undefined)
      throw new Error(`Cannot run ${name}: it has no program, expected \`bin\` in its manifest`);
    return this.path("node_modules", name, path);
  }

  /** The installed version of a package. */
  versionOf(name: string): string {
    return this.manifestOf(name).version;
  }

  /** Writes a file of the project. */
  write(name: string, text: string): void {
    writeFileSync(this.path(name), text);
  }

  private manifestOf(name: string): Manifest {
    const path = this.path("node_modules", name, "package.json");
    if (!existsSync(path))
      throw new Error(`Cannot use ${name}: it is not installed, expected it in node_modules`);
    return JSON.parse(readFileSync(path, "utf8")) as Manifest;
  }
}

/** The environment without the variables that `npm run` and `tsx` set for their own processes. */
function hostEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(?:npm_(?:lifecycle|package)_|NODE_OPTIONS$|NODE_ENV$|INIT_CWD$|VITEST)/.test(name),
  );
  const quiet = { CI: "1", NO_COLOR: "1", DO_NOT_TRACK: "1", NEXT_TELEMETRY_DISABLED: "1" };
  return { ...Object.fromEntries(kept), ...quiet };
}
