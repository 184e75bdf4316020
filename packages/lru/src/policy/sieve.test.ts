import { PolicyHarness } from "@heapwise/testkit/vitest";
import { expect, it } from "vitest";
import { FIRST_SLOT } from "../table/slot-store.ts";
import type { EvictionPolicy, Slot } from "./policy.ts";
import { sieve } from "./sieve.ts";

/** Slots named A, B, C, ... in order of arrival. */
const slotOf = (name: string): Slot => name.charCodeAt(0) - 65 + FIRST_SLOT;
const nameOf = (slot: Slot): string => String.fromCharCode(slot - FIRST_SLOT + 65);

function policyWith(names: string): EvictionPolicy {
  const harness = new PolicyHarness(sieve(), {});
  for (let hash = 0; hash < names.length; hash++) {
    expect(nameOf(harness.insert(hash))).toBe(names[hash]);
  }
  return harness.policy;
}

function touch(policy: EvictionPolicy, names: string): void {
  for (const name of names) policy.access(slotOf(name));
}

it("evicts entries that were never used in order of arrival", () => {
  const policy = policyWith("ABCD");
  expect([policy.evict(0), policy.evict(0), policy.evict(0), policy.evict(0)].map(nameOf)).toEqual([
    ..."ABCD",
  ]);
});

it("passes entries that were used, and continues at the place it stopped at", () => {
  const policy = policyWith("ABCDEF");
  touch(policy, "AB");
  expect(nameOf(policy.evict(0))).toBe("C");
  // A and B have lost their marks, but the hand is above them now.
  expect(nameOf(policy.evict(0))).toBe("D");
  expect(nameOf(policy.evict(0))).toBe("E");
  expect(nameOf(policy.evict(0))).toBe("A");
});

it("starts again at the oldest entry if all were used, before it evicts the newcomer", () => {
  const policy = policyWith("ABCD");
  touch(policy, "ABC");
  expect(nameOf(policy.evict(0))).toBe("A");
});

it("moves the hand on if the entry under it is removed", () => {
  const policy = policyWith("ABCDEF");
  touch(policy, "A");
  expect(nameOf(policy.evict(0))).toBe("B");
  policy.remove(slotOf("C"));
  expect(nameOf(policy.evict(0))).toBe("D");
});

it("keeps hand and mark of an entry whose slot moves", () => {
  const policy = policyWith("ABCDE");
  touch(policy, "A");
  expect(nameOf(policy.evict(0))).toBe("B");
  touch(policy, "C");
  policy.move(slotOf("C"), slotOf("B"));
  expect(nameOf(policy.evict(0))).toBe("D");
  expect(nameOf(policy.evict(0))).toBe("A");
});
