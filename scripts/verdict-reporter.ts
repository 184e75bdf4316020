import { writeSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** The result of a run of the tests. */
export interface Verdict {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Counts the tests of a run. A file that could not be loaded and an error outside of every test
 * each count as one failure, so that a list of passed tests cannot hide them.
 */
export function countTests(modules: readonly TestModule[], strayErrors: number): Verdict {
  let passed = 0;
  let failed = strayErrors;
  let skipped = 0;
  for (const module of modules) {
    const failedBefore = failed;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") passed += 1;
      else if (state === "skipped") skipped += 1;
      else failed += 1;
    }
    if (!module.ok() && failed === failedBefore) failed += 1;
  }
  return { passed, failed, skipped };
}

/** The last line of a run: `N passed, N failed`, followed by `, N skipped` if some were skipped. */
export function formatVerdict({ passed, failed, skipped }: Verdict): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** Prints the verdict as the last line of the process, and fails a run in which no test ran. */
export default class VerdictReporter implements Reporter {
  #verdict: Verdict = { passed: 0, failed: 0, skipped: 0 };

  constructor() {
    process.once("exit", () => {
      const { passed, failed } = this.#verdict;
      if (failed > 0 || passed === 0) process.exitCode ||= 1;
      writeSync(process.stdout.fd, `${formatVerdict(this.#verdict)}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], strayErrors: readonly unknown[]): void {
    this.#verdict = countTests(modules, strayErrors.length);
  }
}
