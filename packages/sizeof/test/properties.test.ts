import { checkProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Accounting, exceeds, measure, shallowSizeOf, sizeOf } from "../src/index.ts";

/**
 * Graphs with shared parts and cycles, of all kinds that hold values. Without texts, which have no
 * identity.
 */
const graph = fc
  .array(
    fc.record({
      kind: fc.constantFrom("object", "array", "map", "set", "class", "null", "wide"),
      links: fc.array(fc.nat(30), { maxLength: 20 }),
      number: fc.oneof(fc.integer(), fc.double()),
    }),
    { minLength: 1, maxLength: 31 },
  )
  .map((nodes) => {
    const made = nodes.map(({ kind }) => create(kind));
    for (const [i, { links, number }] of nodes.entries()) {
      fill(made[i]!, [number, ...links.map((to) => made[to % made.length]!)]);
    }
    return made;
  });

class Node {
  isNode(): boolean {
    return true;
  }
}

function create(kind: string): object {
  if (kind === "array") return [];
  if (kind === "map") return new Map();
  if (kind === "set") return new Set();
  if (kind === "class") return new Node();
  return kind === "null" ? (Object.create(null) as object) : {};
}

function fill(object: object, values: readonly unknown[]): void {
  for (const [i, value] of values.entries()) {
    if (Array.isArray(object)) object.push(value);
    else if (object instanceof Map) object.set(i % 2 === 0 ? value : i, value);
    else if (object instanceof Set) object.add(value);
    else (object as Record<string, unknown>)[`f${i}`] = value;
  }
}

/** The same sum in another way: each object that can be reached is sized alone. */
function naive(root: unknown, seen = new Set<unknown>()): number {
  if (typeof root !== "object" || root === null || seen.has(root)) return 0;
  seen.add(root);
  const held =
    root instanceof Map
      ? [...root.keys(), ...root.values()]
      : root instanceof Set
        ? [...root]
        : Object.values(root);
  // A boxed number belongs to its object.
  const inside = held.map((value) => (typeof value === "number" ? 0 : naive(value, seen)));
  return shallowSizeOf(root) + inside.reduce((sum, bytes) => sum + bytes, 0);
}

test("the size of a graph is the sum of its objects, each counted once", () => {
  checkProperty(
    fc.property(graph, (made) => {
      expect(sizeOf(made[0])).toBe(naive(made[0]));
    }),
  );
});

test("bounds, limits and accounting agree with the size", () => {
  checkProperty(
    fc.property(graph, fc.nat(5000), (made, limit) => {
      const bytes = sizeOf(made);
      const { min, max, objects, truncated, ...measured } = measure(made);
      expect(measured.bytes).toBe(bytes);
      expect(min).toBeLessThanOrEqual(bytes);
      expect(max).toBeGreaterThanOrEqual(bytes);
      expect(truncated).toBe(false);
      expect(exceeds(made, limit)).toBe(bytes > limit);
      expect(exceeds(made, bytes)).toBe(false);
      const seen = new Accounting();
      const parts = made.map((part) => sizeOf(part, { seen }));
      const sum = parts.reduce((total, part) => total + part, 0);
      // The array that holds all of them is not one of the parts.
      expect(sum).toBe(bytes - shallowSizeOf(made));
      expect(seen.size).toBe(objects - 1);
    }),
  );
});

test("JSON has the same size each time, with and without plain", () => {
  checkProperty(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const bytes = sizeOf(value);
      expect(sizeOf(value)).toBe(bytes);
      expect(sizeOf(value, { plain: true })).toBe(bytes);
      expect(measure(value).bytes).toBe(bytes);
      const { min, max, opaque } = measure(value);
      expect(min <= bytes && bytes <= max && max < Infinity && opaque === 0).toBe(true);
    }),
  );
});

test("any value has a size", () => {
  checkProperty(
    fc.property(
      fc.anything({
        withBigInt: true,
        withBoxedValues: true,
        withDate: true,
        withMap: true,
        withNullPrototype: true,
        withObjectString: true,
        withSet: true,
        withSparseArray: true,
        withTypedArray: true,
      }),
      (value) => {
        const { bytes, min, max } = measure(value);
        expect(Number.isFinite(bytes)).toBe(true);
        expect(sizeOf(value)).toBe(bytes);
        // Such a value is read by a loop of its own.
        const plain = { plain: true };
        expect(sizeOf(value, plain)).toBe(measure(value, plain).bytes);
        expect(0 <= min && min <= bytes && bytes <= max).toBe(true);
      },
    ),
    { runs: 500 },
  );
});
