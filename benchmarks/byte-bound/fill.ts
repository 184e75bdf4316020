import type { Kind } from "./kinds/kind.ts";

/** The cache that is filled: ours or a rival. */
export interface Filled {
  set(key: unknown, value: unknown, options?: object): unknown;
}

/** Questions about the cache, which a fill asks after each batch of entries. */
export interface Goal {
  /** Whether the cache has evicted entries. */
  isFull(): boolean;
  /** Whether the cache will never evict, because it holds a multiple of its bound. */
  isHopeless(): boolean | Promise<boolean>;
}

const BATCH = 500;

/** Bytes in use, garbage included. */
export function inUse(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function keyOf({ keyOf: own }: Kind, i: number): unknown {
  return own === undefined ? `key:${i}` : own(i);
}

/**
 * Sets entries until the cache is full, and then a quarter more, so that entries are evicted.
 * Returns milliseconds per `set` for each batch. The time to make the values does not count.
 */
export async function fill(cache: Filled, kind: Kind, goal: Goal): Promise<number[]> {
  const { open } = kind;
  const source = open?.()[Symbol.asyncIterator]();
  const batches: number[] = [];
  let count = 0;
  for (let end = Infinity; count < end;) {
    // Batches are small, because values that are not yet in the cache take memory too.
    const length = Math.min(BATCH, Math.max(10, count >>> 2));
    batches.push(await fillBatch(cache, kind, source, count, length));
    count += length;
    if (end === Infinity && goal.isFull()) end = 1.25 * count;
    if (end === Infinity && (await goal.isHopeless())) break;
  }
  await source?.return?.();
  return batches;
}

/**
 * A function of its own, so that the values of a batch have left the stack when `goal` measures the
 * heap. Values on the stack would keep large blocks alive.
 */
async function fillBatch(
  cache: Filled,
  kind: Kind,
  source: AsyncIterator<unknown> | undefined,
  from: number,
  length: number,
): Promise<number> {
  const values = source === undefined ? makeAll(kind, from, length) : await takeAll(source, length);
  return setAll(cache, kind, from, values);
}

function makeAll({ make }: Kind, from: number, length: number): unknown[] {
  return Array.from({ length }, (_, i) => make!(from + i));
}

async function takeAll(source: AsyncIterator<unknown>, length: number): Promise<unknown[]> {
  const values: unknown[] = [];
  for (let i = 0; i < length; i += 1) {
    values.push(((await source.next()) as IteratorYieldResult<unknown>).value);
  }
  return values;
}

/** A function of its own, so that its frame keeps no entry alive. */
function setAll(cache: Filled, kind: Kind, from: number, values: readonly unknown[]): number {
  const { setOptions } = kind;
  const keys = values.map((_, i) => keyOf(kind, from + i));
  const start = performance.now();
  for (let i = 0; i < values.length; i += 1) {
    if (setOptions === undefined) cache.set(keys[i], values[i]);
    else cache.set(keys[i], values[i], setOptions(from + i));
  }
  return (performance.now() - start) / values.length;
}
