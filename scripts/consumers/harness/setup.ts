import type { RuntimeName } from "../../runtimes/fetch-runtime.ts";
import type { Project, ProjectFiles } from "./project.ts";

/** A way to use the packages: a tool, its version and its configuration. */
export interface Setup {
  /** The name on the command line, and in the results. */
  readonly name: string;
  /** The row of the table. Set-ups of one title that come to the same share a row. */
  readonly title: string;
  /** Packages of npm whose installed versions the table tells: those of the set-up itself. */
  readonly tools: readonly string[];
  /** Whether `npm run check` runs it. */
  readonly isFast?: boolean;
  /** What runs it, if it is not the Node of this process. */
  readonly runtime?: RuntimeName;
  /** A set-up that is known not to work: what its error says, and what its users can do. */
  readonly failing?: Failing;
  /** Throws if something does not work. */
  run(project: Project): void | Promise<void>;
}

/** Why a set-up does not work. It is an error as well if it works, so that the table stays true. */
export interface Failing {
  readonly error: RegExp;
  readonly remedy: string;
}

/** Set-ups that share an installed folder. */
export interface SetupGroup extends ProjectFiles {
  readonly setups: readonly Setup[];
}
