export {
  checkCount,
  checkDuration,
  checkFunction,
  integerChecker,
  print,
  readOptions,
  refuse,
  type Checks,
} from "./read-options.ts";
export { readBytes } from "./bytes/byte-options.ts";
export { canonical } from "./derived-operations.ts";
export { checkedClock, hostClock, type Clock } from "./expiry/clock.ts";
export { checkClock } from "./expiry/time-options.ts";
export { ExpiryTimer } from "./expiry/expiry-timer.ts";
export { attempt } from "./host/attempt.ts";
export { macrotasksOf, type MacrotaskHost } from "./host/macrotask.ts";
export { outside } from "./host/outside.ts";
export { hashDouble, hashSeed, hashWhole, mix, type HashSeed } from "./index/hash.ts";
export { isThenable } from "./is-thenable.ts";
export { SlotTable } from "./index/slot-table.ts";
export type { Disposal } from "./leases/disposal.ts";
export type { Hold } from "./leases/hold.ts";
export type { Loading } from "./loading/loading.ts";
export type { LoadingHost } from "./loading/loading-host.ts";
export type { RemovalQueue } from "./removal.ts";
export { reportError } from "./report-error.ts";
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
