export { matchers } from "./matchers/in-jest.ts";
export type {
  LeakMatcherFunctions,
  LeakMatchers,
  MatcherContext,
  MatcherResult,
} from "./matchers/matchers.ts";
export type { AssertCollectedOptions } from "./assertions/assert-collected.ts";
export type { AssertNoGrowthOptions } from "./assertions/assert-no-growth.ts";
