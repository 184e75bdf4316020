import type { RuntimeName } from "../../runtimes/fetch-runtime.ts";
import type { Project, ProjectFiles } from "./project.ts";

/** A way to use the packages: a tool, its version and its configuration. */
export interface Setup {
  /** The name on the command line, and in the results. */
  readonly name: string;
  /** The row of the table. Set-ups with the same title and the same result share a row. */
  readonly title: string;
  /** npm packages of the set-up. The table shows their installed versions. */
  readonly tools: readonly string[];
  /** Whether `npm run check` runs it. */
  readonly isFast?: boolean;
  /** The runtime that runs it. The default is the Node of this process. */
  readonly runtime?: RuntimeName;
  /** A set-up that is known to fail: its error, and advice for its users. */
  readonly failing?: Failing;
  /** Throws if something does not work. */
  run(project: Project): void | Promise<void>;
}

/**
 * Why a set-up does not work. If it works after all, that is an error too, so that the table stays
 * true.
 */
export interface Failing {
  readonly error: RegExp;
  readonly remedy: string;
}

/** Set-ups that share an installed folder. */
export interface SetupGroup extends ProjectFiles {
  readonly setups: readonly Setup[];
}
