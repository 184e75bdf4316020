export type { PoolSignal } from "./abort-signal.ts";
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
export type { Holder, Lease } from "./lease.ts";
export type {
  AcquireOptions,
  BreakerOptions,
  CodelOptions,
  CreateContext,
  ResizePoolOptions,
  ResourcePoolOptions,
  RetryOptions,
} from "./resource-pool/options.ts";
export type { LoanScopes } from "./resource-pool/loan-scopes.ts";
export type { PoolEvents, PoolListener } from "./resource-pool/pool-events.ts";
export type { CloseReport, ResourcePoolStats } from "./resource-pool/pool-stats.ts";
export { ResourcePool } from "./resource-pool/resource-pool.ts";
export type { Clock } from "./time/clock.ts";
