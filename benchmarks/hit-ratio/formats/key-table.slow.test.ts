import { expect, test } from "vitest";
import { KeyTable } from "./key-table.ts";

test("more keys than a Map can hold take at most 28 bytes each", () => {
  const before = process.memoryUsage().arrayBuffers;
  const table = new KeyTable();
  const count = 2 ** 24 + 1_000_000;
  for (let i = 0; i < count; i += 1) table.numberOf(i, 0, i);

  expect(table.size).toBe(count);
  expect((process.memoryUsage().arrayBuffers - before) / count).toBeLessThan(28);
  expect(table.numberOf(count - 1, 0, count - 1)).toBe(count - 1);
  expect(table.numberOf(0, 0, 0)).toBe(0);
});
