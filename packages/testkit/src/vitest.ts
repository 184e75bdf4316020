export {
  commonCases,
  describeCache,
  removalCases,
  strictLruCases,
  timeCases,
  type CacheSubject,
  type CacheSupport,
  type CreateCacheOptions,
} from "./contracts/cache-contract.ts";
export type { ContractCase } from "./contracts/case.ts";
export { describePolicy, policyCases, type PolicySubject } from "./contracts/policy-contract.ts";
export {
  PolicyHarness,
  type CreatePolicy,
  type PolicyContextShape,
  type PolicyShape,
} from "./contracts/policy-harness.ts";
export { announceSeed, checkAsyncProperty, checkProperty, replayCommand } from "./property.ts";
