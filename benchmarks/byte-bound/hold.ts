import { LRUCache } from "@heapwise/lru";
import { Accounting, measure } from "@heapwise/sizeof";
import { fill, inUse } from "./fill.ts";
import type { Kind } from "./kinds/kind.ts";

/**
 * The memory of a full cache: measured, and as the cache and `measure` report it. All in bytes,
 * except for counts.
 */
export interface Held {
  /** Growth of heap and external memory by the cache with its entries. */
  readonly grown: number;
  /** Bytes of it that remain after `clear()`. */
  readonly left: number;
  /** The bytes that the cache reports. */
  readonly bytes: number;
  /** Sums over the entries of the bounds of `measure`, each entry on its own. */
  readonly min: number;
  readonly max: number;
  /** The same sums with each object counted once for all entries. */
  readonly minOnce: number;
  readonly maxOnce: number;
  readonly entries: number;
  /**
   * Entries of which the cache reports that a part cannot be seen; undefined if it does not report
   * it.
   */
  readonly opaque: number | undefined;
  /** Milliseconds per `set` for each batch. The time to make the values does not count. */
  readonly batches: readonly number[];
}

/** If there are more entries, only this many are measured, and the sums are scaled. */
const MOST_MEASURED = 4_000;
const WARM_UP = 8;
const HOPELESS = 4;

type Cache = LRUCache<unknown, unknown>;

function create({ options }: Kind, maxBytes: number): Cache {
  return new LRUCache<unknown, unknown>({ ...options, maxBytes });
}

/**
 * Fills a cache, and gives up at a multiple of its bound. `settle` is called only if garbage alone
 * may be the reason.
 */
async function fillOurs(
  cache: Cache,
  kind: Kind,
  maxBytes: number,
  settle: () => Promise<number>,
): Promise<number[]> {
  const most = inUse() + HOPELESS * maxBytes;
  let next = most;
  return fill(cache, kind, {
    isFull: () => {
      const { evictions, rejections } = cache.stats();
      return evictions + rejections > 0;
    },
    isHopeless: async () => {
      if (inUse() < next) return false;
      if ((await settle()) > most) return true;
      next *= 1.5;
      return false;
    },
  });
}

function boundsOf(cache: Cache): Pick<Held, "min" | "max" | "minOnce" | "maxOnce"> {
  const sum = { min: 0, max: 0, minOnce: 0, maxOnce: 0 };
  const seen = new Accounting();
  // Entries that were set one after the other, because such entries share objects.
  const measured = Math.min(cache.size, MOST_MEASURED);
  for (const [key, value] of cache.hottest(measured)) {
    for (const part of [key, value]) {
      const alone = measure(part);
      const once = measure(part, { seen });
      sum.min += alone.min;
      sum.max += alone.max;
      sum.minOnce += once.min;
      sum.maxOnce += once.max;
    }
  }
  for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] *= cache.size / measured;
  return sum;
}

/**
 * Fills a cache of ours with entries of a kind, up to `maxBytes`. `settle` collects garbage and
 * returns the bytes in use.
 */
export async function hold(
  kind: Kind,
  maxBytes: number,
  settle: () => Promise<number>,
): Promise<Held> {
  // Code and hidden classes belong to no cache.
  const few = maxBytes / WARM_UP;
  await fillOurs(create(kind, few), kind, few, settle);
  const before = await settle();
  const cache = create(kind, maxBytes);
  const batches = await fillOurs(cache, kind, maxBytes, settle);
  const grown = (await settle()) - before;
  const { size: entries } = cache;
  const { opaque } = cache.stats() as { opaque?: number };
  const bytes = cache.bytes();
  const bounds = boundsOf(cache);
  cache.clear();
  const left = (await settle()) - before;
  return { grown, left, bytes, ...bounds, entries, opaque, batches };
}
