import { describe, expect, test } from "vitest";
import { measure, sizeOf as size, tally, v8 } from "@heapwise/sizeof";

const profile = v8(13);
const sizeOf = (value: unknown): number => size(value, { profile });

/** A number for keys that no other object in this file has. */
let serial = 1e9;
function keyOf(length: number, prefix = ""): string {
  serial += 7919;
  const digits = `${prefix}${serial}`;
  return length > digits.length ? digits.padStart(length, prefix || "x") : digits;
}

const keys = (count: number, length: number, prefix = ""): string[] =>
  Array.from({ length: count }, () => keyOf(length, prefix));
const parsed = (names: readonly string[]): object =>
  JSON.parse(JSON.stringify(Object.fromEntries(names.map((name) => [name, 1])))) as object;
/** Bytes of the names alone, as V8 stores them. */
const namesOf = (names: readonly string[]): number =>
  names.reduce((sum, { length }) => sum + ((16 + length + 7) & -8), 0);

class Bag {
  kind = 1;
}

/** Ways to make an object with these names as keys. */
const MAKERS: Readonly<Record<string, (names: readonly string[]) => object>> = {
  "JSON.parse": parsed,
  "computed keys": (names) => {
    const made: Record<string, unknown> = {};
    for (const name of names) made[name] = 1;
    return made;
  },
  "Object.fromEntries": (names) => Object.fromEntries(names.map((name) => [name, 1])),
  "delete and add": (names) => {
    const made: Record<string, unknown> = { gone: 1 };
    for (const name of names) made[name] = 1;
    delete made["gone"];
    return made;
  },
  "an instance with more keys": (names) =>
    Object.assign(new Bag(), Object.fromEntries(names.map((name) => [name, 1]))),
  "no prototype": (names) =>
    Object.assign(
      Object.create(null) as object,
      Object.fromEntries(names.map((name) => [name, 1])),
    ),
};

describe.each(Object.entries(MAKERS))("a dictionary made by %s", (_name, make) => {
  test.each([
    [20, 200],
    [200, 200],
    [20, 36],
    [5, 60],
    [1000, 16],
  ])("with %i keys of %i characters counts the names", (count, length) => {
    for (let i = 0; i < 5; i++) {
      const names = keys(count, length);
      const bytes = sizeOf(make(names));
      expect(bytes).toBeGreaterThan(namesOf(names));
      expect(bytes).toBeLessThan(namesOf(names) + 150 * count + 1000);
    }
  });

  test.each([
    [3, 12],
    [20, 36],
    [30, 8],
    [300, 50],
  ])("with %i keys of %i characters has the same size each time", (count, length) => {
    const made = make(keys(count, length));
    const bytes = sizeOf(made);
    for (let i = 0; i < 40; i++) {
      expect(sizeOf(made)).toBe(bytes);
      expect(tally(made, { profile }).bytes).toBe(bytes);
      expect(size(made, { profile, plain: true })).toBe(bytes);
    }
    const { bytes: measured, min, max } = measure(made, { profile });
    expect(measured).toBe(bytes);
    expect(min).toBeLessThanOrEqual(bytes);
    expect(max).toBeGreaterThan(bytes);
  });

  test("that is made again from the same text counts its names again", () => {
    const names = keys(40, 100);
    for (let i = 0; i < 5; i++) expect(sizeOf(make(names))).toBeGreaterThan(namesOf(names));
  });
});

describe("a dictionary", () => {
  test("with few and short keys counts them after many such dictionaries", () => {
    const sizes = Array.from({ length: 400 }, () => sizeOf(parsed(keys(4, 10, "user"))));
    // Four slots, without bytes for the names, as a record.
    expect(sizes[0]).toBe(24 + 4 * 8);
    for (const bytes of sizes.slice(200)) expect(bytes).toBeGreaterThan(24 + 4 * (8 + 32));
  });

  test("is found among records with the same number of keys", () => {
    const record = (i: number): object => ({ id: i, name: i, kind: i, at: i });
    let record0 = 0;
    for (let i = 0; i < 600; i++) record0 = sizeOf(record(i));
    const sizes = Array.from({ length: 400 }, (_, i) => {
      expect(sizeOf(record(i))).toBe(record0);
      return sizeOf(parsed(keys(4, 10, "mixed")));
    });
    for (const bytes of sizes.slice(200)) expect(bytes).toBeGreaterThan(24 + 4 * (8 + 32));
  });

  test("counts keys that begin with a digit, and wide ones", () => {
    const digits = keys(30, 36).map((name) => `1${name}`);
    expect(sizeOf(parsed(digits))).toBeGreaterThan(namesOf(digits));
    const wide = keys(30, 20).map((name) => `\u4e00${name}`);
    expect(sizeOf(parsed(wide))).toBeGreaterThan(30 * (16 + 2 * 21));
  });

  test("that has grown since the last size counts its new names", () => {
    const made = parsed(keys(25, 40)) as Record<string, unknown>;
    const before = sizeOf(made);
    for (const name of keys(25, 40)) made[name] = 1;
    expect(sizeOf(made)).toBeGreaterThan(before + 25 * (8 + 56));
  });

  test("shares its names with dictionaries of the same walk that have the same names", () => {
    const names = keys(30, 60);
    const alike = Array.from({ length: 50 }, () => parsed(names));
    const bytes = sizeOf(alike);
    expect(bytes).toBeGreaterThan(namesOf(names) + 50 * (24 + 30 * 8));
    expect(bytes).toBeLessThan(2 * namesOf(names) + 50 * (24 + 30 * 8) + 5000);
  });

  test("counts the names with a limit, with share and with other layouts", () => {
    const made = parsed(keys(50, 100));
    const bytes = sizeOf(made);
    expect(tally(made, { profile, limit: bytes }).truncated).toBe(false);
    expect(tally(made, { profile, limit: bytes - 1 }).truncated).toBe(true);
    const charged: number[] = [];
    const share = {
      parts: "all",
      charge: (_part: object, part: number) => charged.push(part) > 0,
    } as const;
    expect(size(made, { profile, share })).toBe(bytes);
    expect(charged).toEqual([bytes]);
    expect(size(made, { profile: v8(11) })).toBe(bytes);
  });
});

describe("a record", () => {
  const columns = keys(30, 14, "column");

  test("of a type does not count its names, although each record is sized alone", () => {
    const rows = Array.from({ length: 1000 }, (_, i) =>
      Object.fromEntries(columns.map((name) => [name, i])),
    );
    const bytes = rows.reduce((sum, row) => sum + sizeOf(row), 0);
    expect(bytes / 1000).toBeGreaterThanOrEqual(24 + 30 * 8);
    expect(bytes / 1000).toBeLessThan(1.15 * (24 + 30 * 8));
  });

  test("with few keys does not count them, even if there are many types", () => {
    const names = Array.from({ length: 30 }, (_, i) => String.fromCharCode(97 + i));
    for (const a of names) {
      for (const b of names) if (a < b) expect(sizeOf({ [`${a}${a}`]: 1, [`${b}b`]: 1 })).toBe(40);
      // A program that uses its types makes more records of each.
      for (const b of names) if (a < b) expect(sizeOf({ [`${a}${a}`]: 1, [`${b}b`]: 1 })).toBe(40);
    }
  });

  test("does not count its names, although dictionaries come between", () => {
    const names = keys(25, 11, "field");
    const row = (i: number): object => Object.fromEntries(names.map((name) => [name, i]));
    let bytes = 0;
    for (let i = 0; i < 2000; i++) {
      if (i >= 1000) bytes += sizeOf(row(i));
      else sizeOf(row(i));
      sizeOf(parsed(keys(3, 30)));
    }
    expect(bytes / 1000).toBe(24 + 25 * 8);
  });
});

test("the upper bound has room for the names of each object and for a hash table", () => {
  for (const count of [1, 5, 20, 50, 127, 200]) {
    const names = keys(count, 30);
    const rows = [1, 2, 3].map(() => parsed(names));
    for (const row of rows) {
      // As a hash table: header, and three words for each place. There are one and a half times the
      // fields.
      const asTable = namesOf(names) + 24 + 16 + 48 + 24 * 1.5 * count;
      const asClasses = namesOf(names) + 24 + 8 * count + 104 * count + 100;
      expect(measure(row, { profile }).max).toBeGreaterThan(Math.max(asTable, asClasses));
    }
  }
  expect(measure({ ["\u4e00".repeat(500)]: 1 }).max).toBeGreaterThan(1000);
});

test("the upper bound has room for the descriptions of symbols that are keys", () => {
  expect(measure({ [Symbol("x".repeat(1000))]: 1 }).max).toBeGreaterThan(1000);
  expect(measure([Symbol("x".repeat(1000))]).max).toBeGreaterThan(1000);
});
