export { HashIndex } from "./index/hash-index.ts";
export { CHAIN, FIRST_SLOT, HASH, LINKS, NEXT, PREVIOUS, SlotStore } from "./store/slot-store.ts";
export type { EvictionPolicy, PolicyContext, PolicyFactory, Slot } from "./policy/policy.ts";
