export { adaptive } from "./policy/adaptive/adaptive.ts";
export { lru } from "./policy/lru.ts";
export type { EvictionPolicy, PolicyContext, PolicyFactory, Slot } from "./policy/policy.ts";
export { s3Fifo } from "./policy/s3-fifo.ts";
export { sieve } from "./policy/sieve.ts";
export { wTinyLfu } from "./policy/w-tiny-lfu.ts";
