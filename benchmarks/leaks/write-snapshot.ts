import { writeHeapSnapshot } from "node:v8";
import { answerTask } from "../fresh-process.ts";

/** A file to write. */
export interface SnapshotTask {
  readonly path: string;
  /** Small objects in the heap, each of about four nodes. */
  readonly objects: number;
}

/** Writes a snapshot of a process that holds small objects of many shapes. */
async function write({ path, objects }: SnapshotTask): Promise<number> {
  const kept = Array.from({ length: objects }, (_, index) => ({
    index,
    list: [index],
    [`key${index % 5_000}`]: `text ${index}`,
    map: index % 10 === 0 ? new Map([[index, { index }]]) : undefined,
  }));
  writeHeapSnapshot(path);
  return kept.length;
}

answerTask(write);
