import { sum } from "d3-array";
import { loadAdapter } from "../adapters/catalogue.ts";
import type { MeasuredCache } from "../adapters/adapter.ts";
import { answerTask } from "../fresh-process.ts";
import { beladyHits, nextUses } from "./belady.ts";
import { GENERATED_TRACES } from "./generated-traces.ts";
import { OPT } from "./opt.ts";
import { readSpooled } from "./read-spooled.ts";
import type { SpooledTrace, TraceFile } from "./trace-source.ts";
import { readTrace, sizesOf } from "./trace-source.ts";

import type { Trace } from "./trace.ts";

/** One cache on one trace. */
export interface HitsTask {
  /** Name of an adapter, or `OPT`. */
  readonly arm: string;
  readonly trace: string;
  readonly title: string;
  /** The file of a trace of the repository; a generated trace has none. */
  readonly file?: TraceFile;
  /** A trace of the user, with the sizes of this task. */
  readonly own?: { readonly spooled: SpooledTrace; readonly capacities: readonly number[] };
}

/** Hit ratio of the whole trace from an empty cache. */
export interface HitsAnswer {
  readonly requests: number;
  readonly keys: number;
  readonly capacities: readonly number[];
  /** One ratio for each capacity, 0 to 1. */
  readonly hitRatios: readonly number[];
  /** Hits in each tenth of the requests, for each capacity. Only for the user's own traces. */
  readonly hitsByTenth?: readonly (readonly number[])[];
}

async function openTrace({ trace, file, own }: HitsTask): Promise<Trace> {
  if (own) return readSpooled(own.spooled);
  if (file) return readTrace(file);
  const found = GENERATED_TRACES.find(({ name }) => name === trace);
  if (!found)
    throw new RangeError(`Cannot generate trace: "${trace}", expected one of GENERATED_TRACES`);
  return found.generate();
}

/** Replays a trace like a read-through cache: a miss is inserted. */
function replay(cache: MeasuredCache<number, number>, ids: Uint32Array): number {
  let hits = 0;
  for (const id of ids) {
    if (cache.get(id) === undefined) cache.set(id, id);
    else hits += 1;
  }
  return hits;
}

/** Hits of each tenth of the requests. */
function replayTenths(cache: MeasuredCache<number, number>, ids: Uint32Array): number[] {
  const end = (tenth: number): number => Math.round((ids.length * tenth) / 10);
  return Array.from({ length: 10 }, (_, i) => replay(cache, ids.subarray(end(i), end(i + 1))));
}

async function measureHits(task: HitsTask): Promise<HitsAnswer> {
  const trace = await openTrace(task);
  const { ids, keys } = trace;
  const capacities = task.own?.capacities ?? sizesOf(task.file ?? {}, trace);
  const about = { requests: ids.length, keys, capacities };
  if (task.arm === OPT) {
    const next = nextUses(ids, keys, ids);
    return { ...about, hitRatios: capacities.map((size) => beladyHits(next, size) / ids.length) };
  }
  const adapter = await loadAdapter(task.arm);
  if (!task.own) {
    const hitRatios = capacities.map((size) => replay(adapter.create(size), ids) / ids.length);
    return { ...about, hitRatios };
  }
  const hitsByTenth = capacities.map((size) => replayTenths(adapter.create(size), ids));
  const hitRatios = hitsByTenth.map((hits) => sum(hits) / ids.length);
  return { ...about, hitRatios, hitsByTenth };
}

answerTask(measureHits);
