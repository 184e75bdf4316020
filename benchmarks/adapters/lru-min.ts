import { createLRU } from "lru.min";
import type { Adapter } from "./adapter.ts";

/** A `Map` and a list in plain arrays. */
export const lruMin: Adapter = {
  name: "lru.min",
  exact: true,
  bounded: true,
  keysAsProperties: false,
  create: <K, V>(capacity: number) => createLRU<K, V>({ max: capacity }),
};
