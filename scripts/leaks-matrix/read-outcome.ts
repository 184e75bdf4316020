/** What one run of Vitest says about the programs, in one pool of one Node. */
export interface Outcome {
  /** Programs that ran, each with its own test. */
  readonly programs: number;
  /** Runs of all programs together. */
  readonly runs: number;
  /** Runs with a wrong verdict, or with a path that does not name the holder. */
  readonly wrong: number;
  /** Tests that failed, with the share of wrong runs if the test repeats a program. */
  readonly failures: readonly string[];
}

/** The parts that we need of what Vitest's reporter `json` writes. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly meta?: { readonly runs?: number; readonly wrong?: number };
    }[];
  }[];
}

/** Counts programs, runs and wrong verdicts. A file that could not be loaded is a failure too. */
export function readOutcome({ testResults }: VitestReport): Outcome {
  const failures: string[] = [];
  const total = { programs: 0, runs: 0, wrong: 0 };
  for (const { name, status, message, assertionResults } of testResults) {
    for (const test of assertionResults) {
      const { runs = 0, wrong = 0 } = test.meta ?? {};
      if (runs > 0) total.programs++;
      total.runs += runs;
      total.wrong += wrong;
      if (test.status !== "failed") continue;
      failures.push(runs > 0 ? `${test.fullName}: ${wrong} of ${runs}` : test.fullName);
    }
    if (status === "failed" && !assertionResults.some((test) => test.status === "failed")) {
      failures.push(`${name.slice(name.lastIndexOf("/") + 1)}: ${message.split("\n")[0]}`);
    }
  }
  return { ...total, failures };
}
