/**
 * The timed loops. Every arm loads its own copy of this module (see `load-loops.ts`): V8 compiles a
 * call that sees many classes of caches to slow code, and no program has such a call.
 */
import type { MeasuredCache } from "../adapters/adapter.ts";

type Cache = MeasuredCache<unknown, number>;
type RecordCache = MeasuredCache<unknown, { id: number; name: string; tags: number[] }>;

/**
 * The result of a loop, so that nothing is optimized away and equal caches can be checked to be
 * equal.
 */
export interface Outcome {
  hits: number;
  /** Sum of the values that were read. */
  sum: number;
}

/** A part of a stream: `ids` and their keys, from index `from` up to `to`. */
export interface Stretch {
  readonly keys: readonly unknown[];
  readonly ids: Uint32Array;
  readonly from: number;
  readonly to: number;
}

/** Makes a cache and fills it. */
export function fillNew<Made extends MeasuredCache<unknown, unknown>>(
  create: () => Made,
  keys: readonly unknown[],
  value: unknown,
): Made {
  const cache = create();
  for (let i = 0; i < keys.length; i += 1) cache.set(keys[i], value);
  return cache;
}

/** Reads every key. */
export function read(cache: Cache, { keys, from, to }: Stretch): Outcome {
  let hits = 0;
  let sum = 0;
  for (let i = from; i < to; i += 1) {
    const value = cache.get(keys[i]);
    if (value !== undefined) {
      hits += 1;
      sum += value;
    }
  }
  return { hits, sum };
}

/** Writes every key. */
export function insert(cache: Cache, { keys, ids, from, to }: Stretch): Outcome {
  for (let i = from; i < to; i += 1) cache.set(keys[i], ids[i]!);
  return { hits: 0, sum: 0 };
}

/** Reads every key, and writes those that are missing. */
export function readThrough(cache: Cache, { keys, ids, from, to }: Stretch): Outcome {
  let hits = 0;
  let sum = 0;
  for (let i = from; i < to; i += 1) {
    const key = keys[i];
    const value = cache.get(key);
    if (value === undefined) {
      cache.set(key, ids[i]!);
    } else {
      hits += 1;
      sum += value;
    }
  }
  return { hits, sum };
}

/** Reads every key, from the cache that its id belongs to. */
export function readSpread(caches: readonly Cache[], { keys, ids, from, to }: Stretch): Outcome {
  let hits = 0;
  let sum = 0;
  for (let i = from; i < to; i += 1) {
    const value = caches[ids[i]! % caches.length]!.get(keys[i]);
    if (value !== undefined) {
      hits += 1;
      sum += value;
    }
  }
  return { hits, sum };
}

/** Writes every key into the cache that its id belongs to. */
export function insertSpread(caches: readonly Cache[], { keys, ids, from, to }: Stretch): Outcome {
  for (let i = from; i < to; i += 1) caches[ids[i]! % caches.length]!.set(keys[i], ids[i]!);
  return { hits: 0, sum: 0 };
}

/** Reads every key; the values are objects. */
export function readRecords(cache: RecordCache, { keys, from, to }: Stretch): Outcome {
  let hits = 0;
  let sum = 0;
  for (let i = from; i < to; i += 1) {
    const value = cache.get(keys[i]);
    if (value !== undefined) {
      hits += 1;
      sum += value.id;
    }
  }
  return { hits, sum };
}

/** Writes an object of its own under every key. */
export function insertRecords(cache: RecordCache, { keys, ids, from, to }: Stretch): Outcome {
  for (let i = from; i < to; i += 1) {
    cache.set(keys[i], { id: ids[i]!, name: "record", tags: [ids[i]!] });
  }
  return { hits: 0, sum: 0 };
}

/** Counts the stored keys, without using them. */
export function census(cache: Cache, { keys, from, to }: Stretch): number {
  let held = 0;
  for (let i = from; i < to; i += 1) if (cache.has(keys[i])) held += 1;
  return held;
}
