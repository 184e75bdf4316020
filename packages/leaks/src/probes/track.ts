import {
  checkFunction,
  integerFrom,
  print,
  readOptions,
  refuse,
  type Check,
} from "../checks/arguments.ts";
import type { RetainingPath } from "../paths/retaining-path.ts";
import { canBeWatched } from "./can-be-watched.ts";
import { explainBoxes } from "./explain-boxes.ts";
import { HeapwiseProbeBox } from "./heapwise-probe-box.ts";
import { judge, type Verdict } from "./judge.ts";

/** Options of `Probe.explain`. */
export interface ExplainOptions {
  /** Most paths that are returned. They begin at different holders. 3 by default. */
  readonly paths?: number | undefined;
  /** Called with each path: true for a holder that is known and no leak. */
  readonly ignore?: ((path: RetainingPath) => boolean) | undefined;
}

/** Checks of the options. */
export const EXPLAIN_CHECKS: Readonly<Record<keyof ExplainOptions, Check>> = {
  paths: integerFrom(1),
  ignore: checkFunction,
};

/**
 * Watches one object, without holding it. Made by `track`.
 *
 * @example
 * ```ts
 * import { track, type Probe } from "@heapwise/leaks";
 *
 * const made = (): Probe => track({ user: "ada" }, "session");
 * const probe = made();
 * probe.label; // => "session"
 * probe.className; // => "Object"
 * await probe.status(); // => "collected"
 * await probe.explain(); // => []
 * ```
 */
export class Probe {
  readonly #box: HeapwiseProbeBox;

  /** Programs call `track` instead. */
  constructor(box: HeapwiseProbeBox) {
    this.#box = box;
  }

  /** The box of a probe, for the other files of this package. */
  static boxOf(probe: Probe): HeapwiseProbeBox {
    return probe.#box;
  }

  /** The label that was passed to `track`. */
  get label(): string | undefined {
    return this.#box.label;
  }

  /** Name of the class of the object, which was read when the probe was made. */
  get className(): string {
    return this.#box.className;
  }

  /**
   * Whether the object is not collected yet. Collects nothing, and keeps the object until the
   * running job ends.
   */
  isLive(): boolean {
    return this.#box.isLive();
  }

  /**
   * Collects garbage, and says what became of the object: `collected` by a plain collection;
   * `collected-lazily` if only a last-resort collection frees it, as with a module in V8's
   * compilation cache; `live` if the program holds it. Each call also judges two objects of its
   * own, one that is held and one that is not. If one of these has the wrong verdict, the result is
   * `inconclusive`.
   *
   * A variable of a function that still runs, or that waits at an `await`, holds its value.
   */
  async status(): Promise<Verdict> {
    const [verdict] = await judge([this.#box]);
    return verdict!;
  }

  /**
   * Takes a heap snapshot and returns what holds the object, from the root to the object; an empty
   * list if it is collected. Takes seconds and gigabytes on a large heap.
   *
   * @throws {TypeError} if an option has the wrong type or is not known.
   * @throws {RangeError} if `paths` is not an integer from 1.
   * @throws {SnapshotTooLargeError} if the snapshot would not fit into memory.
   */
  async explain(options: ExplainOptions = {}): Promise<RetainingPath[]> {
    const { paths = 3, ignore } = readOptions("explain object", options, EXPLAIN_CHECKS);
    const [found] = await explainBoxes([this.#box], paths, ignore);
    return [...found!.paths];
  }
}

/**
 * Watches an object, a function or a symbol that is not registered, without holding it. The probe
 * says later whether it was collected, and what holds it if it was not.
 *
 * @param label A name for messages.
 * @throws {TypeError} if the value cannot be collected, or the label is not a text.
 *
 * @example
 * ```ts
 * import { track } from "@heapwise/leaks";
 *
 * const sessions = new Map<string, object>();
 * const open = () => {
 *   const session = { user: "ada" };
 *   sessions.set("ada", session);
 *   return track(session, "session");
 * };
 * const probe = open();
 * await probe.status(); // => "live"
 * sessions.clear();
 * await probe.status(); // => "collected"
 * ```
 */
export function track(object: WeakKey, label?: string): Probe {
  return new Probe(boxOf(object, label));
}

/** The box of a value, of which the arguments are checked. */
export function boxOf(object: unknown, label: unknown): HeapwiseProbeBox {
  const action = "track object";
  if (!canBeWatched(object)) {
    const kind = typeof object === "symbol" ? "a registered symbol" : print(object);
    refuse(action, `it is ${kind}`, "an object, a function or an unregistered symbol");
  }
  if (label !== undefined && typeof label !== "string") {
    refuse(action, `label is ${print(label)}`, "a string");
  }
  return new HeapwiseProbeBox(object, label);
}
