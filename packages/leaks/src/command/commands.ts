import { compareSnapshots, diffOptions } from "./compare-snapshots.ts";
import type { Call, OptionTexts } from "./call.ts";
import { isId } from "./chosen-nodes.ts";
import { mistake } from "./mistake.ts";
import { drawPicture, showOptions } from "./draw-picture.ts";
import { listTypes, typesOptions } from "./list-types.ts";
import { pathsOptions, printPaths } from "./print-paths.ts";
import type { Terminal } from "./terminal.ts";
import { watchOptions } from "./watch-options.ts";
import { watchProcess } from "./watch-process.ts";

/** A command of `heapwise-leaks`. */
export interface Command {
  /** Its words after its name, as the help prints them. */
  readonly words: string;
  readonly summary: string;
  readonly options: OptionTexts;
  /** Lines about what the options do not say. */
  readonly remarks?: readonly string[];
  /** The smallest and largest number of files. */
  readonly files: readonly [least: number, most: number];
  /** Does the work. Returns the exit code. */
  run(call: Call, terminal: Terminal, signal: AbortSignal): Promise<number>;
}

/** All commands, by name. */
export const commands: Readonly<Record<string, Command>> = {
  types: {
    words: "FILE",
    summary: "list what a heap snapshot consists of",
    options: typesOptions,
    files: [1, 1],
    run: listTypes,
  },
  paths: {
    words: "FILE (--type NAME | @ID)",
    summary: "print who keeps objects alive",
    options: pathsOptions,
    files: [1, 1],
    run: printPaths,
  },
  diff: {
    words: "BEFORE AFTER [LATER]",
    summary: "print what grew between snapshots of one process",
    options: diffOptions,
    remarks: [
      "With three snapshots: which objects were made between the first two and are alive in the",
      "third. Do the same work before the second and the third one; the objects are left of it.",
    ],
    files: [2, 3],
    run: compareSnapshots,
  },
  show: {
    words: "FILE (--type NAME | @ID) --out PATH",
    summary: "draw objects and what keeps them alive",
    options: showOptions,
    files: [1, 1],
    run: drawPicture,
  },
  watch: {
    words: "(--pid N | --url ADDRESS)",
    summary: "print what grows in a running Node process",
    options: watchOptions,
    remarks: [
      "The process stands still during each snapshot. Its inspector is opened by SIGUSR1, as with",
      "node --inspect, listens to this machine only, and is closed again at the end.",
      "The first intervals show code that is compiled and caches that fill: wait for some more.",
    ],
    files: [0, 0],
    run: watchProcess,
  },
};

/** The command of a name, or undefined if there is none. */
export function commandOf(name: string): Command | undefined {
  return Object.hasOwn(commands, name) ? commands[name] : undefined;
}

/**
 * Checks the words of a call.
 * @throws {Error} if it has too few or too many files.
 */
export function checkWords(name: string, { words, files }: Command, call: Call): void {
  const [least, most] = files;
  const takesIds = words.includes("@ID");
  const wrong = takesIds ? undefined : call.words.find(isId);
  const count = call.words.filter((word) => !isId(word)).length;
  if (wrong === undefined && count >= least && count <= most) return;
  const found = wrong ?? (count === 1 ? "1 file is given" : `${count} files are given`);
  throw mistake(`Cannot run ${name}: ${found}, expected heapwise-leaks ${name} ${words}`);
}
