import type { EvictionPolicy, Slot } from "../policy.ts";

/** The slots from the hottest to the coldest. The caller changes no entry while it iterates. */
export function* hottestFirst(policy: EvictionPolicy): IterableIterator<Slot> {
  for (let slot = policy.colder(0); slot !== 0; slot = policy.colder(slot)) yield slot;
}

/** The slots from the coldest to the hottest. The caller changes no entry while it iterates. */
export function* coldestFirst(policy: EvictionPolicy): IterableIterator<Slot> {
  for (let slot = policy.hotter(0); slot !== 0; slot = policy.hotter(slot)) yield slot;
}
