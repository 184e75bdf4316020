import { handlesLeftBy } from "../handles/handle-census.ts";
import type { HandleKind, LeftHandle } from "../handles/left-handle.ts";
import type { PathStep, RetainingPath, RootKind } from "../paths/retaining-path.ts";
import { LeakError, type Leak } from "./leak-error.ts";

const ROOTS: Readonly<Partial<Record<HandleKind, RootKind>>> = {
  timer: "timer",
  immediate: "timer",
  listener: "listener",
  channel: "listener",
};
/** Lines of the stack in a message. */
const MOST_FRAMES = 3;

/**
 * Runs a function, waits for its promise, and expects that it leaves nothing behind: no timer, not
 * even one without a reference, no listener of `process`, no subscriber of a channel, no server,
 * socket, watcher, port, file, worker or child process. A fake timer of a test runner is none of
 * these. {@link HandleCensus} says what counts; two runs at once do not see what the other makes.
 * An error of the function passes.
 * @throws {LeakError} if something is left. Its message shows where that was made.
 * @throws {TypeError} if `run` is not a function.
 * @throws {Error} if the host does not report its resources: browsers, Bun and Deno.
 *
 * @example
 * ```ts
 * import { assertNoHandles, type LeakError } from "@heapwise/leaks";
 *
 * await assertNoHandles(() => clearTimeout(setTimeout(() => {}, 5000)));
 * let timer: NodeJS.Timeout | undefined;
 * const poll = (): void => void (timer = setInterval(() => {}, 5000).unref());
 * const leak: LeakError = await assertNoHandles(poll).catch((error) => error);
 * leak.leaks[0]!.className; // => "Interval 5000 ms"
 * clearInterval(timer);
 * ```
 */
export async function assertNoHandles(run: () => unknown): Promise<void> {
  const handles = await handlesLeftBy(run);
  if (handles.length === 0) return;
  const count = handles.reduce((sum, each) => sum + each.count, 0);
  const found = count === 1 ? "1 handle is left behind" : `${count} handles are left behind`;
  throw new LeakError(`Cannot end run: ${found}, expected none`, handles.map(leakOf));
}

function leakOf(handle: LeftHandle): Leak {
  const { name, count } = handle;
  const className = count === 1 ? name : `${name}, ${count} times`;
  const paths = handle.stack === "" ? [] : [new PathOfHandle(handle)];
  return { className, verdict: "live", paths };
}

/** Where a handle was made, in the form of a path. */
class PathOfHandle implements RetainingPath {
  readonly root: RootKind;
  readonly steps: readonly PathStep[];
  readonly #stack: string;

  constructor({ kind, name, location, stack }: LeftHandle) {
    this.root = ROOTS[kind] ?? "handle";
    this.steps = [{ edge: "", node: name, ...(location && { location }) }];
    this.#stack = stack;
  }

  toString(): string {
    const lines = this.#stack.split("\n").slice(0, MOST_FRAMES);
    return lines.map((line, i) => (i === 0 ? `made at ${line}` : `  by ${line}`)).join("\n");
  }
}
