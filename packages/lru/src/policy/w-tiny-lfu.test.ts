import { PolicyHarness } from "@heapwise/testkit/vitest";
import { expect, it } from "vitest";
import { lru } from "./lru.ts";
import { wTinyLfu } from "./w-tiny-lfu.ts";

/** Uses keys one after the other. Returns the number of hits. */
function play(harness: PolicyHarness, keys: Iterable<number>, weight = 1): number {
  let hits = 0;
  for (const key of keys) {
    const slot = [...harness.tracked.keys()].find((known) => harness.hashOf(known) === key);
    if (slot === undefined) harness.insert(key, weight);
    else {
      harness.access(slot);
      hits++;
    }
  }
  return hits;
}

function* times(count: number, keys: readonly number[]): Iterable<number> {
  for (let i = 0; i < count; i++) yield* keys;
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

it("keeps most keys that are used often through a scan that empties lru", () => {
  const hits = [wTinyLfu(), lru()].map((factory) => {
    const harness = new PolicyHarness(factory, { max: 50 });
    play(harness, times(5, range(0, 30)));
    play(harness, range(1000, 2000));
    return play(harness, range(0, 30));
  });
  expect(hits[0]).toBeGreaterThanOrEqual(20);
  expect(hits[1]).toBe(0);
});

it("gives the window more room if newcomers are used again soon", () => {
  const harness = new PolicyHarness(wTinyLfu(), { max: 64 });
  const pairs = range(100, 4100).flatMap((key) => [key, key - ((key * 7919) % 25)]);
  const early = play(harness, pairs.slice(500, 1500));
  play(harness, pairs.slice(1500, -1000));
  const late = play(harness, pairs.slice(-1000));
  expect(late).toBeGreaterThan(early + 50);
  expect(late).toBeGreaterThan(450);
});

it("refuses a heavy newcomer that was used less than all entries that would have to leave", () => {
  const harness = new PolicyHarness(wTinyLfu(), { maxWeight: 100 });
  play(harness, times(6, range(0, 90)));
  play(harness, range(500, 520));
  const before = harness.victims.length;
  harness.insert(999, 75);
  expect([...harness.tracked.values()].includes(75)).toBe(false);
  expect(harness.victims.length).toBe(before + 1);
});
