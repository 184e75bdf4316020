export { expect } from "./matchers/in-node-test.ts";
export type { Expectation } from "./matchers/in-node-test.ts";
export type { LeakMatchers } from "./matchers/matchers.ts";
export type { AssertCollectedOptions } from "./assertions/assert-collected.ts";
export type { AssertNoGrowthOptions } from "./assertions/assert-no-growth.ts";
