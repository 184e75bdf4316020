import { checkProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Accounting, exceeds, measure, sizeOf, tally } from "../src/index.ts";

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.constantFrom("shared text of some length", "short", "x".repeat(2000)),
);
const leaf = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.bigInt(),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 100 }),
);

class Entry {
  readonly key: unknown;
  readonly value: unknown;
  constructor(key: unknown, value: unknown) {
    this.key = key;
    this.value = value;
  }
}

/** Values as programs make them: records, dictionaries, lists, collections, instances and slices of
 * one block. */
const { tree } = fc.letrec<{ tree: unknown }>((tie) => {
  const child = tie("tree");
  const names = fc.oneof(text, fc.constantFrom("id", "name", "tags", "https://example.com/1"));
  const entries = fc.array(fc.tuple(names, child), { maxLength: 30 });
  const block = new Uint8Array(10_000);
  return {
    tree: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      fc.dictionary(names, child, { maxKeys: 40 }),
      fc.record({ id: fc.integer(), name: text, tags: fc.array(child, { maxLength: 5 }) }),
      fc.array(child, { maxLength: 20 }),
      entries.map((pairs) => new Map(pairs)),
      fc.array(child, { maxLength: 20 }).map((values) => new Set(values)),
      fc.tuple(child, child).map(([key, value]) => new Entry(key, value)),
      entries.map((pairs) =>
        Object.assign(Object.create(null) as object, Object.fromEntries(pairs)),
      ),
      fc.nat(9999).map((start) => block.subarray(start)),
      child.map((value) => Object.create({ value }) as unknown),
    ),
  };
});

test("the size lies within its bounds, and tally returns the same counts as measure", () => {
  checkProperty(
    fc.property(tree, (value) => {
      const bytes = sizeOf(value);
      const { min, max, shallow: _shallow, ...measured } = measure(value);
      expect(tally(value)).toEqual(measured);
      expect(measured).toMatchObject({ bytes, opaque: 0, truncated: false });
      expect(0 <= min && min <= bytes && bytes <= max && max < Infinity).toBe(true);
    }),
    { runs: 300 },
  );
});

test("a limit is passed if and only if the size is above it", () => {
  checkProperty(
    fc.property(tree, fc.nat(20_000), (value, limit) => {
      const whole = tally(value);
      for (const at of [limit, whole.bytes, whole.bytes - 1]) {
        if (at < 0) continue;
        const isOver = whole.bytes > at;
        expect(exceeds(value, at)).toBe(isOver);
        const limited = tally(value, { limit: at });
        expect(limited.truncated).toBe(isOver);
        expect(measure(value, { limit: at }).max === Infinity).toBe(isOver);
        if (!isOver) expect(limited).toEqual(whole);
        expect(limited.objects).toBeLessThanOrEqual(whole.objects);
      }
    }),
    { runs: 200 },
  );
});

test("share is asked about each part once, and the parts add up to the size", () => {
  checkProperty(
    fc.property(tree, fc.boolean(), (value, isCharged) => {
      const whole = tally(value);
      const parts = new Map<object, number>();
      const charge = (part: object, bytes: number): boolean => {
        expect(typeof part === "string" || parts.has(part)).toBe(false);
        parts.set(part, bytes);
        return isCharged;
      };
      const all = tally(value, { share: { parts: "all", charge } });
      const sum = [...parts.values()].reduce((total, bytes) => total + bytes, 0);
      expect(all.bytes + (isCharged ? 0 : sum)).toBe(whole.bytes);
      expect(all.external).toBe(isCharged ? whole.external : 0);
      parts.clear();
      const large = tally(value, { share: { parts: "large", charge } });
      const buffers = [...parts.values()].reduce((total, bytes) => total + bytes, 0);
      expect(large.bytes + (isCharged ? 0 : buffers)).toBe(whole.bytes);
      expect(large.external).toBeLessThanOrEqual(whole.external);
    }),
    { runs: 200 },
  );
});

test("sizes with one accounting add up to the size of a list of the values", () => {
  checkProperty(
    fc.property(fc.array(tree, { maxLength: 8 }), (values) => {
      const seen = new Accounting();
      // Each value is sized twice. The second time only its texts and numbers count.
      const sum = values.reduce((total: number, value) => total + sizeOf(value, { seen }), 0);
      const list = sizeOf([]) + (values.length === 0 ? 0 : sizeOf([0]) - sizeOf([]) - 8);
      const isNumeric = values.every((value) => typeof value === "number");
      const isObjects = values.every((value) => typeof value === "object" && value !== null);
      if (isObjects || values.length === 0) {
        expect(sum + list + 8 * values.length).toBe(sizeOf(values));
        for (const value of values) expect(sizeOf(value, { seen })).toBe(0);
      } else if (!isNumeric) {
        expect(sum + list + 8 * values.length).toBeGreaterThanOrEqual(sizeOf(values) - 1);
      }
    }),
    { runs: 200 },
  );
});

test("JSON has the same size with and without plain, alone and in a list", () => {
  checkProperty(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const data: unknown = JSON.parse(JSON.stringify([value]));
      const bytes = sizeOf(data);
      expect(sizeOf(data, { plain: true })).toBe(bytes);
      expect(tally(data, { plain: true })).toEqual(tally(data));
      expect(exceeds(data, bytes, { plain: true })).toBe(false);
      expect(exceeds(data, bytes - 1, { plain: true })).toBe(true);
      expect(measure(data, { plain: true }).bytes).toBe(bytes);
    }),
    { runs: 300 },
  );
});
