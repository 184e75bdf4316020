import { LRUCache } from "lru-cache";
import type { Adapter, MeasuredCache } from "./adapter.ts";

/** lru-cache with a ttl. It reads the clock at most once per millisecond. */
export const lruCacheTtl: Adapter = {
  name: "lru-cache, ttl",
  exact: true,
  bounded: true,
  keysAsProperties: false,
  create: <K, V>(capacity: number) =>
    new LRUCache<K & {}, V & {}>({ max: capacity, ttl: 3_600_000 }) as MeasuredCache<K, V>,
};
