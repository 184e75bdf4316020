import {
  checkAmount,
  checkBoolean,
  checkFunction,
  integerFrom,
  print,
  readOptions,
  refuse,
  type Check,
} from "../checks/arguments.ts";
import { collectGarbage, settle } from "../collection/collect-garbage.ts";
import { countInstances } from "../collection/count-instances.ts";
import { countOrdinaryObjects } from "../collection/count-ordinary-objects.ts";
import { checkClasses, nameOfClass } from "../growth/growth.ts";
import { GrowthReport, rateOf, rowOf, type GrowthRow } from "../growth/growth-report.ts";
import { canStillGrow, mayHideGrowth, medianDelta } from "../growth/theil-sen.ts";
import { nodeModule } from "../host/node-modules.ts";
import { Controls } from "../probes/controls.ts";
import { whyNoPaths } from "./explain-leaks.ts";
import { LeakError, type Leak } from "./leak-error.ts";
import { nameGrowth } from "./name-growth.ts";
import { isThenable } from "./watch-result.ts";

/** Options of `assertNoGrowth`. */
export interface AssertNoGrowthOptions {
  /**
   * Calls of `run` in each round. 7 by default: growth of a multiple of a prime number is unlikely
   * to have another cause.
   */
  readonly iterations?: number | undefined;
  /** Rounds that are measured. 5 by default, at least 2. */
  readonly rounds?: number | undefined;
  /** Rounds before the first count, in which caches fill and code is compiled. 2 by default. */
  readonly warmup?: number | undefined;
  /** Classes to count, with their subclasses, in place of all ordinary objects. */
  readonly classes?: readonly Function[] | undefined;
  /**
   * Caches and other collections with a bound that are still filling. What their sizes grow by is
   * subtracted from the number of objects: one object for each entry.
   */
  readonly bounded?: Iterable<{ readonly size: number }> | undefined;
  /**
   * Bytes that an iteration may add to the heap. Growth by fewer bytes passes, whatever the number
   * of objects. Bytes alone never fail.
   */
  readonly bytesPerIteration?: number | undefined;
  /** Whether a failure takes two heap snapshots, to name classes and holders. True by default. */
  readonly explain?: boolean | undefined;
}

const ACTION = "assert no growth";

const checkSizes: Check = (action, name, value) => {
  if (typeof value !== "object" || value === null || !(Symbol.iterator in value)) {
    refuse(action, `${name} is ${print(value)}`, "an iterable of collections");
  }
};

const CHECKS = {
  iterations: integerFrom(1),
  rounds: integerFrom(2),
  warmup: integerFrom(0),
  classes: checkClasses,
  bounded: checkSizes,
  bytesPerIteration: checkAmount,
  explain: checkBoolean,
};

/**
 * Calls `run` again and again, and fails if each call leaves objects behind. After each round of
 * `iterations` calls it counts the objects. The program grows if both the slope of the counts, by
 * Theil-Sen, and the median of their differences are at least one object for each iteration (one in
 * seven may lack, since other parts of a process add and free some): so a single step, alternation,
 * warm-up and a cache that reaches its bound do not fail. Stops as soon as the differences cannot
 * lead to a failure. If the differences rise and the slope does not, all rounds are repeated once.
 * An error of `run` passes through.
 *
 * Without `classes` the objects are those that inherit from `Object.prototype`: arrays, closures,
 * buffers and promises too, but no texts, numbers, symbols, objects without a prototype, or objects
 * of another realm. `Growth` without `classes` counts all of these.
 *
 * A pass takes 0.2 s on a small heap that nothing else uses, and 0.8 s on one of 15 MB: four
 * counts, at least, of 45 ms and more. V8 has no cheaper exact count of objects; bytes, which take
 * 4 ms, vary by more than a small leak adds. A failure runs one more round between two heap
 * snapshots, and its error names the classes and what holds them.
 *
 * @throws {LeakError} if the number of objects grows, or if nothing can be said.
 * @throws {TypeError} if an argument has the wrong type.
 * @throws {RangeError} if an option has the wrong value.
 * @throws {Error} if the host cannot count objects.
 *
 * @example
 * ```ts
 * import { assertNoGrowth } from "@heapwise/leaks";
 *
 * const seen = new Set<object>();
 * const handle = (request: object) => {
 *   seen.add(request);
 *   seen.delete(request);
 * };
 * const report = await assertNoGrowth(() => handle({}));
 * report.rows[0]!.verdict; // => "steady"
 * await assertNoGrowth(() => seen.add({}), { explain: false }); // => throws LeakError
 * ```
 */
export async function assertNoGrowth(
  run: () => unknown,
  options: AssertNoGrowthOptions = {},
): Promise<GrowthReport> {
  checkFunction(ACTION, "run", run);
  const read = readOptions(ACTION, options, CHECKS);
  const { iterations = 7, rounds = 5, warmup = 2, explain = true } = read;
  const runRound = (): Promise<void> => repeat(run, iterations);
  const bounded = read.bounded && [...read.bounded];
  bounded?.forEach(sizeOf);
  for (let round = 0; round < warmup; round++) await runRound();
  const countRounds = async (): Promise<Census> => {
    const census = new Census(read.classes, bounded, read.bytesPerIteration, rounds + 1);
    await census.count();
    while (census.isOpen(iterations)) {
      await runRound();
      await census.count();
    }
    return census;
  };
  let census = await countRounds();
  if (census.mayHideGrowth(iterations)) census = await countRounds();
  const report = census.report(iterations);
  if (!census.areControlsRight) {
    const found = "an object that is known to be dropped or held was judged otherwise";
    const leak: Leak = { className: "Object", verdict: "inconclusive", paths: [] };
    throw new LeakError(`Cannot judge growth: ${found}, expected a sure verdict`, [leak]);
  }
  const grown = report.rows.filter(({ verdict }) => verdict === "grows");
  if (grown.length === 0 || census.isWithinBytes(iterations)) return report;
  throw await errorOf(grown, iterations, read.classes, explain ? runRound : undefined);
}

/** The size of a bounded collection. Any other value would hide all growth, as it is no number. */
function sizeOf(collection: { readonly size: number } | null | undefined): number {
  const size: unknown = collection?.size;
  if (Number.isSafeInteger(size)) return size as number;
  const found = `bounded has ${print(collection)} with the size ${print(size)}`;
  return refuse(ACTION, found, "collections with a number as their size");
}

/** Calls a function several times, one call after the other. */
async function repeat(run: () => unknown, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const result = run();
    if (isThenable(result)) await result;
  }
}

const NO_CLASS =
  "No paths: in one more round, no single class had one object more for each iteration.";

async function errorOf(
  grown: readonly GrowthRow[],
  iterations: number,
  classes: readonly Function[] | undefined,
  runRound: (() => Promise<void>) | undefined,
): Promise<LeakError> {
  const rates = grown.map((row) => Math.round(rateOf(row, iterations)));
  const parts = grown.map(({ type }, i) => {
    const noun = classes !== undefined ? type : rates[i] === 1 ? "object" : "objects";
    return `${rates[i]} ${noun}`;
  });
  const rate = `each iteration leaves ${parts.join(" and ")} behind`;
  const summary = `Cannot keep memory steady: ${rate}, expected none`;
  let leaks: Leak[] = [];
  let notes: string[] = [];
  if (runRound !== undefined) {
    const names = classes?.map(nameOfClass);
    const isWanted = (type: string): boolean => names?.includes(type) ?? true;
    try {
      leaks = await nameGrowth(runRound, iterations, isWanted);
      if (leaks.length === 0) notes = [NO_CLASS];
    } catch (error) {
      notes = [whyNoPaths(error)];
    }
  }
  if (leaks.length === 0) {
    leaks = grown.map(({ type }, i) => ({
      className: classes === undefined ? "Object" : type,
      verdict: "grows",
      perIteration: rates[i]!,
      paths: [],
    }));
  }
  return new LeakError(summary, leaks, notes);
}

/** The counts of all rounds. Its arrays are made at once, so that it does not count itself. */
class Census {
  readonly #classes: readonly Function[] | undefined;
  readonly #bounded: readonly { readonly size: number }[] | undefined;
  readonly #bytesPerIteration: number | undefined;
  readonly #length: number;
  readonly #counts: readonly Float64Array[];
  readonly #sizes: Float64Array;
  readonly #bytes: Float64Array;
  #at = 0;
  areControlsRight = true;

  constructor(
    classes: readonly Function[] | undefined,
    bounded: readonly { readonly size: number }[] | undefined,
    bytesPerIteration: number | undefined,
    length: number,
  ) {
    this.#classes = classes && [...classes];
    this.#bounded = bounded;
    this.#bytesPerIteration = bytesPerIteration;
    this.#length = length;
    this.#counts = (classes ?? [undefined]).map(() => new Float64Array(length));
    this.#sizes = new Float64Array(length);
    this.#bytes = new Float64Array(length);
  }

  /** Collects garbage and counts the objects that are left. */
  async count(): Promise<void> {
    const controls = new Controls();
    // What the finalizers of this collection drop is freed by that of the count.
    await collectGarbage({ rounds: 1 });
    await settle();
    for (const [i, counts] of this.#counts.entries()) {
      counts[this.#at] = this.#countOf(this.#classes?.[i]);
    }
    this.areControlsRight &&= controls.areRight();
    for (const each of this.#bounded ?? []) this.#sizes[this.#at]! += sizeOf(each);
    if (this.#bytesPerIteration !== undefined) this.#bytes[this.#at] = usedBytes();
    this.#at++;
  }

  #countOf(Class: Function | undefined): number {
    if (Class !== undefined) return countInstances(Class, { includeSubclasses: true });
    const expected = "Node with v8.queryObjects, or the option classes";
    return countOrdinaryObjects() ?? refuse(ACTION, "no count of objects", expected, Error);
  }

  /** Whether there are rounds left that can make a difference. */
  isOpen(iterations: number): boolean {
    if (!this.areControlsRight || this.#at >= this.#length) return false;
    return this.#counts.some((_, i) => canStillGrow(this.#freeCounts(i), iterations, this.#length));
  }

  /** Whether a series is in doubt, so that the rounds have to be repeated. */
  mayHideGrowth(iterations: number): boolean {
    return this.#counts.some((_, i) => mayHideGrowth(this.#freeCounts(i), iterations));
  }

  /** The counts of a class so far, without what is bounded. */
  #freeCounts(i: number): number[] {
    const counts = this.#counts[i]!.subarray(0, this.#at);
    return [...counts].map((count, at) => count - this.#sizes[at]!);
  }

  /** Whether the heap grew by no more bytes than it may. False if no bytes are allowed. */
  isWithinBytes(iterations: number): boolean {
    if (this.#bytesPerIteration === undefined) return false;
    const rate = medianDelta(this.#bytes.subarray(0, this.#at)) / iterations;
    return rate <= this.#bytesPerIteration;
  }

  report(step: number): GrowthReport {
    const taken = (values: Float64Array): number[] => [...values.subarray(0, this.#at)];
    const context = {
      step,
      bound: this.#bounded && taken(this.#sizes),
      ...(this.#bytesPerIteration !== undefined && { bytes: taken(this.#bytes) }),
    };
    const rows = this.#counts.map((counts, i) => {
      const Class = this.#classes?.[i];
      return rowOf(Class === undefined ? "(objects)" : nameOfClass(Class), taken(counts), context);
    });
    const marks = Array.from({ length: this.#at }, (_, i) => (i === 0 ? "start" : `round ${i}`));
    return new GrowthReport(rows, marks);
  }
}

function usedBytes(): number {
  return nodeModule("node:v8")?.getHeapStatistics().used_heap_size ?? 0;
}
