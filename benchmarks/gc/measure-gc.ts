import type { PerformanceEntry } from "node:perf_hooks";
import { constants, PerformanceObserver } from "node:perf_hooks";
import { loadAdapter } from "../adapters/catalogue.ts";
import type { MeasuredCache } from "../adapters/adapter.ts";
import { NOTHING } from "./nothing.ts";
import { answerTask } from "../fresh-process.ts";
import type { KeyShape } from "../workloads/keys.ts";
import { createKeys } from "../workloads/keys.ts";

/**
 * One full cache under churn, or no cache: the collections of a process that only makes the keys.
 */
export interface CollectionsTask {
  /** Name of an adapter, or "nothing". */
  readonly arm: string;
  readonly shape: KeyShape;
  readonly entries: number;
  /** Number of the run of this task. */
  readonly repeat: number;
}

/** Time that the collector took. */
export interface CollectionsAnswer {
  /** Time of all full collections together. One is forced after each part of the churn. */
  readonly fullMs: number;
  readonly fullCount: number;
  /** Time of the scavenges during the churn. */
  readonly scavengeMs: number;
  readonly scavengeCount: number;
  /** Inserts of the churn. */
  readonly inserts: number;
}

type CollectionEntry = PerformanceEntry & { readonly detail: { readonly kind: number } };

const PARTS = 6;
const INSERTS_PER_PART = 150_000;
const VALUE = {};

async function createCache(arm: string, entries: number): Promise<MeasuredCache<unknown, object>> {
  if (arm !== NOTHING) return (await loadAdapter(arm)).create(entries);
  return { get: () => undefined, set: () => undefined, has: () => false, clear: () => undefined };
}

async function measureCollections(task: CollectionsTask): Promise<CollectionsAnswer> {
  const { arm, shape, entries } = task;
  const cache = await createCache(arm, entries);
  const inserts = PARTS * INSERTS_PER_PART;
  const keys = createKeys(shape, entries + inserts);
  const insert = (from: number, count: number): void => {
    for (const key of keys.of(Uint32Array.from({ length: count }, (_, i) => from + i))) {
      cache.set(key, VALUE);
    }
  };
  for (let from = 0; from < entries; from += INSERTS_PER_PART) {
    insert(from, Math.min(INSERTS_PER_PART, entries - from));
  }
  for (let i = 0; i < 3; i += 1) globalThis.gc!();

  let [fullMs, fullCount, scavengeMs, scavengeCount] = [0, 0, 0, 0];
  const observer = new PerformanceObserver((list) => {
    for (const { duration, detail } of list.getEntries() as CollectionEntry[]) {
      if (detail.kind === constants.NODE_PERFORMANCE_GC_MINOR) {
        scavengeMs += duration;
        scavengeCount += 1;
      } else {
        fullMs += duration;
        fullCount += 1;
      }
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  for (let part = 0; part < PARTS; part += 1) {
    insert(entries + part * INSERTS_PER_PART, INSERTS_PER_PART);
    globalThis.gc!();
  }
  // The observer gets its entries in a later turn of the event loop.
  await new Promise((resolve) => setTimeout(resolve, 20));
  observer.disconnect();
  if (arm !== NOTHING && shape.kind === "integer") {
    const [newest] = keys.of(Uint32Array.of(entries + inserts - 1));
    if (!cache.has(newest))
      throw new Error(`Cannot measure collections: ${arm} lost its newest key`);
  }
  return { fullMs, fullCount, scavengeMs, scavengeCount, inserts };
}

answerTask(measureCollections);
