/// <reference lib="esnext.disposable" preserve="true" />
import { checkFunction } from "../checks/arguments.ts";
import { macrotask } from "../host/macrotask.ts";
import type { LeftHandle } from "./left-handle.ts";
import type { Census, Finding, Trace } from "./traces.ts";
import { Watch } from "./watch.ts";

/** Macrotasks in any case: a closed handle tells so in the next one. */
const FEWEST = 2;
/** Macrotasks that everything gets to end. */
const FEW = 20;
/** Macrotasks for what may end by itself, such as the other end of a connection: some 40 ms. */
const MANY = 500;

let watch: Watch | undefined;

/**
 * Lists what functions leave behind: timers (also those without a reference), immediates, listeners
 * of `process` and of its streams, subscribers of `diagnostics_channel`, servers, sockets, watchers
 * of files, ports, workers, child processes, and file handles of `fs.promises`.
 *
 * It counts what is made in the async context of `run`, not what others make at the same time, and
 * neither what Node nor a test runner makes for itself, nor idle connections of HTTP agents and
 * `fetch`. Fake timers are not counted. Until it is disposed of, `async_hooks` are enabled, which
 * makes promises slower, `process` has a listener for `newListener`, and the methods of channels
 * are replaced. Only Node reports its resources.
 *
 * @example
 * ```ts
 * import { HandleCensus } from "@heapwise/leaks";
 *
 * const census = new HandleCensus();
 * const timer = census.run(() => setTimeout(() => {}, 5000));
 * census.open().map(({ name }) => name); // => ["Timeout 5000 ms"]
 * clearTimeout(timer);
 * await census.settle(); // => []
 * census[Symbol.dispose]();
 * ```
 */
export class HandleCensus {
  readonly #ledger = new Ledger();
  readonly #watch: Watch;

  /** @throws {Error} if the host does not report its resources: browsers, Bun and Deno. */
  constructor() {
    watch ??= new Watch();
    this.#watch = watch;
    this.#watch.open(this.#ledger);
  }

  /**
   * Runs a function, and returns its result. What it makes is counted, also after it has ended, for
   * example in a timer or after an `await`. May be called many times.
   */
  run<T>(fn: () => T): T {
    checkFunction("run in a census of handles", "fn", fn);
    return this.#watch.runWatched(this.#ledger, fn);
  }

  /** The handles that are open now, oldest first. Equal handles of one place are one element. */
  open(): LeftHandle[] {
    return summarize(this.#ledger.findings());
  }

  /**
   * Waits until nothing is open, and returns what remains. Waits for 20 macrotasks, in which
   * closed servers and sockets end, and at most 500 for what may end by itself; a timer may not.
   */
  async settle(): Promise<LeftHandle[]> {
    for (let i = 0; i < MANY; i++) {
      const findings = this.#ledger.findings();
      const mayEnd = i < FEW || findings.some((each) => each.mayEnd);
      if (i >= FEWEST && (findings.length === 0 || !mayEnd)) break;
      await this.#watch.outside(macrotask);
    }
    return this.open();
  }

  /** Ends the census: nothing is counted any more. Closes nothing of what it counted. */
  [Symbol.dispose](): void {
    this.#ledger.end();
    this.#watch.close(this.#ledger);
  }
}

/**
 * Runs a function, and returns what it leaves behind: see {@link HandleCensus}. Waits for its
 * promise, and for what was closed and has not ended yet. An error of the function passes.
 * @throws {TypeError} if `run` is not a function.
 * @throws {Error} if the host does not report its resources: browsers, Bun and Deno.
 *
 * @example
 * ```ts
 * import { handlesLeftBy } from "@heapwise/leaks";
 *
 * const onSignal = (): void => {};
 * const handles = await handlesLeftBy(() => process.on("SIGUSR2", onSignal));
 * handles[0]!.name; // => 'listener of process "SIGUSR2"'
 * process.off("SIGUSR2", onSignal);
 * ```
 */
export async function handlesLeftBy(run: () => unknown): Promise<LeftHandle[]> {
  checkFunction("look for handles", "run", run);
  const census = new HandleCensus();
  try {
    await census.run(run);
    return await census.settle();
  } finally {
    census[Symbol.dispose]();
  }
}

/** The traces of one census. */
class Ledger implements Census {
  readonly #traces = new Set<Trace>();
  #isWatching = true;

  get isWatching(): boolean {
    return this.#isWatching;
  }

  add(trace: Trace): void {
    this.#traces.add(trace);
  }

  remove(trace: Trace): void {
    this.#traces.delete(trace);
  }

  findings(): Finding[] {
    return [...this.#traces].map((trace) => trace.find()).filter((each) => each !== undefined);
  }

  end(): void {
    this.#isWatching = false;
    this.#traces.clear();
  }
}

function summarize(findings: readonly Finding[]): LeftHandle[] {
  const handles = new Map<string, LeftHandle>();
  for (const { kind, name, stack } of findings) {
    const key = `${name}\n${String(stack)}`;
    const count = (handles.get(key)?.count ?? 0) + 1;
    const location = stack.maker?.location;
    handles.set(key, { kind, name, count, location, stack: String(stack) });
  }
  return [...handles.values()];
}
