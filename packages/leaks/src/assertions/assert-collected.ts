import {
  checkAmount,
  checkBoolean,
  checkFunction,
  oneOf,
  readOptions,
} from "../checks/arguments.ts";
import type { HeapwiseProbeBox } from "../probes/heapwise-probe-box.ts";
import { judge, type Verdict } from "../probes/judge.ts";
import { explainLive, leakOf, type ExplainedLeaks } from "./explain-leaks.ts";
import { LeakError, nameOfLeak } from "./leak-error.ts";
import { watchResult } from "./watch-result.ts";

/** Options of `assertCollected`. */
export interface AssertCollectedOptions {
  /**
   * `lazily`, the default, passes if only a last-resort collection frees an object, as with a
   * module in V8's compilation cache: no part of the program holds it. `plain` does not.
   */
  readonly allow?: "lazily" | "plain" | undefined;
  /** Whether a failure takes a heap snapshot to find what holds the objects. True by default. */
  readonly explain?: boolean | undefined;
  /**
   * Milliseconds for which it is tried again before it fails: sockets and the like let go of their
   * objects some time after they are closed. 500 by default, 0 for one try.
   */
  readonly timeout?: number | undefined;
}

const ACTION = "assert collection";
const CHECKS = { allow: oneOf("lazily", "plain"), explain: checkBoolean, timeout: checkAmount };
const DEFAULT_TIMEOUT = 500;

/**
 * Calls `make`, drops its result, and fails if that is not collected. `make` returns the
 * object to watch, or a record of objects: a literal with at least one object, function or
 * unregistered symbol among its own values, each of which is watched under its name. What a promise
 * resolves to counts as returned. An error of `make` passes through.
 *
 * A pass costs a collection, 5 to 20 ms on a small heap. A failure takes a heap snapshot, and its
 * error shows what holds the objects.
 *
 * @throws {LeakError} if an object is still there, or if nothing can be said.
 * @throws {TypeError} if `make` returns a primitive, or an argument has the wrong type.
 * @throws {RangeError} if an option has the wrong value.
 *
 * @example
 * ```ts
 * import { assertCollected } from "@heapwise/leaks";
 *
 * const listeners = new Set<() => void>();
 * const open = () => {
 *   const session = { user: "ada" };
 *   const listener = () => console.log(session.user);
 *   listeners.add(listener);
 *   return { session, close: () => listeners.delete(listener) };
 * };
 * await assertCollected(() => {
 *   const { session, close } = open();
 *   close();
 *   return { session };
 * });
 * await assertCollected(open, { explain: false }); // => throws LeakError
 * ```
 */
export async function assertCollected(
  make: () => object | Promise<object>,
  options: AssertCollectedOptions = {},
): Promise<void> {
  checkFunction(ACTION, "make", make);
  const read = readOptions(ACTION, options, CHECKS);
  const { allow = "lazily", explain = true, timeout = DEFAULT_TIMEOUT } = read;
  const boxes = await watchResult(make);
  const verdicts = await judgeFor(boxes, timeout);
  failIfLeaked(boxes, verdicts, await explainIfLeaked(boxes, verdicts, allow, explain));
}

/** Judges again and again while objects are live, and time is left. */
export async function judgeFor(
  boxes: readonly HeapwiseProbeBox[],
  timeout: number,
): Promise<Verdict[]> {
  const end = uptime() + timeout;
  // A try takes at least a millisecond, should the clock stand still.
  for (let tries = 0; ; tries++) {
    const verdicts = await judge(boxes);
    if (!verdicts.includes("live") || uptime() >= end || tries > timeout) return verdicts;
  }
}

/** Leaks of the objects that were not collected as they should. */
export async function explainIfLeaked(
  boxes: readonly HeapwiseProbeBox[],
  verdicts: readonly Verdict[],
  allow: "lazily" | "plain",
  explain: boolean,
): Promise<ExplainedLeaks> {
  const of = (verdict: Verdict): HeapwiseProbeBox[] =>
    boxes.filter((_, i) => verdicts[i] === verdict);
  const inconclusive = of("inconclusive").map((box) => leakOf(box, "inconclusive"));
  if (inconclusive.length > 0) return { leaks: inconclusive, notes: [] };
  const live = of("live");
  let found: ExplainedLeaks = { leaks: live.map((box) => leakOf(box, "live")), notes: [] };
  if (explain && live.length > 0) found = await explainLive(live);
  const late = allow === "plain" ? of("collected-lazily") : [];
  if (late.length === 0) return found;
  const note =
    "What has no path was freed by a last-resort collection: a cache of the engine held it.";
  return {
    leaks: [...found.leaks, ...late.map((box) => leakOf(box, "live"))],
    notes: [...found.notes, note],
  };
}

/** Throws the error of the leaks, if there are some. */
export function failIfLeaked(
  boxes: readonly HeapwiseProbeBox[],
  verdicts: readonly Verdict[],
  { leaks, notes }: ExplainedLeaks,
): void {
  const [first] = leaks;
  if (first === undefined) return;
  if (first.verdict === "inconclusive") {
    const found = "an object that is known to be dropped or held was judged otherwise";
    throw new LeakError(`Cannot judge collection: ${found}, expected a sure verdict`, leaks);
  }
  const isOne = boxes.length === 1;
  const name = isOne ? nameOfLeak(first) : `${leaks.length} of ${boxes.length} objects`;
  const isHeld = verdicts.includes("live");
  const found = isHeld
    ? `the program holds ${isOne ? "it" : "them"}`
    : "only a last-resort collection frees it";
  const wanted = isHeld ? "no holder" : "a plain collection to do so";
  throw new LeakError(`Cannot collect ${name}: ${found}, expected ${wanted}`, leaks, notes);
}

/** Milliseconds by a clock that fake timers leave alone. */
function uptime(): number {
  const { process } = globalThis as { process?: { uptime?(): number } };
  return typeof process?.uptime === "function" ? process.uptime() * 1000 : Date.now();
}
