import QuickLRU from "quick-lru";
import type { Adapter } from "./adapter.ts";

/**
 * Two generations of a `Map`. It may hold twice its capacity, and evicts a generation at a time.
 */
export const quickLru: Adapter = {
  name: "quick-lru",
  exact: false,
  bounded: true,
  keysAsProperties: false,
  create: <K, V>(capacity: number) => new QuickLRU<K, V>({ maxSize: capacity }),
};
