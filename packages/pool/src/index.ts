export type { PoolSignal } from "./abort-signal.ts";
export type { BufferPoolOptions } from "./buffer-pool/options.ts";
export { BufferPool, type BufferPoolStats } from "./buffer-pool/buffer-pool.ts";
export {
  CreateError,
  PoolClosedError,
  PoolExhaustedError,
  PoolTimeoutError,
  StaleLeaseError,
  type ExhaustedReason,
  type LoanRecord,
  type PoolState,
  type TimedOperation,
} from "./errors.ts";
export {
  KeyedPool,
  type KeyedHolder,
  type KeyedPoolOptions,
  type KeyedPoolStats,
} from "./keyed-pool/keyed-pool.ts";
export type { Holder, HolderDescription, Lease } from "./lease.ts";
export type { ObjectPoolOptions } from "./object-pool/options.ts";
export { ObjectPool, type ObjectPoolStats } from "./object-pool/object-pool.ts";
export type { DurationSummary } from "./observation/durations.ts";
export type {
  AcquireOptions,
  BreakerOptions,
  CodelOptions,
  CreateContext,
  ResizePoolOptions,
  ResourcePoolOptions,
  RetryOptions,
} from "./resource-pool/options.ts";
export type { LoanScopes } from "./resource-pool/waiting/loan-scopes.ts";
export type { PoolEvents, PoolListener } from "./resource-pool/reports/pool-events.ts";
export type { CloseReport, ResourcePoolStats } from "./resource-pool/reports/pool-stats.ts";
export { ResourcePool } from "./resource-pool/resource-pool.ts";
export type { Clock } from "./time/clock.ts";
