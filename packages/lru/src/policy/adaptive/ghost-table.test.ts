import { expect, it } from "vitest";
import { ghostAge, ghostHistory, GhostTable } from "./ghost-table.ts";

it("remembers time and history of a key until it is taken", () => {
  const ghosts = new GhostTable(100);
  ghosts.put(5, 0b1011_01, 1000, 1010);
  const word = ghosts.take(5);
  expect(ghostHistory(word)).toBe(0b1011_01);
  expect(ghostAge(word, 1010)).toBe(10);
  expect(ghosts.take(5)).toBe(0);
});

it("has a key once, with the time of its last use", () => {
  const ghosts = new GhostTable(100);
  ghosts.put(5, 4, 1000, 1000);
  expect(ghosts.put(5, 8, 2000, 2000)).not.toBe(0);
  expect(ghostAge(ghosts.take(5), 2000)).toBe(0);
  expect(ghosts.take(5)).toBe(0);
});

it("overwrites the key of its bucket that was used longest ago, and returns its word", () => {
  const ghosts = new GhostTable(1);
  expect(ghosts.length).toBe(4);
  const uses = [40, 10, 30, 20];
  for (const [key, time] of uses.entries()) expect(ghosts.put(key, 4, time, 50)).toBe(0);
  expect(ghostAge(ghosts.put(9, 4, 50, 50), 50)).toBe(40);
  expect(ghosts.take(1)).toBe(0);
  expect([0, 2, 3, 9].every((key) => ghosts.take(key) !== 0)).toBe(true);
});

it("measures ages across the point at which times begin again at 0", () => {
  const ghosts = new GhostTable(1);
  ghosts.put(1, 4, 2 ** 14 - 3, 2 ** 14 - 3);
  expect(ghostAge(ghosts.take(1), 2 ** 14 + 4)).toBe(7);
});

it("remembers most keys if as many are put as it has room for", () => {
  const ghosts = new GhostTable(1000);
  for (let key = 0; key < 1000; key++) ghosts.put(key, 4, key, key);
  let known = 0;
  for (let key = 0; key < 1000; key++) if (ghosts.take(key) !== 0) known++;
  expect(known).toBeGreaterThan(750);
});
