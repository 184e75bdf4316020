import { randomStream } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { bitsOf, CANDIDATES, Candidates } from "./candidates.ts";

function candidatesOf(densities: readonly number[]): Candidates {
  const candidates = new Candidates();
  densities.forEach((density, place) => {
    candidates.densities[place] = density;
    candidates.bits[place] = bitsOf(density);
  });
  return candidates;
}

const random = randomStream(3);
const some = (density: () => number): number[] => Array.from({ length: CANDIDATES }, density);
const DENSITIES: readonly (readonly [string, () => number])[] = [
  ["many equal densities", () => Math.floor(random() * 4)],
  ["floats", () => Math.fround(random())],
  ["densities of very different size", () => Math.fround(2 ** (200 * random() - 100))],
  ["free places", () => (random() < 0.8 ? Infinity : Math.fround(random()))],
  ["zeros only", () => 0],
];

describe("the lowest candidate", () => {
  it.each(DENSITIES)("is the first of the lowest, with %s", (_, density) => {
    for (let run = 0; run < 300; run++) {
      const densities = some(density);
      const lowest = densities.indexOf(Math.min(...densities));
      expect(candidatesOf(densities).lowest(false)).toBe(lowest);
      expect(candidatesOf(densities).lowest(true)).toBe(lowest);
    }
  });

  it.each([1, 2 ** -26, 2 ** -40, 1e300])("is found by all digits of densities near %d", (unit) => {
    for (let run = 0; run < 300; run++) {
      const densities = some(() => (1 + Math.floor(random() * 40) * 2 ** -50) * unit);
      expect(candidatesOf(densities).lowest(true)).toBe(densities.indexOf(Math.min(...densities)));
    }
  });

  it("is not a free place while another is taken", () => {
    const candidates = candidatesOf(some(() => 1));
    for (let left = CANDIDATES; left > 0; left--) candidates.free(candidates.lowest(false));
    expect(candidates.densities.every((density) => density === Infinity)).toBe(true);
  });
});
