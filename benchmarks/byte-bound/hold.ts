import { LRUCache } from "@heapwise/lru";
import { Accounting, measure } from "@heapwise/sizeof";
import { fill, inUse } from "./fill.ts";
import type { Kind } from "./kinds/kind.ts";

/** What a full cache holds, and what is said of it. All in bytes, but for counts. */
export interface Held {
  /** Growth of heap and external memory by the cache with its entries. */
  readonly grown: number;
  /** What is left of it after `clear()`. */
  readonly left: number;
  /** What the cache says. */
  readonly bytes: number;
  /** Sums over the entries of what `measure` says, each entry by itself. */
  readonly min: number;
  readonly max: number;
  /** The same with each object counted once for all entries. */
  readonly minOnce: number;
  readonly maxOnce: number;
  readonly entries: number;
  /** Entries of which the cache says that a part is out of sight; undefined if it does not tell. */
  readonly opaque: number | undefined;
  /** Milliseconds per `set`, of each batch, the making of the values not counted. */
  readonly batches: readonly number[];
}

/** Of more entries than these some are measured, and the sums scaled. */
const MOST_MEASURED = 4_000;
const WARM_UP = 8;
const HOPELESS = 4;

type Cache = LRUCache<unknown, unknown>;

function create({ options }: Kind, maxBytes: number): Cache {
  return new LRUCache<unknown, unknown>({ ...options, maxBytes });
}

/** Fills a cache; gives up at a multiple of its bound. `settle` is asked only if garbage alone may be more. */
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
  // Entries that were set one after the other, because those share what they share.
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

/** Fills a cache that is told to hold `maxBytes` with entries of a kind. `settle` collects garbage, and reads what is in use. */
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
