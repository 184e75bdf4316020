import { expect, test } from "vitest";
import type { Held } from "./hold.ts";
import { faultsOf, surenessOf } from "./judge.ts";
import { KINDS, kindOf } from "./kinds/catalogue.ts";

const held = (change: Partial<Held> = {}): Held => ({
  grown: 100,
  left: 0,
  bytes: 100,
  min: 95,
  max: 105,
  minOnce: 95,
  maxOnce: 105,
  entries: 10,
  opaque: 0,
  batches: [],
  ...change,
});
const kind = { name: "kind", make: (i: number) => i };
const faults = (change: Partial<Held>): string[] => faultsOf(kind, held(change), 100);

test("sizes are certain if the bounds are within 15%, and opaque if there is no upper bound", () => {
  expect(surenessOf(held())).toBe("sure");
  expect(surenessOf(held({ min: 50, minOnce: 50 }))).toBe("wide");
  expect(surenessOf(held({ min: 50 }))).toBe("sure");
  expect(surenessOf(held({ max: Infinity }))).toBe("opaque");
});

test("a certain size must be held within 15%", () => {
  expect(faults({})).toEqual([]);
  expect(faults({ grown: 86 })).toEqual([]);
  expect(faults({ grown: 114 })).toEqual([]);
  expect(faults({ grown: 84 })).toEqual(["holds only 84.0%"]);
  expect(faults({ grown: 116 })).toEqual(["holds 116.0%"]);
});

test("an uncertain size is an upper limit only", () => {
  const wide = { min: 10, minOnce: 10 };
  expect(faults({ ...wide, grown: 20 })).toEqual([]);
  expect(faults({ ...wide, grown: 116 })).toEqual(["holds 116.0%"]);
  expect(faultsOf({ ...kind, unseen: "why" }, held({ ...wide, grown: 200 }), 100)).toEqual([]);
});

test("stats().opaque counts opaque values, and no others", () => {
  const opaque = held({ max: Infinity, maxOnce: Infinity, opaque: 10 });
  expect(faultsOf({ ...kind, isOpaque: true }, opaque, 100)).toEqual([]);
  expect(faultsOf({ ...kind, isOpaque: true }, { ...opaque, opaque: 9 }, 100)).toEqual([
    "9 of 10 counted as opaque",
  ]);
  expect(faultsOf({ ...kind, isOpaque: true }, held({ opaque: 10 }), 100)).toEqual([
    "measure says sure",
  ]);
  expect(faultsOf(kind, opaque, 100)).toEqual([
    "measure says opaque",
    "10 of 10 counted as opaque",
  ]);
  expect(faults({ opaque: undefined })).toEqual(["undefined of 10 counted as opaque"]);
});

test("a cache that reports more than its bound is a fault", () => {
  expect(faults({ bytes: 101 })).toEqual(["bytes() is 101.0% of the bound"]);
});

test("all kinds have different names", () => {
  expect(new Set(KINDS.map(({ name }) => name)).size).toBe(KINDS.length);
  expect(() => kindOf("none")).toThrow(RangeError);
});
