import { randomStream } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { bitsOf, CANDIDATES, Candidates } from "./candidates.ts";

function candidatesOf(worths: readonly number[]): Candidates {
  const candidates = new Candidates();
  worths.forEach((worth, place) => {
    candidates.worths[place] = worth;
    candidates.bits[place] = bitsOf(worth);
  });
  return candidates;
}

const random = randomStream(3);
const some = (worth: () => number): number[] => Array.from({ length: CANDIDATES }, worth);
const WORTHS: readonly (readonly [string, () => number])[] = [
  ["many that are alike", () => Math.floor(random() * 4)],
  ["floats", () => Math.fround(random())],
  ["of very different size", () => Math.fround(2 ** (200 * random() - 100))],
  ["free places", () => (random() < 0.8 ? Infinity : Math.fround(random()))],
  ["none at all", () => 0],
];

describe("the worst candidate", () => {
  it.each(WORTHS)("is the first of the lowest: %s", (_, worth) => {
    for (let run = 0; run < 300; run++) {
      const worths = some(worth);
      const lowest = worths.indexOf(Math.min(...worths));
      expect(candidatesOf(worths).worst(false)).toBe(lowest);
      expect(candidatesOf(worths).worst(true)).toBe(lowest);
    }
  });

  it.each([1, 2 ** -26, 2 ** -40, 1e300])("is told apart by all digits: %d", (unit) => {
    for (let run = 0; run < 300; run++) {
      const worths = some(() => (1 + Math.floor(random() * 40) * 2 ** -50) * unit);
      expect(candidatesOf(worths).worst(true)).toBe(worths.indexOf(Math.min(...worths)));
    }
  });

  it("is none whose place is free", () => {
    const candidates = candidatesOf(some(() => 1));
    for (let left = CANDIDATES; left > 0; left--) candidates.free(candidates.worst(false));
    expect(candidates.worths.every((worth) => worth === Infinity)).toBe(true);
  });
});
