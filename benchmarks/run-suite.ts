import { runInFreshProcess } from "./fresh-process.ts";
import { createProgress } from "./progress.ts";
import type { AdviceParagraph, Cell, Chart, RunOptions, Step, Suite, Table } from "./suite.ts";

/** A suite with its results. */
export interface SuiteReport {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
  readonly cells: readonly Cell<unknown, unknown>[];
  readonly tables: readonly Table[];
  readonly charts: readonly Chart[];
  readonly advice: readonly AdviceParagraph[];
}

/** Number of shared steps that run at the same time. */
const PROCESSES = 2;

/**
 * Runs `run` for all numbers, `atOnce` of them at a time. If one fails, it waits for the others
 * that have started: the next suite may measure time.
 */
async function runAll(
  numbers: readonly number[],
  run: (number: number) => Promise<void>,
  atOnce: number,
): Promise<void> {
  const failures: unknown[] = [];
  // All workers take from the same iterator, so that each number is run once.
  const waiting = numbers.values();
  const work = async (): Promise<void> => {
    for (const number of waiting) {
      await run(number).catch((error: unknown) => failures.push(error));
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  if (failures.length > 0) throw failures[0];
}

/** Runs steps, each in a fresh process, and returns their answers in the order of the steps. */
async function runSteps<Task, Answer>(
  suite: Suite<Task, Answer>,
  steps: readonly Step<Task>[],
): Promise<Cell<Task, Answer>[]> {
  const progress = createProgress(suite.name, steps.length);
  const cells: Cell<Task, Answer>[] = [];
  const run = async (at: number): Promise<void> => {
    const { label, task, execPath } = steps[at]!;
    progress.start(label);
    const answer = await runInFreshProcess<Answer>(suite.module, task, label, execPath);
    cells[at] = { task, answer };
    progress.done(label);
  };
  const shared = [...steps.keys()].filter((at) => steps[at]!.isShared);
  const alone = [...steps.keys()].filter((at) => !steps[at]!.isShared);
  try {
    await runAll(alone, run, 1);
    await runAll(shared, run, PROCESSES);
  } finally {
    progress.end();
  }
  return cells;
}

/** Runs the steps of a suite and the steps that follow from their answers, and makes the report. */
export async function runSuite<Task, Answer>(
  suite: Suite<Task, Answer>,
  steps: readonly Step<Task>[],
  options: RunOptions,
): Promise<SuiteReport> {
  const start = performance.now();
  const cells = await runSteps(suite, steps);
  const more = suite.refine?.(cells, options) ?? [];
  if (more.length > 0) cells.push(...(await runSteps(suite, more)));
  return {
    name: suite.name,
    title: suite.title,
    seconds: (performance.now() - start) / 1_000,
    cells,
    tables: suite.tabulate(cells, options),
    charts: await suite.draw(cells),
    advice: suite.advise?.(cells, options) ?? [],
  };
}
