import type { EvictionPolicy, Slot } from "./policy.ts";

/** Slots from the hottest to the coldest. The caller changes nothing meanwhile. */
export function* hottestFirst(policy: EvictionPolicy): IterableIterator<Slot> {
  for (let slot = policy.colder(0); slot !== 0; slot = policy.colder(slot)) yield slot;
}

/** Slots from the coldest to the hottest. The caller changes nothing meanwhile. */
export function* coldestFirst(policy: EvictionPolicy): IterableIterator<Slot> {
  for (let slot = policy.hotter(0); slot !== 0; slot = policy.hotter(slot)) yield slot;
}
