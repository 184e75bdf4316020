import { runInFreshProcess } from "./fresh-process.ts";
import { createProgress } from "./progress.ts";
import type { Cell, Chart, Step, Suite, Table } from "./suite.ts";

/** A suite with its results. */
export interface SuiteReport {
  readonly name: string;
  readonly seconds: number;
  readonly cells: readonly Cell<unknown, unknown>[];
  readonly tables: readonly Table[];
  readonly charts: readonly Chart[];
}

/** Runs the steps of a suite, each in a fresh process, and reports their answers in the order of the steps. */
export async function runSuite<Task, Answer>(
  suite: Suite<Task, Answer>,
  steps: readonly Step<Task>[],
): Promise<SuiteReport> {
  const start = performance.now();
  const progress = createProgress(suite.name, steps.length);
  const cells: Cell<Task, Answer>[] = [];
  const waiting = steps.entries();
  const work = async (): Promise<void> => {
    // All workers take from the one iterator, so that each step is run once.
    for (const [at, { label, task, execPath }] of waiting) {
      progress.start(label);
      cells[at] = { task, answer: await runInFreshProcess<Answer>(suite.module, task, execPath) };
      progress.done(label);
    }
  };
  try {
    await Promise.all(Array.from({ length: suite.parallel }, work));
  } finally {
    progress.end();
  }
  return {
    name: suite.name,
    seconds: (performance.now() - start) / 1_000,
    cells,
    tables: suite.tabulate(cells),
    charts: suite.draw(cells),
  };
}
