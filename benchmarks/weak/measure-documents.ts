import { LRUCache } from "@heapwise/lru";
import { WeakCache } from "@heapwise/weak";
import { LRFUExpirer, WeakLRUCache } from "weak-lru-cache";
import { createRandom } from "../workloads/random.ts";
import { createZipf } from "../workloads/zipf.ts";

/** The memory and the hits of a cache while consumers came and went. */
export interface DocumentsAnswer {
  /**
   * Bytes of the heap after each step and a collection: the documents of the cache and of the
   * consumers.
   */
  readonly megabytes: readonly number[];
  /** Bytes that the consumers alone held, as if there were no cache. */
  readonly heldMegabytes: readonly number[];
  readonly hitRatio: number;
}

/** Documents of 50 KB, 200 MB of them. */
const DOCUMENTS = 4_000;
const NUMBERS = 6_250;
/** A fifth of the documents: 40 MB. */
const CAPACITY = 800;
const STEPS = 60;
const REQUESTS = 400;
/**
 * Number of consumers by step: a calm start, a busy time, the end of it. Each holds one document
 * for some steps.
 */
const consumersAt = (step: number): number => (step < 15 ? 300 : step < 35 ? 2_400 : 150);

interface Document {
  readonly id: number;
  readonly numbers: readonly number[];
}

interface DocumentCache {
  get(id: number): Document | undefined;
  set(id: number, document: Document): unknown;
}

/** Names of the arms, ours last. */
export const DOCUMENT_ARMS = ["Map", "LRU of 800", "weak-lru-cache", "heapwise WeakCache"] as const;

function createCache(arm: string): DocumentCache {
  switch (arm) {
    case "Map":
      return new Map<number, Document>();
    case "LRU of 800":
      return new LRUCache<number, Document>({ max: CAPACITY });
    case "weak-lru-cache": {
      // With an expirer of its own: the shared expirer ignores the size of all caches except the
      // first.
      const expirer = new LRFUExpirer({ lruSize: CAPACITY });
      const cache = new WeakLRUCache<number, Document>({ cacheSize: CAPACITY, expirer });
      return {
        get: (id) => cache.getValue(id),
        set: (id, document) => cache.setValue(id, document),
      };
    }
    case "heapwise WeakCache":
      return new WeakCache<number, Document>({ strong: { max: CAPACITY } });
    default:
      throw new RangeError(`Cannot measure "${arm}", expected ${DOCUMENT_ARMS.join(", ")}`);
  }
}

/** Runs the scenario on one cache. */
export async function measureDocuments(arm: string): Promise<DocumentsAnswer> {
  const cache = createCache(arm);
  const random = createRandom(1);
  const popular = createZipf(DOCUMENTS, 0.8, random);
  let held: Document[] = [];
  let hits = 0;
  const read = (id: number): Document => {
    const found = cache.get(id);
    if (found !== undefined) {
      hits += 1;
      return found;
    }
    // The work of a decoder: numbers that are not references, as 50 KB of heap.
    const decoded = { id, numbers: new Array<number>(NUMBERS).fill(id + 0.5) };
    cache.set(id, decoded);
    return decoded;
  };
  const megabytes: number[] = [];
  const heldMegabytes: number[] = [];
  let requests = 0;
  for (let step = 0; step < STEPS; step += 1) {
    // A tenth of the consumers ends. New ones start, up to the number of this step.
    held = held.filter(() => random() > 0.1).slice(0, consumersAt(step));
    while (held.length < consumersAt(step)) {
      held.push(read(popular()));
      requests += 1;
    }
    for (let i = 0; i < REQUESTS; i += 1) {
      // Half of the requests are for documents that consumers hold.
      const id = i % 2 === 0 ? popular() : held[Math.floor(random() * held.length)]!.id;
      if (read(id).id !== id) throw new Error(`Cannot measure ${arm}: a wrong document`);
      requests += 1;
    }
    for (let i = 0; i < 3; i += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      globalThis.gc!();
    }
    megabytes.push(process.memoryUsage().heapUsed / 1e6);
    heldMegabytes.push((new Set(held).size * 8 * NUMBERS) / 1e6);
  }
  return { megabytes, heldMegabytes, hitRatio: hits / requests };
}
