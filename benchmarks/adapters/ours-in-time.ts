import { LRUCache } from "@heapwise/lru";
import type { Adapter } from "./adapter.ts";

function adapterOf(name: string, options: { ttl?: number; idleTtl?: number }): Adapter {
  return {
    name,
    exact: true,
    bounded: true,
    keysAsProperties: false,
    create: <K, V>(capacity: number) => new LRUCache<K, V>({ max: capacity, ...options }),
  };
}

/** Our strict LRU with time options. */
export const oursInTime: readonly Adapter[] = [
  adapterOf("heapwise lru, ttl", { ttl: 3_600_000 }),
  adapterOf("heapwise lru, idleTtl", { idleTtl: 3_600_000 }),
];
