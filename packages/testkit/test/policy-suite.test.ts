import { describe, expect, it } from "vitest";
import { describePolicy, policyCases, type CreatePolicy } from "../src/vitest.ts";
import { BROKEN_POLICIES, FifoPolicy } from "./broken-policies.ts";

describePolicy("A first in, first out policy", { create: () => new FifoPolicy() });

describe("the policy contract", () => {
  it.each(Object.keys(BROKEN_POLICIES))("catches a policy that %s", (name) => {
    const create = BROKEN_POLICIES[name] as CreatePolicy;
    const failed = policyCases.filter(({ run }) => {
      try {
        run({ create });
        return false;
      } catch {
        return true;
      }
    });
    expect(failed).not.toEqual([]);
  });
});
