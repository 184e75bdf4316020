import { assertCollected, type AssertCollectedOptions } from "../assertions/assert-collected.ts";
import { assertNoGrowth, type AssertNoGrowthOptions } from "../assertions/assert-no-growth.ts";
import { assertNoHandles } from "../assertions/assert-no-handles.ts";
import { LeakError } from "../assertions/leak-error.ts";

/** What `expect(value)` gets. Each matcher returns a promise, which must be awaited. */
export interface LeakMatchers {
  /**
   * Calls a function, drops what it returns, and passes if that is collected: see
   * `assertCollected`. With `.not` it passes if anything is held.
   */
  toBeCollected(options?: AssertCollectedOptions): Promise<void>;
  /**
   * Calls a function again and again, and passes if the number of objects does not grow: see
   * `assertNoGrowth`. With `.not` it passes if it grows.
   */
  toStaySteady(options?: AssertNoGrowthOptions): Promise<void>;
  /**
   * Calls a function, and passes if it leaves no timer, listener, server or other handle behind:
   * see `assertNoHandles`. With `.not` it passes if it leaves some.
   */
  toLeaveNoHandles(): Promise<void>;
}

/** The answer of a matcher to `expect.extend` of Vitest and Jest. */
export interface MatcherResult {
  /** Whether the assertion holds, before `.not` turns it round. */
  readonly pass: boolean;
  /** The text of the failure. */
  readonly message: () => string;
}

/** The part of a matcher's `this` that is read. */
export interface MatcherContext {
  /** Whether it is called on `.not`. */
  readonly isNot?: boolean | undefined;
}

type Matcher<Options> = (
  this: MatcherContext,
  received: unknown,
  options?: Options,
) => Promise<MatcherResult>;

/** The matchers in the form that `expect.extend` takes: a type, because it asks for a record. */
export type LeakMatcherFunctions = {
  /** See {@link LeakMatchers}. */
  readonly toBeCollected: Matcher<AssertCollectedOptions>;
  /** See {@link LeakMatchers}. */
  readonly toStaySteady: Matcher<AssertNoGrowthOptions>;
  /** See {@link LeakMatchers}. */
  readonly toLeaveNoHandles: Matcher<never>;
};

/**
 * The matchers for `expect.extend`. Importing the entry of a runner already extends its global
 * `expect`; this is for another one, such as that of `@jest/globals` if Jest injects no globals.
 */
export const matchers: LeakMatcherFunctions = {
  toBeCollected(received, options) {
    const run = (): Promise<unknown> =>
      assertCollected(received as () => object, quietly(this, options));
    return resultOf(this, run, "all objects are collected, expected one that is held");
  },
  toStaySteady(received, options) {
    const run = (): Promise<unknown> =>
      assertNoGrowth(received as () => unknown, quietly(this, options));
    return resultOf(this, run, "the number of objects is steady, expected it to grow");
  },
  toLeaveNoHandles(received) {
    const run = (): Promise<unknown> => assertNoHandles(received as () => unknown);
    return resultOf(this, run, "no handle is left behind, expected one that is");
  },
};

/** With `.not` a leak passes, and there is no need to find what holds it. */
function quietly<Options extends { readonly explain?: boolean | undefined }>(
  { isNot }: MatcherContext,
  options: Options | undefined,
): Options | undefined {
  return isNot ? ({ explain: false, ...options } as Options) : options;
}

/** Calls an assertion. An error other than a leak passes, such as one for a wrong option. */
async function resultOf(
  { isNot = false }: MatcherContext,
  assertion: () => Promise<unknown>,
  found: string,
): Promise<MatcherResult> {
  try {
    await assertion();
  } catch (error) {
    if (!(error instanceof LeakError)) throw error;
    // If nothing can be said, neither the assertion nor its opposite holds.
    if (isNot && error.leaks.every(({ verdict }) => verdict === "inconclusive")) throw error;
    return { pass: false, message: () => error.message };
  }
  return { pass: true, message: () => `Cannot find a leak: ${found}` };
}
