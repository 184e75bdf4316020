import { performance } from "node:perf_hooks";
import { answerTask } from "../fresh-process.ts";
import { settledBytes } from "../memory/settled-bytes.ts";
import { median } from "d3-array";
import { measureDocuments, type DocumentsAnswer } from "./measure-documents.ts";
import { measureFront, type FrontAnswer } from "./measure-front.ts";
import { WEAK_ARMS } from "./adapters/catalogue.ts";

/** One measurement of the suite. */
export type WeakTask =
  | {
      readonly kind: "tail";
      readonly arm: string;
      readonly entries: number;
      readonly repeat: number;
    }
  | { readonly kind: "front"; readonly entries: number; readonly rounds: number }
  | { readonly kind: "documents"; readonly arm: string };

/** Entries whose objects all live, because they are held elsewhere. */
export interface TailAnswer {
  readonly bytesPerEntry: number;
  /**
   * Processor time of one full collection in ms, on all threads: the medians of several
   * collections.
   */
  readonly fullMs: number;
  /** Wall time of one scavenge. */
  readonly scavengeMs: number;
}

export type WeakAnswer = TailAnswer | FrontAnswer | DocumentsAnswer;

const COLLECTIONS = 7;
/** Writes in one job. An object that becomes weakly held lives until the end of the job. */
const WRITES_PER_JOB = 10_000;

const nextMacrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function measureTail(arm: string, entries: number): Promise<TailAnswer> {
  const found = WEAK_ARMS.find(({ name }) => name === arm);
  if (found === undefined) throw new RangeError(`Cannot measure "${arm}", expected a weak arm`);
  const write = await found.create();
  const objects = Array.from({ length: entries }, (_, id) => ({ id }));
  const before = await settledBytes();
  for (let id = 0; id < entries; id += 1) {
    write(id, objects[id]!);
    if (id % WRITES_PER_JOB === 0) await nextMacrotask();
  }
  const bytes = (await settledBytes()) - before;
  const full: number[] = [];
  for (let i = 0; i < COLLECTIONS; i += 1) {
    const start = process.cpuUsage();
    globalThis.gc!();
    const { user, system } = process.cpuUsage(start);
    full.push((user + system) / 1_000);
    await nextMacrotask();
  }
  // Work that follows a collection, such as the sweep of a cache, is over by then.
  for (let i = 0; i < 1_000; i += 1) await nextMacrotask();
  const scavenges: number[] = [];
  for (let i = 0; i < COLLECTIONS; i += 1) {
    const start = performance.now();
    (globalThis.gc as (options: object) => void)({ type: "minor" });
    scavenges.push(performance.now() - start);
    await nextMacrotask();
  }
  // The check also keeps the objects and the entries alive while they are measured.
  write(entries, objects[entries - 1]!);
  return {
    bytesPerEntry: bytes / entries,
    fullMs: median(full)!,
    scavengeMs: median(scavenges)!,
  };
}

answerTask<WeakTask, WeakAnswer>(async (task) => {
  if (task.kind === "tail") return measureTail(task.arm, task.entries);
  if (task.kind === "front") return measureFront(task.entries, task.rounds);
  return measureDocuments(task.arm);
});
