import { randomStream } from "@heapwise/testkit";
import { announceSeed } from "@heapwise/testkit/vitest";
import { describe, expect, it } from "vitest";
import { learnPlan, TAILS, type KeyPlan } from "./key-plan.ts";

const numbered = (make: (i: number) => string, count = 400): string[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** The characters that a plan reads of a key: an independent reading of its rows. */
function read({ places, width }: KeyPlan, key: string): string {
  const at = [0, 8, 16, 24].map((bits) => (places[key.length]! >>> bits) & 255);
  for (let row = width; row < places.length; row += width) {
    at.push(places[row + key.length]! & 255, places[row + key.length]! >>> 8);
  }
  expect(at.every((place) => place < key.length)).toBe(true);
  return `${key.length}:${at.map((place) => key[place]).join("")}`;
}

const MIXED: readonly ((i: number) => string)[] = [
  (i) => `user:${7919 * i}:profile`,
  (i) => JSON.stringify({ id: i, page: 1, size: 20 }),
  (i) => `https://example.com/items/${i}?include=author`,
];

describe("A plan", () => {
  it("reads places of a key that are there, of each length that it lists", () => {
    const keys = numbered((i) => MIXED[i % 3]!(i));
    const plan = learnPlan(keys, 10_000, randomStream(announceSeed()))!;
    for (let length = 1; length < plan.width; length++) read(plan, "k".repeat(length));

    expect(plan.width).toBeGreaterThan(Math.max(...keys.map((key) => key.length)));
    expect(plan.places.length % plan.width).toBe(0);
  });

  it.each([1_000, 100_000])("tells the keys of its sample apart, of %i entries", (size) => {
    const seed = announceSeed();
    for (let run = 0; run < 20; run++) {
      const keys = numbered((i) => MIXED[i % 3]!(i * 31 + run));
      const plan = learnPlan(keys, size, randomStream(seed + run))!;
      const seen = new Set(keys.map((key) => read(plan, key)));

      expect(seen.size).toBeGreaterThan(0.95 * keys.length);
    }
  });

  it("lists no length above 255: longer keys are read by their positions", () => {
    const plan = learnPlan(
      numbered((i) => `${"x".repeat(500)}${i}`),
      400,
      randomStream(announceSeed()),
    )!;

    expect(plan.width).toBe(256);
    expect(plan.positions.length).toBeGreaterThanOrEqual(4);
  });

  it("is not learnt from no key or one, nor from keys that no few places tell apart", () => {
    const random = randomStream(announceSeed());
    const keys = numbered(() => {
      const text = Array<string>(200).fill("a");
      for (let i = 0; i < 2; i++) text[Math.floor(random() * 200)] = "b";
      return text.join("");
    });

    expect(learnPlan([], 10, random)).toBeUndefined();
    expect(learnPlan(["a"], 1, random)).toBeUndefined();
    expect(learnPlan([...new Set(keys)], 10_000, random)).toBeUndefined();
  });

  it("reads the last four characters at first, of short keys the first again", () => {
    expect(read(TAILS, "abcdefgh")).toBe("8:hgfe");
    expect(read(TAILS, "ab")).toBe("2:baaa");
    expect(TAILS.places).toHaveLength(TAILS.width);
  });
});
