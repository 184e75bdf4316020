import { loadAdapter } from "../adapters/catalogue.ts";
import type { Adapter, MeasuredCache } from "../adapters/adapter.ts";
import { answerTask } from "../fresh-process.ts";
import type { KeyShape } from "../workloads/keys.ts";
import { createKeys } from "../workloads/keys.ts";
import { settledBytes } from "./settled-bytes.ts";

/** One cache, empty, full and cleared. */
export interface MemoryTask {
  readonly arm: string;
  readonly shape: KeyShape;
  readonly entries: number;
}

/**
 * Bytes of heap and external memory. Keys and the one shared value are made before and do not
 * count.
 */
export interface MemoryAnswer {
  /** A new cache with room for `entries`. */
  readonly emptyBytes: number;
  /** Bytes per entry of a full cache, after twice as many inserts as its capacity. */
  readonly bytesPerEntry: number;
  /** Bytes that remain after `clear()`. */
  readonly clearedBytes: number;
  /** Growth of the resident set of the process between no cache and a full cache, keys included. */
  readonly residentBytes: number;
}

type Cache = MeasuredCache<unknown, object>;

const VALUE = {};

/** Compiles the code of a cache, which the first use creates and which belongs to no cache. */
function warmUp(adapter: Adapter, shape: KeyShape): void {
  const keys = createKeys(shape, 20_000).of(idsTo(20_000));
  for (let i = 0; i < 5; i += 1) {
    const cache: Cache = adapter.create(100);
    for (const key of keys) cache.set(key, VALUE);
    for (const key of keys) cache.get(key);
    cache.clear();
  }
}

function idsTo(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, id) => id);
}

/**
 * Bytes of one empty cache, as the slope over many: the noise of the runtime is larger than one
 * small cache. A few caches are enough if they allocate by their capacity.
 */
async function measureEmpty(adapter: Adapter, entries: number): Promise<number> {
  const measure = async (count: number): Promise<number> => {
    const before = await settledBytes();
    const caches: Cache[] = Array.from({ length: count }, () => adapter.create(entries));
    return ((await settledBytes()) - before) / caches.length;
  };
  const estimate = await measure(4);
  return estimate > 1_000_000 ? estimate : measure(400);
}

async function measureMemory({ arm, shape, entries }: MemoryTask): Promise<MemoryAnswer> {
  const adapter = await loadAdapter(arm);
  warmUp(adapter, shape);
  const emptyBytes = await measureEmpty(adapter, entries);
  const residentBefore = process.memoryUsage.rss();
  const cache: Cache = adapter.create(entries);

  // A cache without eviction is only filled. All others are churned with the same number of other
  // keys.
  const inserts = adapter.bounded ? 2 * entries : entries;
  const keys = createKeys(shape, inserts).of(idsTo(inserts));
  const keyBytes = (await settledBytes()) - emptyBytes;
  for (const key of keys) cache.set(key, VALUE);
  const full = await settledBytes();
  const residentBytes = process.memoryUsage.rss() - residentBefore;
  // The check also keeps the keys alive while the full cache is measured.
  const newest = keys[inserts - 1];
  if (!cache.has(newest)) throw new Error(`Cannot measure memory: ${arm} lost its newest key`);
  cache.clear();
  const cleared = await settledBytes();
  if (cache.has(newest)) throw new Error(`Cannot measure memory: ${arm} kept a key over clear()`);
  return {
    emptyBytes,
    bytesPerEntry: (full - keyBytes) / entries,
    clearedBytes: cleared - keyBytes,
    residentBytes,
  };
}

answerTask(measureMemory);
