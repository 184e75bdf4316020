import type { Kind } from "./kinds/kind.ts";

/** What is filled: a cache of ours or of somebody else. */
export interface Filled {
  set(key: unknown, value: unknown, options?: object): unknown;
}

/** What a fill asks after each entry. */
export interface Goal {
  /** Whether the cache has let entries go. */
  isFull(): boolean;
  /** Whether the cache never will, because it holds a multiple of its bound. Asked after each batch. */
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
 * Sets entries until the cache is full, and then as many again as a quarter, so that entries have
 * left. Returns milliseconds per `set`, of each batch, the making of the values not counted.
 */
export async function fill(cache: Filled, kind: Kind, goal: Goal): Promise<number[]> {
  const { open } = kind;
  const source = open?.()[Symbol.asyncIterator]();
  const batches: number[] = [];
  let count = 0;
  for (let end = Infinity; count < end;) {
    // Small batches: those who wait for the cache hold memory of their own.
    const length = Math.min(BATCH, Math.max(10, count >>> 2));
    batches.push(await fillBatch(cache, kind, source, count, length));
    count += length;
    if (end === Infinity && goal.isFull()) end = 1.25 * count;
    if (end === Infinity && (await goal.isHopeless())) break;
  }
  await source?.return?.();
  return batches;
}

/** A function of its own: what is asked after a batch must not find its values, which may keep large blocks alive. */
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
