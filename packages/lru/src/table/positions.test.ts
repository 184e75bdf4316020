import { randomStream } from "@heapwise/testkit";
import { announceSeed } from "@heapwise/testkit/vitest";
import { describe, expect, it } from "vitest";
import { choosePositions, codeAt, FIRST, split } from "./positions.ts";

const SAMPLE = 300;
const digits = (i: number): string => String(i).padStart(4, "0");
const numbered = (make: (i: number) => string, count = SAMPLE): string[] =>
  Array.from({ length: count }, (_, i) => make(i));

/**
 * Pairs of keys of one length that have the same characters at all positions, counted one by one.
 */
function pairsAlike(keys: readonly string[], positions: readonly number[]): number {
  let pairs = 0;
  for (const [i, a] of keys.entries()) {
    for (const b of keys.slice(i + 1)) {
      const isAlike = positions.every((p) => Object.is(codeAt(a, p), codeAt(b, p)));
      if (a.length === b.length && isAlike) pairs++;
    }
  }
  return pairs;
}

const SHAPES: Readonly<Record<string, (i: number) => string>> = {
  "digits between what all share": (i) => `user:${String(i).padStart(4, "0")}:profile`,
  "digits of any length": (i) => `user:${7919 * i}:profile`,
  dates: (i) => new Date(1.7e12 + 60_000 * i).toISOString(),
  "a place far inside": (i) => `${"x".repeat(300)}${String(i).padStart(3, "0")}${"y".repeat(300)}`,
  "wide characters": (i) => `${String.fromCharCode(0x4e00 + i)}:details`,
};

describe("Positions", () => {
  it.each(Object.entries(SHAPES))("tell keys apart: %s", (_title, make) => {
    const keys = numbered(make);
    const seed = announceSeed();
    for (let run = 0; run < 20; run++) {
      const positions = choosePositions(keys, 3, randomStream(seed + run))!;

      expect(positions.length).toBeGreaterThanOrEqual(FIRST);
      expect(positions.length % 2).toBe(0);
      expect(pairsAlike(keys, positions)).toBeLessThanOrEqual(3);
    }
  });

  it("are four if four do, and no more than it takes", () => {
    const positions = choosePositions(
      numbered(SHAPES["digits between what all share"]!),
      0,
      () => 0.3,
    )!;

    expect(positions).toHaveLength(4);
    // The four digits, seen from either end.
    const places = positions.map((p) => (p < 0 ? p + 17 : p));
    expect(places.filter((place) => place >= 5 && place <= 8).length).toBeGreaterThanOrEqual(3);
  });

  it("are none if no few characters do", () => {
    const random = randomStream(announceSeed());
    // Each key differs from the next one in another of 200 places.
    const keys = numbered((i) => {
      const text = Array<string>(200).fill("a");
      text[Math.floor(random() * 200)] = "b";
      return text.join("") + String.fromCharCode(0x100 + (i >> 5));
    });

    expect(choosePositions(keys, 1, random)).toBeUndefined();
  });

  it("are given for keys of many lengths, for short ones and for one key", () => {
    const random = randomStream(announceSeed());
    for (const keys of [["a"], ["a", "b"], ["", "a", "bc"], numbered((i) => "z".repeat(i))]) {
      const positions = choosePositions(keys, 1, random)!;
      expect(positions.length).toBeGreaterThanOrEqual(FIRST);
      expect(positions.every(Number.isInteger)).toBe(true);
    }
  });

  it("are found whatever the mean of the lengths", () => {
    const seed = announceSeed();
    const keys = numbered((i) => `user:${digits(i)}${i % 2 === 0 ? "" : ":a"}:profile`);
    for (let run = 0; run < 300; run++) {
      const positions = choosePositions(keys, 3, randomStream(seed + run))!;
      expect(pairsAlike(keys.slice(0, 60), positions)).toBeLessThanOrEqual(3);
    }
  });

  it("are the same for the same random numbers", () => {
    const keys = numbered(SHAPES["dates"]!);
    expect(choosePositions(keys, 3, randomStream(7))).toEqual(
      choosePositions(keys, 3, randomStream(7)),
    );
  });
});

describe("split", () => {
  it("leaves keys that are alike in groups, and those that are alone out", () => {
    const groups = split(
      [
        ["aa", "ab", "b"],
        ["c", "dd", "ee"],
      ],
      (key) => key.length,
    );
    expect(groups).toEqual([
      ["aa", "ab"],
      ["dd", "ee"],
    ]);
  });
});
