import { performance } from "node:perf_hooks";
import { LRUCache } from "@heapwise/lru";
import { WeakCache } from "@heapwise/weak";
import { ratioOf, type Spread } from "../statistics.ts";
import { createRandom } from "../workloads/random.ts";

/** Time of a hit in the front divided by the time of a hit in an `LRUCache`, for string keys. */
export interface FrontAnswer {
  readonly ratio: Spread;
  /** The same ratio for two equal caches: the noise of the measurement. */
  readonly floor: Spread;
}

const HITS = 200_000;

interface Cache {
  get(key: string): object | undefined;
  set(key: string, value: object): unknown;
}

/** Hits of equal caches, interleaved in one process, each through a loop of its own. */
export function measureFront(entries: number, rounds: number): FrontAnswer {
  const keys = Array.from({ length: entries }, (_, i) => `key number ${i}`);
  const random = createRandom(1);
  const order = Uint32Array.from({ length: HITS }, () => Math.floor(random() * entries));
  const caches: Cache[] = [
    new LRUCache<string, object>({ max: entries }),
    new WeakCache<string, object>({ strong: { max: entries } }),
    new LRUCache<string, object>({ max: entries }),
  ];
  for (const cache of caches) for (const key of keys) cache.set(key, { key });
  const loops = caches.map(() => loopOf());
  const times: number[][] = caches.map(() => []);
  for (let round = -5; round < rounds; round += 1) {
    // Each cache is first equally often.
    for (let i = 0; i < caches.length; i += 1) {
      const at = (i + round + 6) % caches.length;
      const start = performance.now();
      loops[at]!(caches[at]!, keys, order);
      if (round >= 0) times[at]!.push(performance.now() - start);
    }
  }
  const [lru, weak, again] = times as [number[], number[], number[]];
  return { ratio: ratioOf(weak, lru), floor: ratioOf(again, lru) };
}

/**
 * The same loop as a function of its own for each cache, because V8 keeps type feedback for each
 * place in the code.
 */
function loopOf(): (cache: Cache, keys: readonly string[], order: Uint32Array) => void {
  const source = `
    let found = 0;
    for (let i = 0; i < order.length; i++) if (cache.get(keys[order[i]]) !== undefined) found++;
    if (found !== order.length) throw new Error("Cannot measure hits: " + found + " of " + order.length);`;
  // oxlint-disable-next-line no-new-func
  return new Function("cache", "keys", "order", source) as ReturnType<typeof loopOf>;
}
