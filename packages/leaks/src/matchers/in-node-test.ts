import { assertCollected, type AssertCollectedOptions } from "../assertions/assert-collected.ts";
import { assertNoGrowth, type AssertNoGrowthOptions } from "../assertions/assert-no-growth.ts";
import { assertNoHandles } from "../assertions/assert-no-handles.ts";
import { nodeModule } from "../host/node-modules.ts";
import { matchers, type LeakMatchers, type MatcherResult } from "./matchers.ts";

/** @ts-ignore There is no such module without the types of Node. */
declare module "node:test" {
  interface TestContextAssert {
    /** Expects that what a function returns is collected: `assertCollected` of this package. */
    isCollected(
      make: () => object | Promise<object>,
      options?: AssertCollectedOptions,
    ): Promise<void>;
    /** Expects that calls of a function leave no objects behind: `assertNoGrowth`. */
    staysSteady(run: () => unknown, options?: AssertNoGrowthOptions): Promise<void>;
    /** Expects that a function leaves no timer, listener or server behind: `assertNoHandles`. */
    leavesNoHandles(run: () => unknown): Promise<void>;
  }
}

/** The matchers of a value, and `not` for their opposites. */
export interface Expectation extends LeakMatchers {
  /** The matchers turned round: they pass if there is a leak. */
  readonly not: LeakMatchers;
}

/**
 * Returns matchers for a function, as `expect` of Vitest and Jest does. In Node 22.14 and newer a
 * test has the same as `t.assert.isCollected(make)`, `t.assert.staysSteady(run)` and
 * `t.assert.leavesNoHandles(run)`, once this module is imported.
 *
 * @example
 * ```ts
 * import { expect } from "@heapwise/leaks/node-test";
 *
 * const leaked = [{}];
 * await expect(() => ({ session: {} })).toBeCollected();
 * await expect(() => leaked).not.toBeCollected();
 * await expect(() => clearTimeout(setTimeout(() => {}, 1000))).toLeaveNoHandles();
 * ```
 */
export function expect(value: unknown): Expectation {
  return {
    toBeCollected: (options) => assertCollected(value as () => object, options),
    async toStaySteady(options) {
      await assertNoGrowth(value as () => unknown, options);
    },
    toLeaveNoHandles: () => assertNoHandles(value as () => unknown),
    not: {
      toBeCollected: (options) => expectLeak(matchers.toBeCollected.call(NOT, value, options)),
      toStaySteady: (options) => expectLeak(matchers.toStaySteady.call(NOT, value, options)),
      toLeaveNoHandles: () => expectLeak(matchers.toLeaveNoHandles.call(NOT, value)),
    },
  };
}

const NOT = { isNot: true };

async function expectLeak(result: Promise<MatcherResult>): Promise<void> {
  const { pass, message } = await result;
  if (pass) throw new Error(message());
}

const { assert } = (nodeModule("node:test") ?? {}) as {
  assert?: { register?(name: string, assertion: (...args: never[]) => Promise<unknown>): void };
};
assert?.register?.("isCollected", assertCollected);
assert?.register?.("staysSteady", assertNoGrowth);
assert?.register?.("leavesNoHandles", assertNoHandles);
