import { loadAdapter } from "../adapters/catalogue.ts";
import type { MeasuredCache } from "../adapters/adapter.ts";
import { answerTask } from "../fresh-process.ts";
import { beladyHits, nextUses } from "./belady.ts";
import { GENERATED_TRACES } from "./generated-traces.ts";
import { OPT } from "./opt.ts";
import { readTrace, sizesOf } from "./read-trace.ts";
import type { TraceFile } from "./trace-file.ts";
import type { Trace } from "./trace.ts";

/** One cache on one trace, at all sizes of the trace. */
export interface HitsTask {
  /** Name of an adapter, or `OPT`. */
  readonly arm: string;
  readonly trace: string;
  readonly title: string;
  /** The file of the trace; a generated trace has none. */
  readonly file?: TraceFile;
}

/** Hit ratio of the whole trace from an empty cache. */
export interface HitsAnswer {
  readonly requests: number;
  readonly keys: number;
  readonly capacities: readonly number[];
  /** One for each capacity, 0 to 1. */
  readonly hitRatios: readonly number[];
}

async function openTrace({ trace, file }: HitsTask): Promise<Trace> {
  if (file) return readTrace(file);
  const found = GENERATED_TRACES.find(({ name }) => name === trace);
  if (!found)
    throw new RangeError(`Cannot generate trace: "${trace}", expected one of GENERATED_TRACES`);
  return found.generate();
}

/** Replays a trace as a read-through cache sees it: a miss is inserted. */
function replay(cache: MeasuredCache<number, number>, ids: Uint32Array): number {
  let hits = 0;
  for (const id of ids) {
    if (cache.get(id) === undefined) cache.set(id, id);
    else hits += 1;
  }
  return hits;
}

async function measureHits(task: HitsTask): Promise<HitsAnswer> {
  const trace = await openTrace(task);
  const { ids, keys } = trace;
  const capacities = sizesOf(task.file ?? {}, trace);
  let hitsAt: (capacity: number) => number;
  if (task.arm === OPT) {
    const next = nextUses(ids, keys, ids);
    hitsAt = (capacity) => beladyHits(next, capacity);
  } else {
    const adapter = await loadAdapter(task.arm);
    hitsAt = (capacity) => replay(adapter.create(capacity), ids);
  }
  const hitRatios = capacities.map((capacity) => hitsAt(capacity) / ids.length);
  return { requests: ids.length, keys, capacities, hitRatios };
}

answerTask(measureHits);
