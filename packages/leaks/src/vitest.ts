export { matchers } from "./matchers/in-vitest.ts";
export type {
  LeakMatcherFunctions,
  LeakMatchers,
  MatcherContext,
  MatcherResult,
} from "./matchers/matchers.ts";
export type { AssertCollectedOptions } from "./assertions/assert-collected.ts";
export type { AssertNoGrowthOptions } from "./assertions/assert-no-growth.ts";
