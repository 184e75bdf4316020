import { test as nodeTest, type TestContext } from "node:test";
import { matchers as jestMatchers } from "@heapwise/leaks/jest";
import { expect as nodeExpect, type Expectation } from "@heapwise/leaks/node-test";
import { matchers, type LeakMatchers } from "@heapwise/leaks/vitest";
import { expect as jestExpect } from "@jest/globals";
import { describe, expect, expectTypeOf, it } from "vitest";

const make = (): object => ({});

describe("matchers", () => {
  it("are methods of Vitest's expect, and return promises", () => {
    const collected = (): Promise<void> => expect(make).toBeCollected({ allow: "plain" });
    const steady = (): Promise<void> => expect(make).not.toStaySteady({ rounds: 3 });
    const left = (): Promise<void> => expect(make).toLeaveNoHandles();
    expectTypeOf([collected, steady, left]).toExtend<(() => Promise<void>)[]>();
    // @ts-expect-error: there is no such strength
    const wrong = (): unknown => expect(make).toBeCollected({ allow: "never" });
    // @ts-expect-error: no options
    const more = (): unknown => expect(make).toLeaveNoHandles({});
    expectTypeOf([wrong, more]).toExtend<unknown[]>();
    expect.extend(matchers);
  });

  it("are methods of Jest's expect, global and imported", () => {
    const collected = (): Promise<void> => jestExpect(make).toBeCollected({ timeout: 5 });
    const left = (): Promise<void> => jestExpect(make).not.toLeaveNoHandles();
    // @ts-expect-error: no such option
    const wrong = (): unknown => jestExpect(make).toStaySteady({ laps: 3 });
    expectTypeOf([collected, left, wrong]).toExtend<(() => unknown)[]>();
    expectTypeOf<jest.Matchers<void, () => object>>().toExtend<LeakMatchers>();
    jestExpect.extend(jestMatchers);
  });

  it("are methods of the expect for node:test, and assertions of its context", () => {
    expectTypeOf(nodeExpect(make)).toEqualTypeOf<Expectation>();
    expectTypeOf(nodeExpect(make).not).toEqualTypeOf<LeakMatchers>();
    const run = async ({ assert }: TestContext): Promise<void> => {
      await assert.isCollected(make, { explain: false });
      await assert.staysSteady(make, { iterations: 3 });
      await assert.leavesNoHandles(make);
    };
    expectTypeOf(nodeTest).toBeCallableWith(run);
  });
});
