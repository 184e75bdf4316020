import { expect, test } from "vitest";
import { Visited } from "./visited.ts";

test("each object is new once, whatever the fingerprints", () => {
  for (const printOf of [(i: number) => i, () => 0, (i: number) => i % 3, (i: number) => -i]) {
    const visited = new Visited();
    const objects = Array.from({ length: 5000 }, (_, i) => ({ i }));
    for (const [i, object] of objects.entries()) {
      expect(visited.add(object, printOf(i))).toBe(true);
      expect(visited.add(object, printOf(i))).toBe(false);
    }
    // Those that moved while the table grew, and those in the crowd.
    expect(objects.filter((object, i) => visited.add(object, printOf(i)))).toEqual([]);
  }
});

test("objects without a fingerprint are told apart too", () => {
  const visited = new Visited();
  const object = {};
  expect(visited.add(object, undefined)).toBe(true);
  expect(visited.add(object, undefined)).toBe(false);
  expect(visited.add({}, undefined)).toBe(true);
});

test("objects with and without a fingerprint, few and many", () => {
  const visited = new Visited();
  const objects = Array.from({ length: 100 }, (_, i) => ({ i }));
  const printOf = (i: number): number | undefined => (i % 3 === 0 ? undefined : i % 7);
  for (const [i, object] of objects.entries()) {
    expect(visited.add(object, printOf(i))).toBe(true);
    expect(objects.slice(0, i + 1).filter((old, j) => visited.add(old, printOf(j)))).toEqual([]);
  }
});
