import { expect, it } from "vitest";
import { FrequencySketch } from "./frequency-sketch.ts";

it("counts the uses of each key, up to 15", () => {
  const sketch = new FrequencySketch(1000);
  sketch.reset(1000);
  for (let key = 1; key <= 20; key++) {
    for (let use = 0; use < key; use++) sketch.count(key);
  }
  for (let key = 1; key <= 20; key++) expect(sketch.frequency(key)).toBe(Math.min(15, key));
  expect(sketch.frequency(99)).toBe(0);
});

it("rarely counts one key as another", () => {
  const sketch = new FrequencySketch(1000);
  sketch.reset(1000);
  for (let key = 0; key < 1000; key++) sketch.count(key);
  let strangers = 0;
  for (let key = 1000; key < 11_000; key++) if (sketch.frequency(key) > 0) strangers++;
  expect(strangers).toBeLessThan(100);
});

it("keeps the higher of two frequencies that are written", () => {
  const sketch = new FrequencySketch(1000);
  sketch.reset(100);
  sketch.raise(7, 9);
  sketch.raise(7, 4);
  expect(sketch.frequency(7)).toBe(9);
  sketch.raise(7, 15);
  sketch.count(7);
  expect(sketch.frequency(7)).toBe(15);
});

it("halves every counter once in a lifetime", () => {
  const sketch = new FrequencySketch(2);
  sketch.reset(800);
  for (let key = 0; key < 50; key++) sketch.raise(key, 12);
  for (let write = 50; write < 2 * sketch.entries; write++) sketch.raise(-1, 1);
  for (let key = 0; key < 50; key++) expect(sketch.frequency(key)).toBe(6);
});

it("knows no key before it has a table, and after the table is removed", () => {
  const sketch = new FrequencySketch(2);
  sketch.count(1);
  expect(sketch.frequency(1)).toBe(0);
  sketch.reset(10);
  sketch.count(1);
  expect(sketch.frequency(1)).toBe(1);
  sketch.reset(0);
  expect(sketch.entries).toBe(0);
  expect(sketch.frequency(1)).toBe(0);
});
