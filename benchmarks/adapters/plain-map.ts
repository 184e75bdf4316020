import type { Adapter } from "./adapter.ts";

/** A bare `Map` without any eviction: the lowest possible time of a hit, and memory. */
export const plainMap: Adapter = {
  name: "Map",
  exact: false,
  bounded: false,
  keysAsProperties: false,
  create: <K, V>() => new Map<K, V>(),
};
