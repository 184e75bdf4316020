import { serialize } from "node:v8";
import { LRUCache as OurCache } from "@heapwise/lru";
import { median } from "d3-array";
import { LRUCache } from "lru-cache";
import objectSizeof from "object-sizeof";
import { answerTask } from "../fresh-process.ts";
import { settledBytes } from "../memory/settled-bytes.ts";
import type { Arm, BoundAnswer, BoundTask } from "./arms.ts";
import { entriesOf, type MakeEntry } from "./entries.ts";

interface Filled {
  set(key: string, value: unknown): unknown;
  readonly size: number;
}

const SIZES: Partial<Record<Arm, (value: unknown) => number>> = {
  "lru-cache, JSON.stringify": (value) => JSON.stringify(value).length,
  "lru-cache, object-sizeof": (value) => objectSizeof(value as never),
  "lru-cache, v8.serialize": (value) => serialize(value).length,
};

function create(arm: Arm, budget: number, onEvicted: () => void): Filled {
  const sizeOf = SIZES[arm];
  if (sizeOf === undefined) {
    return new OurCache<string, unknown>({ maxBytes: budget, onRemoval: onEvicted });
  }
  // It refuses sizes that are no positive integers.
  const sizeCalculation = (value: unknown): number => Math.max(1, Math.ceil(sizeOf(value)));
  return new LRUCache<string, object>({
    maxSize: budget,
    sizeCalculation,
    dispose: onEvicted,
  }) as unknown as Filled;
}

const HOPELESS = 5;
const BATCH = 500;
const WARM_UP = 50_000;

/** Sets a batch of entries. Returns milliseconds. A function of its own, so that its frame keeps no entry alive. */
function fill(cache: Filled, make: MakeEntry, from: number): number {
  const entries = Array.from({ length: BATCH }, (_, i) => make(from + i));
  const start = performance.now();
  for (const [key, value] of entries) cache.set(key, value);
  return performance.now() - start;
}

async function measureBound({ arm, kind, budget }: BoundTask): Promise<BoundAnswer> {
  const make = entriesOf(kind);
  // Code and hidden classes belong to no cache.
  const warm = create(arm, 1e6, () => undefined);
  for (
    let i = 0, start = performance.now();
    i < WARM_UP && performance.now() - start < 200;
    i += 1
  ) {
    warm.set(...make(i));
  }
  let evicted = 0;
  const before = await settledBytes();
  const cache = create(arm, budget, () => (evicted += 1));
  const batches: number[] = [];
  let count = 0;
  let isHopeless = false;
  // Full, and then as much again as a quarter, so that entries have left.
  for (let goal = Infinity; count < goal && !isHopeless;) {
    batches.push(fill(cache, make, count));
    count += BATCH;
    if (evicted > 0 && goal === Infinity) goal = 1.25 * count;
    const { heapUsed, external } = process.memoryUsage();
    isHopeless = evicted === 0 && heapUsed + external - before > 2 * HOPELESS * budget;
  }
  const grownBytes = (await settledBytes()) - before;
  const microseconds = (1_000 * median(batches)!) / BATCH;
  return { grownBytes: isHopeless ? Infinity : grownBytes, entries: cache.size, microseconds };
}

answerTask(measureBound);
