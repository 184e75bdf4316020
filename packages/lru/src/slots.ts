export { SlotTable } from "./index/slot-table.ts";
export {
  CHAIN,
  FIRST_SLOT,
  HASH,
  LINKS,
  NEXT,
  PREVIOUS,
  RECORD,
  SlotStore,
} from "./store/slot-store.ts";
export type { EvictionPolicy, PolicyContext, PolicyFactory, Slot } from "./policy/policy.ts";
