import { median } from "d3-array";
import { LRUCache } from "lru-cache";
import { answerTask } from "../fresh-process.ts";
import { settledBytes } from "../memory/settled-bytes.ts";
import { loadSizing, OURS } from "./adapters/catalogue.ts";
import { fill, inUse } from "./fill.ts";
import { hold } from "./hold.ts";
import { kindOf } from "./kinds/catalogue.ts";
import type { Kind } from "./kinds/kind.ts";
import type { BoundAnswer, BoundTask } from "./task.ts";

function create(sizeOf: (value: unknown) => number, maxSize: number, dispose: () => void) {
  return new LRUCache<object, object>({
    maxSize,
    // lru-cache refuses sizes that are not positive integers.
    sizeCalculation: (value) => Math.max(1, Math.ceil(sizeOf(value))),
    dispose,
  });
}

const { version: runtime } = process;
const HOPELESS = 5;
const WARM_UP = 0.1;

async function measureRival(
  sizeOf: (value: unknown) => number,
  kind: Kind,
  budget: number,
): Promise<BoundAnswer> {
  const fillOne = async (size: number, most: number) => {
    let evicted = 0;
    const cache = create(sizeOf, size, () => (evicted += 1));
    const isHopeless = (): boolean => inUse() > most;
    const batches = await fill(cache as never, kind, { isFull: () => evicted > 0, isHopeless });
    return { cache, batches, isHopeless: evicted === 0 };
  };
  // Code and hidden classes belong to no cache.
  await fillOne(WARM_UP * budget, inUse() + HOPELESS * budget);
  const before = await settledBytes();
  // There may be as much garbage as stored bytes.
  const { cache, batches, isHopeless } = await fillOne(budget, before + 2 * HOPELESS * budget);
  const grownBytes = isHopeless ? Infinity : (await settledBytes()) - before;
  return { runtime, grownBytes, entries: cache.size, microseconds: 1_000 * median(batches)! };
}

async function measureBound({ arm, kind: name, budget }: BoundTask): Promise<BoundAnswer> {
  const kind = kindOf(name);
  if (arm !== OURS) return measureRival((await loadSizing(arm)).sizeOf, kind, budget);
  const held = await hold(kind, budget, settledBytes);
  const { grown: grownBytes, entries, batches } = held;
  return { runtime, grownBytes, entries, microseconds: 1_000 * median(batches)!, held };
}

answerTask(measureBound);
