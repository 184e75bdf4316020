export { bundleSource, importBare } from "./bare-realm.ts";
export { edgeHost, HOST_GLOBALS, unreadable } from "./edge-host.ts";
export { FakeClock, type PendingTimer } from "./fake-clock.ts";
export { FakeHeap } from "./fake-heap.ts";
export { collectNow, gcUntil, heldBytes, settle } from "./gc.ts";
export type {
  BoundedCache,
  CacheCounts,
  EntryFacts,
  FullCache,
  Removal,
  RemovalCause,
} from "./bounded-cache.ts";
export {
  BoundedCacheModel,
  sameValueZero,
  type BoundedCacheModelOptions,
} from "./models/bounded-cache-model.ts";
export { cacheCommands, type CacheCommandOptions } from "./ops/cache-ops.ts";
export {
  checkSame,
  followExpired,
  followVictims,
  sameResult,
  type Subject,
} from "./ops/same-cache.ts";
export {
  anyKey,
  anyValue,
  skewedKey,
  TRICKY_KEYS,
  weighAny,
  weightUpTo,
  type WeighedValue,
} from "./arbitraries.ts";
export { randomStream } from "./random-stream.ts";
export { runProgram, type Outcome } from "./run-program.ts";
