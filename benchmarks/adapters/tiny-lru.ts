import { lru } from "tiny-lru";
import type { Adapter, MeasuredCache } from "./adapter.ts";

/** Linked nodes in a plain object, so that every key becomes a property name. */
export const tinyLru: Adapter = {
  name: "tiny-lru",
  exact: true,
  bounded: true,
  keysAsProperties: true,
  create: <K, V>(capacity: number) => lru<V>(capacity) as MeasuredCache<K, V>,
};
