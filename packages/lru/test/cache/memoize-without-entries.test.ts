import { memoize } from "@heapwise/lru/memoize";
import { expect, it } from "vitest";

it("memoize with max 0 or maxBytes 0 calls the function each time, and shares running calls", async () => {
  let n = 0;
  const sync = memoize(
    (x: number) => {
      n++;
      return x;
    },
    { max: 0 },
  );
  expect([sync(1), sync(1), n]).toEqual([1, 1, 2]);
  const later = memoize(
    async (x: number) => {
      n++;
      await Promise.resolve();
      return x;
    },
    { max: 0 },
  );
  n = 0;
  expect(await Promise.all([later(0), later(0)])).toEqual([0, 0]);
  const a = later(1),
    b = later(1);
  expect([...(await Promise.all([a, b])), n]).toEqual([1, 1, 2]);
  const off = memoize(
    async (x: number) => {
      n++;
      await Promise.resolve();
      return x;
    },
    { maxBytes: 0 },
  );
  n = 0;
  await off(1);
  await off(1);
  await off(1);
  expect(n).toBe(3);
});
