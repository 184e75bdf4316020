import { oneOf, readOptions } from "../checks/arguments.ts";
import type { HeapwiseProbeBox } from "../probes/heapwise-probe-box.ts";
import { boxOf } from "../probes/track.ts";
import { explainIfLeaked, failIfLeaked, judgeFor } from "./assert-collected.ts";
import type { LeakError } from "./leak-error.ts";

/** Options of `leakScope`. */
export interface LeakScopeOptions {
  /**
   * `throw`, the default, throws a `LeakError` at the end of the scope. `report` writes its message
   * to the console as a warning.
   */
  readonly onLeak?: "throw" | "report" | undefined;
}

const CHECKS = { onLeak: oneOf("throw", "report") };
const TIMEOUT = 500;

/**
 * Objects that are to be gone when the scope ends. Made by `leakScope`.
 *
 * @example
 * ```ts
 * import { leakScope, type LeakScope } from "@heapwise/leaks";
 *
 * const held: object[] = [];
 * const serve = (scope: LeakScope): void => {
 *   held.push(scope.track({ user: "ada" }, "session"));
 * };
 * const scope = leakScope();
 * serve(scope);
 * held.length; // => 1
 * await scope.close(); // => throws LeakError
 * ```
 */
export class LeakScope {
  readonly #onLeak: "throw" | "report";
  #boxes: HeapwiseProbeBox[] = [];

  /** Programs call `leakScope` instead. */
  constructor(onLeak: "throw" | "report") {
    this.#onLeak = onLeak;
  }

  /**
   * Watches an object, without holding it, and returns it.
   *
   * @param label A name for the error.
   * @throws {TypeError} if the value cannot be collected, or the label is not a text.
   */
  track<Tracked extends WeakKey>(object: Tracked, label?: string): Tracked {
    this.#boxes.push(boxOf(object, label));
    return object;
  }

  /**
   * Ends the scope: collects garbage, and throws or reports if one of the objects is left. The
   * scope can be used again afterwards.
   *
   * @throws {LeakError} if an object is left and `onLeak` is `throw`.
   */
  async close(): Promise<void> {
    const boxes = this.#boxes;
    this.#boxes = [];
    if (boxes.length === 0) return;
    const verdicts = await judgeFor(boxes, TIMEOUT);
    const found = await explainIfLeaked(boxes, verdicts, "lazily", true);
    try {
      failIfLeaked(boxes, verdicts, found);
    } catch (error) {
      if (this.#onLeak === "throw") throw error;
      console.warn((error as LeakError).message);
    }
  }

  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Returns a scope that watches objects while code runs, and looks at its end whether they were
 * collected. A function that still runs holds its variables: let a function that is called within
 * the scope make the objects, not the block that has the scope.
 *
 * @throws {TypeError} if an option has the wrong type or is not known.
 * @throws {RangeError} if an option has the wrong value.
 *
 * @example
 * ```ts
 * import { leakScope } from "@heapwise/leaks";
 *
 * const sessions = new Map<string, object>();
 * const scope = leakScope();
 * const serve = (user: string) => {
 *   sessions.set(user, scope.track({ user }, "session"));
 *   sessions.delete(user);
 * };
 * serve("ada");
 * await scope.close();
 * ```
 */
export function leakScope(options: LeakScopeOptions = {}): LeakScope {
  const { onLeak = "throw" } = readOptions("open leak scope", options, CHECKS);
  return new LeakScope(onLeak);
}
