import { chargeOf, sizeOf, tally, v8 } from "@heapwise/sizeof";
import { describe, expect, test } from "vitest";

const profile = v8(13);
const charge = (value: unknown): number => chargeOf(value, { profile }).bytes;
const size = (value: unknown): number => sizeOf(value, { profile });
const spare = (value: unknown): number => charge(value) - size(value);

const EMPTY = Object.freeze({});
const COLUMNS = Array.from({ length: 30 }, (_, i) => `column ${i}`);
const filled = <Row extends object>(row: Row, count: number): Row => {
  for (const column of COLUMNS.slice(0, count)) Reflect.set(row, column, column.length);
  return row;
};

describe("the charge of a value", () => {
  test.each([7, 0.5, "a text of some length", "", 1n, true, null, undefined, new Map(), /x/])(
    "is the size of %s",
    (value) => {
      expect(charge(value)).toBe(size(value));
    },
  );

  test("counts opaque objects and stops at a limit, as tally does", () => {
    const value = { call: () => 1, text: "x".repeat(1_000), more: ["y".repeat(1_000)] };
    expect(chargeOf(value).opaque).toBe(tally(value).opaque);
    expect(chargeOf(value, { limit: 500 }).truncated).toBe(true);
  });

  test.each([
    ["x".repeat(1_000), 500],
    ["\u0436".repeat(1_000), 500],
    ["\u0436".repeat(1_000), 1_500],
    ["x".repeat(1_000), 1_016],
    ["x".repeat(1_000), 1_015],
    ["x", 0],
    ["", 0],
    [0.5, 8],
    [0.5, 16],
    [1, 0],
  ])("of a text or number stops at a limit, as tally does: case %#", (value, limit) => {
    const { bytes, opaque, truncated } = tally(value, { profile, limit });
    expect(chargeOf(value, { profile, limit })).toEqual({ bytes, opaque, truncated });
  });

  // V8 makes room for 17 elements at the first push, and later adds a half and 16.
  test.each([
    [1, 11],
    [17, 0],
    [18, 17],
    [43, 0],
    [44, 25],
  ])("has room to spare for an array of %i: %i elements", (length, elements) => {
    const array = Array.from({ length }, () => EMPTY);
    expect(spare(array)).toBe(8 * elements);
  });

  test.each([
    [501, 177],
    [64, 32],
  ])(
    "has room to spare for an array that a write beyond its end made %i long",
    (length, elements) => {
      const array: unknown[] = [];
      array[length - 1] = 1;
      expect(spare(array)).toBe(8 * elements);
    },
  );

  test("has no spare room for an empty array, and for a short array without objects", () => {
    expect(spare([])).toBe(0);
    expect(spare([0.5, 1, 2, 3])).toBe(0);
    expect(spare(["a", "b", null])).toBe(0);
  });

  test("has room for two more fields in a record", () => {
    expect(spare({ id: 1, on: true })).toBe(16);
    expect(spare([{ id: 1 }, { id: 2 }])).toBe(2 * 16 + 8 * 10);
  });

  test("counts a box for each number of a Map or Set if one of them has a fraction", () => {
    expect(spare(new Map([[1, 0.5]]))).toBe(16);
    expect(spare(new Map([[1, 2]]))).toBe(0);
    expect(spare(new Map([[1.5, 0.5]]))).toBe(0);
    expect(spare(new Map<unknown, unknown>([["one", 0.5]]))).toBe(0);
    expect(
      spare(
        new Map<unknown, unknown>([
          [1, "one"],
          [2, 0.5],
          [3, null],
        ]),
      ),
    ).toBe(3 * 16);
    expect(spare(new Set([1, 2, 3, 0.5]))).toBe(3 * 16);
    expect(spare(new Set([1, 2, 3]))).toBe(0);
  });
});

describe("an instance of a class", () => {
  test("has no spare room if its class names the fields", () => {
    class Named {
      id = 1;
      constructor() {
        Object.assign(this, { on: true });
      }
    }
    // "on" is a part of "constructor". Only a field that the class does not name makes a
    // difference.
    expect(spare(new Named())).toBe(0);
  });

  test("has spare room if a loop adds fields", () => {
    class Row {
      save(): void {}
    }
    expect(spare(filled(new Row(), 10))).toBe(16);
  });

  test("is a hash table if a loop adds more than 17 fields", () => {
    class Row17 {
      save(): void {}
    }
    class Row18 {
      save(): void {}
    }
    class Row30 extends Row18 {
      load(): void {}
    }
    expect(size(filled(new Row17(), 17))).toBe(24 + 17 * 8);
    expect(size(filled(new Row18(), 18))).toBe(24 + profile.dictionary(18));
    expect(size(filled(new Row30(), 30))).toBe(24 + profile.dictionary(30));
  });

  test("is not a hash table if its classes name the fields, even if a parent class does", () => {
    const body = COLUMNS.map((_, i) => `this.field${i}=${i};`).join("");
    const make = new Function(
      `class Base{constructor(){${body}}} class Row extends Base{} return new Row()`,
    ) as () => object;
    expect(size(make())).toBe(24 + 30 * 8);
  });

  test("with 30 fields is not a hash table if JSON made it", () => {
    const rows = (count: number): unknown =>
      JSON.parse(JSON.stringify(Array.from({ length: count }, () => filled({}, 30))));
    // The first object may be charged for its names.
    size(rows(3));
    expect(size(rows(3)) - size(rows(2))).toBe(24 + 30 * 8 + 8);
  });
});

test("if one record of a list has symbols as keys, later lists are searched for them", () => {
  const mark = Symbol("mark");
  const list = (n: number): object[] =>
    Array.from({ length: 20 }, (_, i) =>
      i === 5 ? { row: n, cell: i, [mark]: "x".repeat(10_000) } : { row: n, cell: i },
    );
  const lists = Array.from({ length: 400 }, (_, n) => list(n));
  const found = lists.filter((each) => sizeOf(each) > 10_000);
  expect(found.length).toBeGreaterThan(300);
});
