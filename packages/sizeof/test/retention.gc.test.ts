import { gcUntil, heldBytes } from "@heapwise/testkit";
import { expect, test } from "vitest";
import { Accounting, exceeds, measure, sizeOf } from "../src/index.ts";

/**
 * Values that a walk remembers in different ways: few and many objects, a map, functions, a limit.
 */
function makeAndSize(): WeakRef<object>[] {
  const nodes = Array.from({ length: 500 }, (_, i) => ({ i, text: `text number ${i}` }));
  const few = { a: { b: {} } };
  const seen = new Accounting();
  const exclude = (): boolean => false;
  const share = { parts: "all", charge: () => true } as const;
  sizeOf([nodes, new Map([[nodes, exclude]])], { exclude, share });
  sizeOf(nodes, { seen });
  measure([few, nodes]);
  exceeds(nodes, 5000);
  expect(() =>
    sizeOf(nodes, {
      exclude: () => {
        throw new Error("mine");
      },
    }),
  ).toThrow("mine");
  sizeOf(few);
  const dictionaries = Array.from({ length: 100 }, (_, i) =>
    Object.fromEntries(
      Array.from({ length: 30 }, (_v, j) => [`https://example.com/${i}/${j}`, {}]),
    ),
  );
  for (const dictionary of dictionaries) sizeOf(dictionary);
  const long = Array.from({ length: 5000 }, (_, i) => ({ i }));
  exceeds([new Set(long), new Map(long.entries()), long], 5000);
  const heir = Object.create({ big: {} }) as object;
  measure(heir);
  return [
    dictionaries[0]!,
    dictionaries[99]!,
    long,
    long[0]!,
    heir,
    nodes,
    nodes[0]!,
    nodes[499]!,
    few,
    few.a,
    seen,
    exclude,
    share,
  ].map((part) => new WeakRef<object>(part));
}

test("a size keeps no part of its value alive", async () => {
  const parts = makeAndSize();
  await gcUntil(() => parts.every((part) => part.deref() === undefined));
  expect(parts.filter((part) => part.deref() !== undefined)).toEqual([]);
});

test.each([20, 100])(
  "a size of %d wide characters does not keep the text that they were cut out of",
  async (length) => {
    const before = await heldBytes();
    sizeCut(length);
    expect((await heldBytes()) - before).toBeLessThan(1_000_000);
  },
);

function sizeCut(length: number): void {
  const page = "\u4e00\u4e01".repeat(2_500_000);
  const cut = page.slice(5, 5 + length);
  expect(sizeOf({ cut })).toBeGreaterThan(length);
}
