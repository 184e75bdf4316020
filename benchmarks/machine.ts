import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type as system } from "node:os";
import { PACKAGE_FOLDER } from "./package-folder.ts";

/** The machine, the runtime and the versions that the numbers belong to. */
export interface Machine {
  readonly date: string;
  readonly node: string;
  readonly v8: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memory: string;
  readonly commit: string;
  /** Versions of the rivals. */
  readonly rivals: Readonly<Record<string, string>>;
}

/** Dependencies that measure and show; all others are measured. */
const TOOLS: ReadonlySet<string> = new Set([
  "@observablehq/plot",
  "cli-progress",
  "cli-table3",
  "commander",
  "csv-parse",
  "d3-array",
  "linkedom",
]);

function describeCommit(): string {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    const changed = git("status", "--porcelain", "--untracked-files=no") !== "";
    return git("rev-parse", "--short", "HEAD") + (changed ? " with changes" : "");
  } catch {
    // The sources were copied without their history.
    return "unknown";
  }
}

function readRivals(): Record<string, string> {
  const text = readFileSync(new URL("package.json", PACKAGE_FOLDER), "utf8");
  const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
  const isRival = (name: string): boolean => !name.startsWith("@heapwise/") && !TOOLS.has(name);
  return Object.fromEntries(Object.entries(dependencies).filter(([name]) => isRival(name)));
}

/** Describes the machine, the commit and the versions of this run. */
export function describeMachine(): Machine {
  return {
    date: new Date().toISOString(),
    node: process.version,
    v8: process.versions.v8,
    system: `${system()} ${release().split("-")[0]}`,
    processor: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    commit: describeCommit(),
    rivals: readRivals(),
  };
}
