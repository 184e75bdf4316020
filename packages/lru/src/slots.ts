export {
  checkCount,
  checkDuration,
  checkFunction,
  integerChecker,
  print,
  readOptions,
  refuse,
  type Checks,
} from "./checks/read-options.ts";
export { readBytes } from "./bytes/byte-options.ts";
export { canonicalKey } from "./table/canonical-key.ts";
export { checkedClock, hostClock, type Clock } from "./expiry/clock.ts";
export { checkClock } from "./expiry/time-options.ts";
export { ExpiryTimer } from "./expiry/expiry-timer.ts";
export { attempt } from "./host/attempt.ts";
export { macrotasksOf, type MacrotaskHost } from "./host/macrotask.ts";
export { outside } from "./host/outside.ts";
export { hashDouble, hashSeed, hashWhole, mix, type HashSeed } from "./table/hash.ts";
export { isThenable } from "./checks/is-thenable.ts";
export { SlotTable } from "./table/slot-table.ts";
export type { Disposal } from "./removal/disposal.ts";
export type { Hold } from "./removal/hold.ts";
export type { Loading } from "./loading/loading.ts";
export type { LoadingHost } from "./loading/loading-host.ts";
export type { RemovalQueue } from "./removal/removal-queue.ts";
export { reportError } from "./checks/report-error.ts";
export {
  CHAIN,
  FIRST_SLOT,
  HASH,
  LINKS,
  NEXT,
  PREVIOUS,
  RECORD,
  SlotStore,
} from "./table/slot-store.ts";
export type { EvictionPolicy, PolicyContext, PolicyFactory, Slot } from "./policy/policy.ts";
