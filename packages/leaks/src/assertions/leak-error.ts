import type { RetainingPath } from "../paths/retaining-path.ts";
import { visible } from "../paths/visible.ts";

/** Something that should be gone and is not. */
export interface Leak {
  /** The label of the object, or its name in the record that was watched. */
  readonly label?: string | undefined;
  /** The class of the object, `Function`, `Symbol`, or the kind of a handle, such as `Timeout`. */
  readonly className: string;
  /**
   * `live`: held although it should be collected. `grows`: there are more objects of the class
   * after each iteration. `inconclusive`: an object that is known to be dropped or held was not
   * reported so, and nothing can be said.
   */
  readonly verdict: "live" | "grows" | "inconclusive";
  /** Objects of the class that each iteration leaves behind, if the verdict is `grows`. */
  readonly perIteration?: number | undefined;
  /** Bytes that would be free without the object, if a snapshot was taken. */
  readonly retainedBytes?: number | undefined;
  /** What holds the object, the most telling path first; empty if no snapshot was taken. */
  readonly paths: readonly RetainingPath[];
}

/** Most paths of each leak that are looked for and shown. */
export const MOST_PATHS = 3;

const MOST_LINES = 20;
const MOST_COLUMNS = 160;
/** A heading and the least that a path can say: both its ends, and that its middle is cut. */
const LEAST_LINES = 4;

/**
 * An assertion found memory that is not given back. `leaks` has the findings, and the message
 * shows the paths that hold them: at most 20 lines, which are the same in each run.
 *
 * @example
 * ```ts
 * import { assertCollected, type LeakError } from "@heapwise/leaks";
 *
 * class Session {}
 * const sessions = new Map<number, Session>();
 * const open = (): Session => {
 *   const session = new Session();
 *   sessions.set(1, session);
 *   return session;
 * };
 * const leak: LeakError = await assertCollected(open, { explain: false }).catch((error) => error);
 * leak.code; // => "LEAK"
 * leak.leaks[0]!.className; // => "Session"
 * ```
 */
export class LeakError extends Error {
  override readonly name = "LeakError";
  readonly code = "LEAK";
  /** The findings. */
  readonly leaks: readonly Leak[];

  /**
   * @param summary First line: `Cannot <verb> <thing>: <found>, expected <wanted>`.
   * @param notes Last lines of the message, such as why there is no path.
   */
  constructor(summary: string, leaks: readonly Leak[], notes: readonly string[] = []) {
    const blocks = leaks.map(describe);
    const room = MOST_LINES - 1 - notes.length;
    super([summary, ...share(blocks, room), ...notes].map(cutLine).join("\n"));
    this.leaks = leaks;
  }
}

/** The name of a leak in a message. */
export function nameOfLeak({ label, className }: Pick<Leak, "label" | "className">): string {
  return label === undefined ? className : `${className} "${label}"`;
}

/** The lines about one leak: a heading, and the lines of its paths. */
function describe(leak: Leak): string[] {
  const { verdict, perIteration, paths } = leak;
  const rate = perIteration === undefined ? "" : `, ${round(perIteration)} per iteration`;
  const lines = [`  ${nameOfLeak(leak)}: ${verdict}${rate}`];
  for (const path of paths.slice(0, MOST_PATHS)) {
    for (const line of String(path).split("\n")) lines.push(`    ${line}`);
  }
  return lines;
}

/** Two digits: the third differs from run to run. */
function round(rate: number): string {
  return String(Number(rate.toPrecision(2)));
}

/** Cuts the blocks so that all of them fit, and omits the last ones if there are too many. */
function share(blocks: readonly string[][], room: number): string[] {
  const total = blocks.reduce((sum, block) => sum + block.length, 0);
  if (total <= room) return blocks.flat();
  const least = blocks.map((block) => Math.min(LEAST_LINES, block.length));
  let shown = 0;
  let used = 0;
  while (shown < blocks.length && used + least[shown]! <= room - 1) used += least[shown++]!;
  const omitted = blocks.length - shown;
  const lengths = least.slice(0, shown);
  // Lines that are left go to those that lack some, one at a time.
  for (let spare = room - used - Math.sign(omitted), i = 0; spare > 0; i = (i + 1) % shown) {
    if (lengths.every((lines, at) => lines === blocks[at]!.length)) break;
    if (lengths[i]! < blocks[i]!.length) {
      lengths[i]!++;
      spare--;
    }
  }
  const lines = lengths.flatMap((count, i) => cutMiddle(blocks[i]!, count));
  if (omitted > 0) lines.push(`  ... and ${omitted} more`);
  return lines;
}

/** Keeps the heading, the first lines and the last lines. */
function cutMiddle(lines: readonly string[], count: number): string[] {
  if (lines.length <= count) return [...lines];
  const tail = Math.max(1, Math.floor((count - 2) / 2));
  const head = count - 1 - tail;
  return [
    ...lines.slice(0, head),
    `    ... ${lines.length - head - tail} lines omitted`,
    ...lines.slice(lines.length - tail),
  ];
}

/** A name with a break would make more lines, and a terminal would obey one with escapes. */
function cutLine(text: string): string {
  const line = visible(text);
  if (line.length <= MOST_COLUMNS) return line;
  const half = (MOST_COLUMNS - 3) >> 1;
  return `${line.slice(0, half)}...${line.slice(-half)}`;
}
