import { MemoryStore } from "./formats/id-stores.ts";
import { RequestSink } from "./formats/request-sink.ts";

/** A recorded or generated stream of keys. */
export interface Trace {
  readonly name: string;
  /** Key ids in order of access, numbered from 0 by first appearance. */
  readonly ids: Uint32Array;
  /** Number of different keys. */
  readonly keys: number;
}

const FRACTIONS = [0.001, 0.01, 0.05, 0.1, 0.25];

/**
 * The cache sizes at which a trace is replayed: 0.1, 1, 5, 10 and 25% of its keys, and at least 10
 * entries.
 */
export function capacitiesOf({ keys }: Pick<Trace, "keys">): number[] {
  return [...new Set(FRACTIONS.map((fraction) => Math.max(10, Math.round(fraction * keys))))];
}

/** Makes a trace of key ids. Ids are numbered by first appearance. */
export function traceOf(name: string, ids: Uint32Array): Trace {
  const store = new MemoryStore(ids.length);
  const sink = new RequestSink(store);
  for (const id of ids) sink.addId(id);
  sink.end();
  return { name, ids: store.take(), keys: sink.keys };
}
