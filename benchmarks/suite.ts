import type { OwnTraces } from "./hit-ratio/own-traces.ts";

/** What a run was asked for. */
export interface RunOptions {
  /** No limits for the sake of time. */
  readonly full: boolean;
  /** Names of the caches of others to measure. The baseline is always measured. */
  readonly rivals: readonly string[];
  /** Names of our arms, strict LRU first. */
  readonly ours: readonly string[];
  /** Paths of other Node executables, on which suites that take them are measured as well. */
  readonly nodes: readonly string[];
  /** Traces of one's own to replay; undefined for those of the repo and the generated ones. */
  readonly own?: OwnTraces;
}

/** One measurement, done in a process of its own. */
export interface Step<Task> {
  /** What the progress line shows. */
  readonly label: string;
  readonly task: Task;
  /** Whether another such step may run at the same time. Never where time is what is measured. */
  readonly isShared?: boolean;
  /** Node executable to run it with; the one that runs the benchmarks by default. */
  readonly execPath?: string;
}

/** The steps once more for each other Node. */
export function onEachNode<Task>(
  steps: readonly Step<Task>[],
  nodes: readonly string[],
): Step<Task>[] {
  const others = nodes.flatMap((execPath) =>
    steps.map((step) => ({ ...step, execPath, label: `${execPath}: ${step.label}` })),
  );
  return [...steps, ...others];
}

/** A measurement and what came out of it. */
export interface Cell<Task, Answer> {
  readonly task: Task;
  readonly answer: Answer;
}

/** A set of measurements of one kind. */
export interface Suite<Task, Answer> {
  /** What the command line calls it. */
  readonly name: string;
  /** Heading in the report. */
  readonly title: string;
  /** Runs only if everything is measured, or if it is named. */
  readonly isOnlyFull?: boolean;
  /** Takes other versions of Node: `--node`. */
  readonly takesNodes?: boolean;
  /** Takes traces of the user: `--trace` and `--traces`. */
  readonly takesTraces?: boolean;
  /** URL of the module that answers the tasks. */
  readonly module: URL;
  /** The measurements of a run, in the order in which they are done. Throws for input that can't be measured. */
  plan(options: RunOptions): Step<Task>[];
  /** More measurements, which depend on what the planned ones have shown. */
  refine?(cells: readonly Cell<Task, Answer>[], options: RunOptions): Step<Task>[];
  /** What the results mean for who asked for them. */
  advise?(cells: readonly Cell<Task, Answer>[], options: RunOptions): AdviceParagraph[];
  /** The tables of the results, for a terminal and for the page. */
  tabulate(cells: readonly Cell<Task, Answer>[], options?: RunOptions): Table[];
  /** The charts of the results. The code that draws is loaded when it is called: it takes half a second. */
  draw(cells: readonly Cell<Task, Answer>[]): Promise<Chart[]>;
  /** The picture for the front page, if there is one: `--images`. */
  readonly picture?: PictureSource<Task, Answer>;
}

/** The picture of a suite for the front page: it shows less than the report, and is measured in less time. */
export interface PictureSource<Task, Answer> {
  /** The measurements that the picture shows. */
  plan(options: RunOptions): Step<Task>[];
  draw(cells: readonly Cell<Task, Answer>[]): Picture;
}

/** Horizontal bars with a heading, which are written as files. */
export interface Picture {
  /** Name of the files without theme and ending. */
  readonly name: string;
  readonly title: string;
  readonly better: "lower" | "higher";
  /** What the numbers are, with the unit, in a sentence or two. */
  readonly note: string;
  /** Groups of bars on the same scale. */
  readonly groups: readonly PictureGroup[];
}

export interface PictureGroup {
  /** Heading; empty if there is one group. */
  readonly title: string;
  readonly bars: readonly PictureBar[];
}

export interface PictureBar {
  /** Name of the arm, which chooses the colour. */
  readonly arm: string;
  /** What the picture calls the arm; its name by default. */
  readonly name?: string;
  readonly value: number;
  /** The value as text. */
  readonly label: string;
}

/** What to do, and why, in words. */
export interface AdviceParagraph {
  /** What it is about. */
  readonly title: string;
  /** What to do, in a sentence. */
  readonly headline: string;
  /** Sentences, one a line. */
  readonly reasons: readonly string[];
  /** Lines to copy. */
  readonly code?: string;
  /** The same for programs. */
  readonly facts?: object;
}

/** A table with a heading; the first row of `rows` holds the names of the columns. */
export interface Table {
  readonly title: string;
  /** How to read it, in a sentence or two. */
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A picture with a heading. */
export interface Chart {
  readonly title: string;
  readonly note: string;
  /** Inline SVG and its legend. */
  readonly html: string;
}
