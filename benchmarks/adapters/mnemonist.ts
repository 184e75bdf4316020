import { LRUMap } from "mnemonist";
import type { Adapter } from "./adapter.ts";

/** The `LRUMap` of mnemonist: a `Map` and a list in typed arrays. */
export const mnemonist: Adapter = {
  name: "mnemonist",
  exact: true,
  bounded: true,
  keysAsProperties: false,
  create: <K, V>(capacity: number) => new LRUMap<K, V>(capacity),
};
