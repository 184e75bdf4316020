import { mkdirSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { bodyOf, HeapGraph } from "../heap-graph/heap-graph.ts";
import { grows, theilSen } from "../growth/theil-sen.ts";
import { TypeSeries } from "../growth/type-series.ts";
import type { Call } from "./call.ts";
import { isMistake, mistake } from "./mistake.ts";
import { isClass } from "./compare-snapshots.ts";
import {
  closeInspector,
  findInspector,
  inspectorAt,
  type Found,
} from "./inspector/find-inspector.ts";
import type { InspectorSession } from "./inspector/inspector-session.ts";
import { dataOf, goesThrough, holdersOf, linesOf } from "./print-paths.ts";
import { cutMiddle, printByteChange, printBytes, printCount, tableOf } from "./table.ts";
import { visible } from "../paths/visible.ts";
import type { Terminal } from "./terminal.ts";
import { readWatchPlan, type WatchPlan } from "./watch-options.ts";

/** Classes whose holders are looked for at the end, and those that are printed. */
const MOST_CLASSES = 10;
const MOST_HOLDERS = 3;
/**
 * The cost of a snapshot for each byte of the heap: measured on heaps of 25 and 106 MB of small
 * objects, on Node 20 to 26 (seconds), and the bytes that V8 needs for its lists meanwhile.
 */
const SECONDS_PER_BYTE: readonly [least: number, most: number] = [5e-8, 1.2e-7];
const BYTES_PER_BYTE = 17;

/** A process in its own words. */
interface Facts {
  readonly pid: number;
  readonly version: string;
  readonly title: string;
  readonly heapUsed: number;
  /** What its machine has left. */
  readonly freeBytes: number;
}

/** A type that grows, and its numbers at each snapshot. */
interface Grown {
  readonly type: string;
  readonly counts: readonly number[];
  readonly bytes: readonly number[];
  /** Objects that each snapshot has more than the one before. */
  readonly slope: number;
}

/**
 * `watch`: takes snapshots of a running process through its inspector, and prints what grows. Ends
 * cleanly if the signal aborts: an inspector that was opened for this is closed.
 */
export async function watchProcess(
  call: Call,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const plan = readWatchPlan(call);
  const { session, isOpenedByUs } = await connect(plan, signal);
  try {
    const facts = await askFacts(session);
    await agree(plan, facts, terminal);
    return await new Watch(plan, facts, session, terminal).run(signal);
  } finally {
    terminal.showProgress("Waiting for the process");
    await (isOpenedByUs ? tryToClose(session, terminal) : session.close());
  }
}

/** Closes the inspector, unless the process has ended before. */
async function tryToClose(session: InspectorSession, terminal: Terminal): Promise<void> {
  try {
    await closeInspector(session);
  } catch (error) {
    if (!isMistake(error)) throw error;
    if (!session.hasEnded) terminal.note(`The inspector stays open: ${error.message}`);
    await session.close();
  }
}

async function connect({ pid, url }: WatchPlan, signal: AbortSignal): Promise<Found> {
  if (pid !== undefined) return findInspector(pid, signal);
  return { session: await inspectorAt(url!), isOpenedByUs: false };
}

async function askFacts(session: InspectorSession): Promise<Facts> {
  const fields = [
    "pid: process.pid",
    "version: process.version",
    "title: process.argv[1] ?? process.title",
    "heapUsed: process.memoryUsage().heapUsed",
    'freeBytes: (process.getBuiltinModule?.("node:os") ?? require("node:os")).freemem()',
  ];
  return (await session.evaluate(`({ ${fields.join(", ")} })`)) as Facts;
}

/** Says what snapshots cost the process, and asks whether to go on. */
async function agree(plan: WatchPlan, facts: Facts, terminal: Terminal): Promise<void> {
  const { pid, version, title, heapUsed, freeBytes } = facts;
  const [least, most] = SECONDS_PER_BYTE.map((each) => Math.max(0.1, each * heapUsed).toFixed(1));
  const program = `Node ${version.replace(/^v/, "")}, ${cutMiddle(visible(title), 60)}`;
  const needed = heapUsed * BYTES_PER_BYTE;
  terminal.note(`Process ${pid} (${program}) has a heap of ${printBytes(heapUsed)}.`);
  terminal.note(
    `Each snapshot stops it for about ${least} to ${most} s, longer on a busy machine, ` +
      `and needs up to ${printBytes(needed)} of memory there.`,
  );
  if (needed > freeBytes) {
    const warning = `Its machine has only ${printBytes(freeBytes)} left: the process may be ended.`;
    terminal.note(terminal.red(warning));
  }
  if (plan.isAgreed) return;
  if (!terminal.canAsk) {
    throw mistake(`Cannot watch process ${pid}: no one can be asked, expected --yes`);
  }
  if (await terminal.ask("Go on?")) return;
  throw mistake(`Cannot watch process ${pid}: the answer is no`);
}

/** A series of snapshots of one process. */
class Watch {
  readonly #plan: WatchPlan;
  readonly #facts: Facts;
  readonly #session: InspectorSession;
  readonly #terminal: Terminal;
  readonly #series: TypeSeries = new TypeSeries();
  readonly #started: number = performance.now();
  #taken = 0;
  #last: HeapGraph | undefined;
  #grown: readonly Grown[] = [];

  constructor(plan: WatchPlan, facts: Facts, session: InspectorSession, terminal: Terminal) {
    this.#plan = plan;
    this.#facts = facts;
    this.#session = session;
    this.#terminal = terminal;
  }

  /** Takes the snapshots. Returns the exit code. */
  async run(signal: AbortSignal): Promise<number> {
    if (this.#plan.folder !== undefined) makeFolder(this.#plan.folder);
    try {
      while (!signal.aborted && this.#taken < this.#plan.snapshots) {
        if (this.#taken > 0 && !(await waited(this.#plan.interval, signal))) break;
        const graph = await this.#take(signal);
        if (graph === undefined) break;
        this.#last = graph;
      }
    } finally {
      // Also if the process has ended, which may be due to the leak.
      this.#printHolders();
    }
    return this.#plan.failsOnGrowth && this.#grown.some(({ type }) => isClass(type)) ? 1 : 0;
  }

  /** Takes a snapshot and prints what grew; undefined if the signal has aborted. */
  async #take(signal: AbortSignal): Promise<HeapGraph | undefined> {
    const number = this.#taken + 1;
    const name = `snapshot ${number} of process ${this.#facts.pid}`;
    const start = performance.now();
    const chunks = this.#session.takeSnapshot(
      (done) => this.#terminal.showProgress(`Taking ${name}: ${Math.floor(done * 100)} %`),
      signal,
    );
    const onProgress = (bytes: number): void =>
      this.#terminal.showProgress(`Reading ${name}: ${printBytes(bytes)}`);
    const { folder } = this.#plan;
    const path = folder && join(folder, `heap-${this.#facts.pid}-${number}.heapsnapshot`);
    let graph: HeapGraph;
    try {
      const source = path === undefined ? chunks : stored(chunks, path);
      graph = await HeapGraph.read(source, { onProgress, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
      return undefined;
    }
    this.#taken = number;
    this.#series.add(bodyOf(graph));
    this.#grown = this.#series
      .all()
      .filter(({ counts }) => grows(counts, 1))
      .map((each) => ({ ...each, slope: theilSen(each.counts) }))
      .sort((one, other) => bytesOf(other) - bytesOf(one) || other.slope - one.slope);
    this.#printSnapshot(graph, start, performance.now());
    return graph;
  }

  #printSnapshot({ nodeCount, totalBytes }: HeapGraph, start: number, end: number): void {
    const seconds = round((start - this.#started) / 1000);
    const duration = round((end - start) / 1000);
    const shown = this.#grown.slice(0, this.#plan.top);
    if (this.#plan.isJson) {
      const { pid } = this.#facts;
      const head = { snapshot: this.#taken, pid, seconds, duration, nodeCount, totalBytes };
      this.#terminal.printJson({ ...head, types: shown });
      return;
    }
    this.#terminal.print(
      `Snapshot ${this.#taken}, after ${seconds} s: ${printCount(nodeCount)} nodes, ` +
        `${printBytes(totalBytes)} (took ${duration} s)`,
    );
    if (this.#taken === 1) return;
    const columns = ["count", "per snapshot", "size"].map((title) => ({ title }));
    const rows = shown.map((row) => [
      printCount(row.counts.at(-1)!),
      `+${printCount(Math.round(row.slope))}`,
      printByteChange(bytesOf(row)),
      row.type,
    ]);
    const name = { title: "type that grows", isName: true };
    const [head = "", ...lines] = tableOf([...columns, name], rows, this.#terminal.width);
    const left = this.#grown.length - shown.length;
    this.#terminal.print(
      rows.length > 0 ? [this.#terminal.bold(head), ...lines].join("\n") : "No type grows.",
      ...(left > 0 ? [`and ${printCount(left)} more (--top)`] : []),
      "",
    );
  }

  /** Says what keeps objects of the classes that grow, by the last snapshot. */
  #printHolders(): void {
    const graph = this.#last;
    if (graph === undefined || this.#taken < 2) return;
    const found = this.#grown
      .filter(({ type }) => isClass(type))
      .slice(0, MOST_CLASSES)
      .flatMap(({ type }) => {
        this.#terminal.showProgress(`Looking for the holder of ${type}`);
        const [holder] = holdersOf(graph, graph.sample(type, 3), 1, () => {});
        return holder === undefined ? [] : [{ type, holder }];
      })
      // The parts of an object grow with it.
      .filter(
        ({ holder: { path } }, _, all) =>
          !all.some(({ holder }) => path !== holder.path && goesThrough(path, holder.path)),
      )
      .slice(0, MOST_HOLDERS);
    if (this.#plan.isJson) {
      const holders = found.map(({ type, holder }) => ({ type, ...dataOf(holder) }));
      this.#terminal.printJson({ holders });
      return;
    }
    for (const { type, holder } of found) {
      const title = `${visible(type)} is kept by (${holder.path.root})`;
      this.#terminal.print(this.#terminal.bold(title), ...linesOf(holder.path), "");
    }
  }
}

function bytesOf({ bytes }: Grown): number {
  return bytes.at(-1)! - bytes[0]!;
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw mistake(`Cannot store snapshots: ${(error as Error).message}`, { cause: error });
  }
}

/** Passes a snapshot on, and writes it to a file, which is removed again if it is not complete. */
async function* stored(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
): AsyncGenerator<Uint8Array, void> {
  const file = await open(path, "w");
  let isComplete = false;
  try {
    for await (const chunk of chunks) {
      await file.appendFile(chunk);
      yield chunk;
    }
    isComplete = true;
  } finally {
    await file.close();
    if (!isComplete) await rm(path, { force: true });
  }
}

/** Waits. Returns false if the signal aborts first. */
function waited(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve(true);
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}
