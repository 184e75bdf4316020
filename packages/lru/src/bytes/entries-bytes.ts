import { Accounting, chargeOf } from "@heapwise/sizeof";
import type { Slot } from "../policy/policy.ts";
import type { SlotStore } from "../store/slot-store.ts";
import { slotsBytes } from "./byte-ledger.ts";

/** Bytes of some entries and their slots, each object once: for a cache that keeps no books. */
export function entriesBytes(store: SlotStore<unknown, unknown>, slots: Iterable<Slot>): number {
  const seen = new Accounting();
  let bytes = slotsBytes(store, true);
  for (const slot of slots) {
    bytes +=
      chargeOf(store.key(slot), { seen }).bytes + chargeOf(store.value(slot), { seen }).bytes;
  }
  return bytes;
}
