import { chargeOf } from "@heapwise/sizeof";
import type { Slot } from "../policy/policy.ts";
import type { EntryTable } from "../table/entry-table.ts";
import { slotBytes } from "./byte-ledger.ts";

/** Bytes of entries and their slots, each object once: for a cache without `maxBytes`. */
export function entriesBytes<K, V>(store: EntryTable<K, V>, slots: Iterable<Slot>): number {
  const met = new Set<object>();
  const seen = {
    has: (part: object) => met.has(part),
    add: (part: object) => met.size < met.add(part).size,
  };
  let bytes = slotBytes(store) * store.size;
  for (const slot of slots) {
    bytes +=
      chargeOf(store.key(slot), { seen }).bytes + chargeOf(store.value(slot), { seen }).bytes;
  }
  return bytes;
}
