import { randomStream } from "@heapwise/testkit";
import { PolicyHarness } from "@heapwise/testkit/vitest";
import { expect, it } from "vitest";
import { adaptive } from "./adaptive.ts";
import { lru } from "../lru.ts";
import type { PolicyFactory } from "../policy.ts";

/** The hit ratio of a sequence of keys, in a cache of `max` entries that is empty at first. */
function hitRatio(factory: PolicyFactory, max: number, keys: readonly number[]): number {
  const harness = new PolicyHarness(factory, { max });
  const slots = new Map<number, number>();
  let hits = 0;
  for (const key of keys) {
    const slot = slots.get(key) ?? 0;
    if (harness.tracked.has(slot) && harness.hashOf(slot) === key) {
      harness.access(slot);
      hits++;
    } else {
      slots.set(key, harness.insert(key));
    }
  }
  return hits / keys.length;
}

const random = randomStream(5);
const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

it("keeps a part of a loop that does not fit, for which lru has no hit at all", () => {
  const loop = range(30_000).map((i) => i % 300);
  expect(hitRatio(lru(), 200, loop)).toBe(0);
  expect(hitRatio(adaptive(), 200, loop)).toBeGreaterThan(0.5);
});

it("is close to lru if only recency counts", () => {
  const recent = range(30_000).map((i) => Math.floor(i / 4 - random() ** 4 * 400));
  const best = hitRatio(lru(), 200, recent);
  expect(best).toBeGreaterThan(0.5);
  expect(hitRatio(adaptive(), 200, recent)).toBeGreaterThan(best - 0.01);
});

it("keeps popular keys while others are used once", () => {
  const mixed = range(40_000).map((i) => (i % 2 === 0 ? Math.floor(random() * 150) : 1000 + i));
  expect(hitRatio(adaptive(), 200, mixed)).toBeGreaterThan(0.45);
  expect(hitRatio(lru(), 200, mixed)).toBeLessThan(0.4);
});

it("adapts when a loop ends and other keys become popular", () => {
  const loop = range(30_000).map((i) => i % 300);
  const popular = range(30_000).map(() => 10_000 + Math.floor(random() ** 4 * 2000));
  const after = hitRatio(adaptive(), 200, popular);
  const both = hitRatio(adaptive(), 200, [...loop, ...popular]);
  const ofLoop = hitRatio(adaptive(), 200, loop);
  expect(2 * both - ofLoop).toBeGreaterThan(after - 0.03);
});

it("prefers many light entries to a heavy entry that is used as often", () => {
  const harness = new PolicyHarness(adaptive(), { maxWeight: 100 });
  const slots = new Map<number, number>();
  const hits = [0, 0];
  for (let i = 0; i < 20_000; i++) {
    const key = Math.floor(random() * 130);
    const isHeavy = key >= 100;
    const slot = slots.get(key) ?? 0;
    if (harness.tracked.has(slot) && harness.hashOf(slot) === key) {
      harness.access(slot);
      hits[isHeavy ? 1 : 0]!++;
    } else {
      slots.set(key, harness.insert(key, isHeavy ? 30 : 1));
    }
  }
  expect(hits[0]! / 20_000).toBeGreaterThan(0.6);
  expect(hits[1]! / 20_000).toBeLessThan(0.05);
});

it("evicts entries of weight 0 in their turn", () => {
  const harness = new PolicyHarness(adaptive(), { max: 20, maxWeight: 100 });
  for (let key = 0; key < 1000; key++) harness.insert(key, key % 3 === 0 ? 0 : 1);
  const oldest = Math.min(...[...harness.tracked.keys()].map((slot) => harness.hashOf(slot)));
  expect(oldest).toBeGreaterThan(400);
});
