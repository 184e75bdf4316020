import { chargeOf } from "@heapwise/sizeof";
import { hottestFirst } from "../policy/parts/in-order.ts";
import type { EntryTable } from "../table/entry-table.ts";
import { slotBytes } from "./byte-ledger.ts";

/** Bytes of all entries and their slots, each object once: for a cache without `maxBytes`. */
export function entriesBytes<K, V>(store: EntryTable<K, V>): number {
  const met = new Set<object>();
  const seen = {
    has: (part: object) => met.has(part),
    add: (part: object) => met.size < met.add(part).size,
  };
  let bytes = slotBytes(store) * store.size;
  for (const slot of hottestFirst(store.policy)) {
    bytes +=
      chargeOf(store.key(slot), { seen }).bytes + chargeOf(store.value(slot), { seen }).bytes;
  }
  return bytes;
}
