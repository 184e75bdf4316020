import type { OwnTraces } from "./hit-ratio/own-traces.ts";

/** The options of a run. */
export interface RunOptions {
  /** Measures everything, without a limit of time. */
  readonly full: boolean;
  /** Whether the suites were named on the command line: each then takes what its tables need. */
  readonly isNamed?: boolean;
  /** Names of the rivals that are measured. The baseline is always measured. */
  readonly rivals: readonly string[];
  /** Names of our arms, strict LRU first. */
  readonly ours: readonly string[];
  /** Paths of other Node executables. Suites that support them are measured on each. */
  readonly nodes: readonly string[];
  /** The user's own traces. Undefined if the traces of the repository are replayed. */
  readonly own?: OwnTraces;
}

/** One measurement, done in a process of its own. */
export interface Step<Task> {
  /** Text of the progress line. */
  readonly label: string;
  readonly task: Task;
  /** Whether another such step may run at the same time. False if the step measures time. */
  readonly isShared?: boolean;
  /** Node executable that runs the step. The default is the one that runs the benchmarks. */
  readonly execPath?: string;
}

/** The steps, and the same steps again on each other Node. */
export function onEachNode<Task>(
  steps: readonly Step<Task>[],
  nodes: readonly string[],
): Step<Task>[] {
  const others = nodes.flatMap((execPath) =>
    steps.map((step) => ({ ...step, execPath, label: `${execPath}: ${step.label}` })),
  );
  return [...steps, ...others];
}

/** A measurement and its result. */
export interface Cell<Task, Answer> {
  readonly task: Task;
  readonly answer: Answer;
}

/** A set of measurements of one kind. */
export interface Suite<Task, Answer> {
  /** Name on the command line. */
  readonly name: string;
  /** Heading in the report. */
  readonly title: string;
  /** Runs only with `--full`, or if its name is given. */
  readonly isOnlyFull?: boolean;
  /** Can be measured on other versions of Node: `--node`. */
  readonly takesNodes?: boolean;
  /** Can replay the user's own traces: `--trace` and `--traces`. */
  readonly takesTraces?: boolean;
  /** URL of the module that answers the tasks. */
  readonly module: URL;
  /**
   * The measurements of a run, in their order.
   * @throws if the input cannot be measured.
   */
  plan(options: RunOptions): Step<Task>[];
  /** More measurements, which depend on the results of the planned ones. */
  refine?(cells: readonly Cell<Task, Answer>[], options: RunOptions): Step<Task>[];
  /** Advice that follows from the results. */
  advise?(cells: readonly Cell<Task, Answer>[], options: RunOptions): AdviceParagraph[];
  /** The tables of the results, for a terminal and for the page. */
  tabulate(cells: readonly Cell<Task, Answer>[], options?: RunOptions): Table[];
  /**
   * The charts of the results. The drawing code is loaded by this call, because loading it takes
   * half a second.
   */
  draw(cells: readonly Cell<Task, Answer>[]): Promise<Chart[]>;
  /** The picture for the front page, if there is one: `--images`. */
  readonly picture?: PictureSource<Task, Answer>;
}

/**
 * The picture of a suite for the front page. It shows less than the report, and takes less time.
 */
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
  /** The meaning and the unit of the numbers, in a sentence or two. */
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
  /** Name of the arm, which determines the colour. */
  readonly arm: string;
  /** Name of the arm in the picture. The default is `arm`. */
  readonly name?: string;
  readonly value: number;
  /** The value as text. */
  readonly label: string;
}

/** Advice in words, with its reasons. */
export interface AdviceParagraph {
  /** The subject of the advice. */
  readonly title: string;
  /** The advice in one sentence. */
  readonly headline: string;
  /** One sentence per line. */
  readonly reasons: readonly string[];
  /** Lines to copy. */
  readonly code?: string;
  /** The same advice as data. */
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
