import { LRUCache } from "lru-cache";
import type { Adapter, MeasuredCache } from "./adapter.ts";

/** Isaac Schlueter's lru-cache, the baseline of all ratios. */
export const lruCache: Adapter = {
  name: "lru-cache",
  exact: true,
  bounded: true,
  keysAsProperties: false,
  create: <K, V>(capacity: number) =>
    new LRUCache<K & {}, V & {}>({ max: capacity }) as MeasuredCache<K, V>,
};
