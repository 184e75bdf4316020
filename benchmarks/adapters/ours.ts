import { LRUCache } from "@heapwise/lru";
import * as policies from "@heapwise/lru/policies";
import type { Adapter } from "./adapter.ts";

type PolicyName = keyof typeof policies;

/** Names of our policies, strict LRU first. The report has a colour for each. */
export const POLICY_NAMES: readonly PolicyName[] = (Object.keys(policies) as PolicyName[]).sort(
  (a, b) => Number(b === "lru") - Number(a === "lru"),
);

function adapterOf(policy: PolicyName): Adapter {
  return {
    name: `heapwise ${policy}`,
    exact: policy === "lru",
    bounded: true,
    keysAsProperties: false,
    // The default policy is measured as users get it, without the option.
    create: <K, V>(capacity: number) =>
      policy === "lru"
        ? new LRUCache<K, V>({ max: capacity })
        : new LRUCache<K, V>({ max: capacity, policy: policies[policy](), seed: 1 }),
  };
}

/**
 * Our cache under each policy. A new export of `@heapwise/lru/policies` is measured automatically.
 */
export const ours: readonly Adapter[] = POLICY_NAMES.map(adapterOf);
