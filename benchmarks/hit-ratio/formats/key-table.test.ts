import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KeyTable } from "./key-table.ts";

describe("the numbers of keys", () => {
  test("are the same as with a Map", () => {
    const word = fc.constantFrom(0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff);

    fc.assert(
      fc.property(fc.array(fc.tuple(word, word, word)), (keys) => {
        const table = new KeyTable();
        const model = new Map<string, number>();
        for (const [first, second, third] of keys) {
          const key = `${first} ${second} ${third}`;
          if (!model.has(key)) model.set(key, model.size);
          expect(table.numberOf(first, second, third)).toBe(model.get(key));
        }
        expect(table.size).toBe(model.size);
      }),
    );
  });

  test.each([1, 0x10000, 0x01010101])("stay while the table grows, for steps of %i", (step) => {
    const table = new KeyTable();
    const count = 200_000;
    const keyOf = (i: number): number => Math.imul(i, step) >>> 0;
    const expected = new Map<number, number>();
    for (let i = 0; i < count; i += 1) {
      const key = keyOf(i);
      if (!expected.has(key)) expected.set(key, expected.size);
      table.numberOf(key, 0, 0);
    }
    let wrong = 0;
    for (const [key, number] of expected) if (table.numberOf(key, 0, 0) !== number) wrong += 1;

    expect(table.size).toBe(expected.size);
    expect(wrong).toBe(0);
  });
});
