import { relative } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";

/**
 * The seed of all random tests of this run. `HEAPWISE_SEED` sets it: a number replays a run,
 * `random` takes a new seed.
 */
const SEED: number = chooseSeed(process.env["HEAPWISE_SEED"]);

/** `HEAPWISE_RUNS` multiplies the number of runs of each property, for a long search. */
const RUNS: number = Number(process.env["HEAPWISE_RUNS"] ?? 1);

function chooseSeed(wanted: string | undefined): number {
  if (wanted === undefined || wanted === "") return 1;
  if (wanted === "random") return (Math.random() * 0x7fffffff) | 0;
  const seed = Number(wanted);
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`Cannot use HEAPWISE_SEED: '${wanted}', expected an integer or 'random'`);
  }
  return seed;
}

/** The command that runs the current test again with the seed of this run. */
export function replayCommand(): string {
  const { testPath, currentTestName } = expect.getState();
  const file = testPath === undefined ? "" : ` ${relative(process.cwd(), testPath)}`;
  // Vitest takes -t as a regular expression for the names of the suites and the test, joined by
  // spaces.
  const name = (currentTestName ?? "").replaceAll(" > ", " ").replaceAll(/[^\w ,:-]/g, ".");
  return `HEAPWISE_SEED=${SEED} npx vitest run${file} -t '${name}'`;
}

/** Returns the seed of the current test, and prints the command that replays the test. */
export function announceSeed(): number {
  process.stdout.write(`seed ${SEED}: ${replayCommand()}\n`);
  return SEED;
}

/**
 * Checks a fast-check property with the seed of this run. A failure shows the smallest
 * counterexample, and the command that replays the test.
 */
export function checkProperty<Ts>(property: fc.IRawProperty<Ts, false>, { runs = 200 } = {}): void {
  const numRuns = Math.ceil(runs * RUNS);
  throwFailure(fc.check(property, { seed: announceSeed(), numRuns }));
}

/** The same as `checkProperty` for an asynchronous property. */
export async function checkAsyncProperty<Ts>(
  property: fc.IRawProperty<Ts, true>,
  { runs = 200 } = {},
): Promise<void> {
  const numRuns = Math.ceil(runs * RUNS);
  throwFailure(await fc.check(property, { seed: announceSeed(), numRuns }));
}

function throwFailure<Ts>(outcome: fc.RunDetails<Ts>): void {
  if (!outcome.failed) return;
  const report = fc.defaultReportMessage(outcome) ?? "The property failed";
  throw new Error(`${report}\nReplay: ${replayCommand()}`, { cause: outcome.errorInstance });
}
