import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTask } from "node:timers/promises";
import { assertCollected, assertNoGrowth } from "@heapwise/leaks";
import { HeapGraph } from "@heapwise/leaks/snapshot";
import { answerTask, runInFreshProcess } from "../fresh-process.ts";
import { READERS } from "./readers.ts";
import type { SnapshotTask } from "./write-snapshot.ts";

export type LeaksTask =
  /** Our reader, twice, and JSON.parse in turn. */
  | { readonly kind: "reading"; readonly objects: number; readonly rounds: number }
  /** One reader, once. */
  | { readonly kind: "reader"; readonly reader: string; readonly objects: number }
  /** What is computed after the reading. */
  | { readonly kind: "queries"; readonly objects: number }
  /** Assertions that pass, over a heap with so many objects. */
  | { readonly kind: "assertions"; readonly objects: number; readonly rounds: number };

/** Milliseconds of each round. */
export interface ReadingAnswer {
  readonly kind: "reading";
  readonly fileBytes: number;
  readonly nodes: number;
  readonly read: readonly number[];
  readonly readAgain: readonly number[];
  /** JSON.parse of a text that is in memory. */
  readonly parse: readonly number[];
  /** The same with the reading of the file as a text. */
  readonly readAndParse: readonly number[];
}

export interface ReaderAnswer {
  readonly kind: "reader";
  readonly fileBytes: number;
  readonly ms: number;
  /** By how much the memory of the process was larger at its highest. */
  readonly peakBytes: number;
  /** By how much heap and buffers are larger in the end. */
  readonly settledBytes: number;
}

export interface QueriesAnswer {
  readonly kind: "queries";
  readonly nodes: number;
  readonly edges: number;
  readonly ms: Readonly<Record<string, number>>;
  /** By how much the memory of the process grew for the dominators. */
  readonly dominatorBytes: number;
}

export interface AssertionsAnswer {
  readonly kind: "assertions";
  readonly heapBytes: number;
  readonly ms: Readonly<Record<string, readonly number[]>>;
}

export type LeaksAnswer = ReadingAnswer | ReaderAnswer | QueriesAnswer | AssertionsAnswer;

/** Calls a function with the path of a snapshot of so many objects, and removes the file. */
async function withSnapshot<Result>(
  objects: number,
  use: (path: string, fileBytes: number) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "heapwise-leaks-"));
  const task: SnapshotTask = { path: join(folder, "heap.heapsnapshot"), objects };
  try {
    // A process of its own, so that the objects are not in the heap that is measured.
    await runInFreshProcess(new URL("./write-snapshot.js", import.meta.url), task, "the snapshot");
    return await use(task.path, (await stat(task.path)).size);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function time(run: () => unknown): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

async function settle(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await nextTask();
    globalThis.gc!();
  }
}

function measureReading(objects: number, rounds: number): Promise<ReadingAnswer> {
  return withSnapshot(objects, async (path, fileBytes): Promise<ReadingAnswer> => {
    const text = await readFile(path, "utf8");
    const { nodeCount: nodes } = await HeapGraph.read(path);
    const arms = {
      read: () => HeapGraph.read(path),
      readAgain: () => HeapGraph.read(path),
      parse: (): unknown => JSON.parse(text),
      readAndParse: async () => JSON.parse(await readFile(path, "utf8")) as unknown,
    };
    const series = Object.entries(arms).map(([arm, run]) => ({ arm, run, ms: [] as number[] }));
    for (let round = -1; round < rounds; round += 1) {
      // Each arm is first in turn.
      series.push(series.shift()!);
      for (const { run, ms } of series) {
        await nextTask();
        globalThis.gc!();
        const taken = await time(run);
        if (round >= 0) ms.push(taken);
      }
    }
    const of = (arm: keyof typeof arms): number[] => series.find((one) => one.arm === arm)!.ms;
    return {
      kind: "reading",
      fileBytes,
      nodes,
      read: of("read"),
      readAgain: of("readAgain"),
      parse: of("parse"),
      readAndParse: of("readAndParse"),
    };
  });
}

function measureReader(reader: string, objects: number): Promise<ReaderAnswer> {
  return withSnapshot(objects, async (path, fileBytes): Promise<ReaderAnswer> => {
    const held: unknown[] = [];
    await settle();
    const before = process.memoryUsage();
    const ms = await time(async () => void held.push(await READERS[reader]!(path)));
    const peakBytes = 1024 * process.resourceUsage().maxRSS - before.rss;
    await settle();
    const { heapUsed, external } = process.memoryUsage();
    const settledBytes = heapUsed + external - before.heapUsed - before.external;
    if (held.length !== 1) throw new Error(`Cannot measure ${reader}: it read nothing`);
    return { kind: "reader", fileBytes, ms, peakBytes, settledBytes };
  });
}

function measureQueries(objects: number): Promise<QueriesAnswer> {
  return withSnapshot(objects, async (path): Promise<QueriesAnswer> => {
    const ms: Record<string, number> = {};
    let graph: HeapGraph | undefined;
    ms["read"] = await time(async () => (graph = await HeapGraph.read(path)));
    const { nodeCount: nodes, edgeCount: edges } = graph!;
    const [first, second] = graph!.sample("Map", 2);
    await settle();
    const before = process.memoryUsage.rss();
    ms["dominators"] = await time(() => graph!.dominator(first!));
    const dominatorBytes = 1024 * process.resourceUsage().maxRSS - before;
    ms["first path"] = await time(() => graph!.retainingPath(first!));
    ms["next path"] = await time(() => graph!.retainingPath(second!));
    ms["statistics of types"] = await time(() => graph!.typeStats({ top: 10 }));
    return { kind: "queries", nodes, edges, ms, dominatorBytes };
  });
}

async function measureAssertions(objects: number, rounds: number): Promise<AssertionsAnswer> {
  const kept = Array.from({ length: objects }, (_, index) => ({ index, list: [index] }));
  await settle();
  const heapBytes = process.memoryUsage().heapUsed;
  const arms = {
    "gc()": () => globalThis.gc!(),
    assertCollected: () => assertCollected(() => ({ list: [1, 2, 3] })),
    assertNoGrowth: () => assertNoGrowth(() => [1, 2, 3].map(String)),
  };
  const series = Object.entries(arms).map(([arm, run]) => ({ arm, run, ms: [] as number[] }));
  for (let round = -1; round < rounds; round += 1) {
    series.push(series.shift()!);
    for (const { run, ms } of series) {
      const taken = await time(run);
      if (round >= 0) ms.push(taken);
    }
  }
  if (kept.length !== objects) throw new Error("Cannot measure assertions: the heap is empty");
  const ms = Object.fromEntries(
    Object.keys(arms).map((arm) => [arm, series.find((one) => one.arm === arm)!.ms]),
  );
  return { kind: "assertions", heapBytes, ms };
}

async function measure(task: LeaksTask): Promise<LeaksAnswer> {
  switch (task.kind) {
    case "reading":
      return measureReading(task.objects, task.rounds);
    case "reader":
      return measureReader(task.reader, task.objects);
    case "queries":
      return measureQueries(task.objects);
    case "assertions":
      return measureAssertions(task.objects, task.rounds);
  }
}

answerTask(measure);
